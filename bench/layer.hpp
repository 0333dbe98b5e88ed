// SPDX-License-Identifier: Apache-2.0
// Layers with weights: matrix products and convolutions with their operands and what the reference
// computes from them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include "array.hpp"
#include "octet/reference.hpp"
#include "octet/quantize/multiplier.hpp"
#include "octet/reference/conv2d.hpp"
#include "octet/reference/depthwise_conv2d.hpp"
#include "octet/reference/gemm.hpp"
#include "peers/peer.hpp"

namespace octet_bench {

// A layer seen as a matrix product: `rows` x `channels` outputs, each the sum of `depth` products
// (those with padding counted).
struct Extents {
  std::int64_t input, weights, rows, channels, depth;

  std::int64_t outputs() const { return rows * channels; }
  std::int64_t multiply_adds() const { return rows * channels * depth; }
};

inline Extents extents(const octet::GemmParams& p) {
  return {std::int64_t{p.m} * p.k, std::int64_t{p.k} * p.n, p.m, p.n, p.k};
}

inline Extents extents(const octet::Conv2dParams& p) {
  const octet::ShapeNhwc out = octet::output_shape(p);
  return {p.input.shape.size(), p.filter.size(), std::int64_t{out.n} * out.h * out.w, out.c,
          std::int64_t{p.filter.h} * p.filter.w * p.filter.i};
}

inline Extents extents(const octet::DepthwiseConv2dParams& p) {
  const octet::ShapeNhwc out = octet::output_shape(p);
  const std::int64_t taps = std::int64_t{p.filter.h} * p.filter.w;
  return {p.input.shape.size(), taps * out.c, std::int64_t{out.n} * out.h * out.w, out.c, taps};
}

// Both zero points differ from 0, as a network's do: no library may leave out the work they cost.
inline constexpr std::int32_t kInputZeroPoint = 3;
inline constexpr std::int32_t kOutputZeroPoint = -5;

// Which rows of outputs the reference computes: of large matrix products only some, the first and
// the last among them.
inline std::vector<std::int64_t> checked_rows(const octet::GemmParams& p) {
  constexpr std::int64_t kMultiplyAdds = std::int64_t{1} << 25;
  const std::int64_t affordable = kMultiplyAdds / (std::int64_t{p.n} * p.k);
  const std::int64_t count = std::min<std::int64_t>(p.m, std::max<std::int64_t>(affordable, 2));
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < count; ++i) {
    rows.push_back(count == 1 ? 0 : i * (p.m - 1) / (count - 1));
  }
  return rows;
}

template <class Params>
std::vector<std::int64_t> checked_rows(const Params& p) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < extents(p).rows; ++i) rows.push_back(i);
  return rows;
}

template <class Out>
void run_reference(const octet::GemmParams& p, const std::vector<std::int64_t>& rows,
                   const std::int8_t* input, const std::int8_t* filter, const std::int32_t* bias,
                   Out* output) {
  octet::GemmParams one_row = p;
  one_row.m = 1;
  for (const std::int64_t row : rows) {
    octet::reference::gemm<Out>(one_row, input + row * p.k, filter, bias, output);
    output += p.n;
  }
}

template <class Out>
void run_reference(const octet::Conv2dParams& p, const std::vector<std::int64_t>&,
                   const std::int8_t* input, const std::int8_t* filter, const std::int32_t* bias,
                   Out* output) {
  octet::reference::conv2d<Out>(p, input, filter, bias, output);
}

template <class Out>
void run_reference(const octet::DepthwiseConv2dParams& p, const std::vector<std::int64_t>&,
                   const std::int8_t* input, const std::int8_t* filter, const std::int32_t* bias,
                   Out* output) {
  octet::reference::depthwise_conv2d<Out>(p, input, filter, bias, output);
}

// A layer with random operands. Out = int8: quantized, with zero points, bias and one multiplier
// for each channel. Out = int32: the plain sums of products, to compare floating-point libraries
// with.
template <class Params, class Out>
class Layer {
 public:
  explicit Layer(const Params& shape)
      : params_(shape),
        extents_(octet_bench::extents(shape)),
        input_(extents_.input),
        weights_(extents_.weights),
        bias_(kQuantized ? extents_.channels : 0),
        multiplier_(kQuantized ? extents_.channels : 0),
        shift_(kQuantized ? extents_.channels : 0),
        scale_(kQuantized ? extents_.channels : 0) {
    Generator generator(kSeed);
    fill(input_.span(), -128, 127, generator);
    fill(weights_.span(), -127, 127, generator);
    if constexpr (kQuantized) quantize(generator);
    rows_ = checked_rows(params_);
    expected_.resize(rows_.size() * static_cast<std::size_t>(extents_.channels));
    run_reference(params_, rows_, input_.data(), weights_.data(),
                  kQuantized ? bias_.data() : nullptr, expected_.data());
  }
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  const Params& params() const { return params_; }
  const Extents& extents() const { return extents_; }
  std::span<const std::int8_t> input() const { return input_.span(); }
  std::span<const std::int8_t> weights() const { return weights_.span(); }
  std::span<const std::int32_t> bias() const { return bias_.span(); }
  // What multiplier and shift stand for.
  std::span<const float> scale() const { return scale_.span(); }

  // How many of the outputs that the reference has computed are further than `tolerance` away from
  // it. output: extents().outputs() values; unsigned ones are larger by
  // kUnsignedOffset.
  template <class T>
  std::int64_t differing(std::span<const T> output, double tolerance) const {
    constexpr double kMoved = std::is_same_v<T, std::uint8_t> ? kUnsignedOffset : 0;
    const auto channels = static_cast<std::size_t>(extents_.channels);
    std::int64_t count = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const auto row = output.subspan(static_cast<std::size_t>(rows_[i]) * channels, channels);
      for (std::size_t j = 0; j < channels; ++j) {
        const double difference =
            static_cast<double>(row[j]) - kMoved - expected_[i * channels + j];
        count += std::abs(difference) > tolerance;
      }
    }
    return count;
  }

 private:
  static constexpr bool kQuantized = std::is_same_v<Out, std::int8_t>;

  // Scales that spread the outputs over most of their range: two uniform 8-bit values have a
  // product of standard deviation 5400, and a third of all sums may saturate at most.
  void quantize(Generator& generator) {
    const double typical = 50 / (5400 * std::sqrt(static_cast<double>(extents_.depth)));
    std::uniform_real_distribution<double> factor(0.5, 2.0);
    fill(bias_.span(), -10000, 10000, generator);
    for (std::size_t i = 0; i < scale_.span().size(); ++i) {
      const double scale = typical * factor(generator);
      const octet::Rescale quantized = octet::quantize_multiplier(scale);
      multiplier_.span()[i] = quantized.multiplier;
      shift_.span()[i] = quantized.shift;
      scale_.span()[i] = static_cast<float>(scale);
    }
    params_.input.zero_point = kInputZeroPoint;
    params_.output.zero_point = kOutputZeroPoint;
    params_.output.multiplier = multiplier_.span();
    params_.output.shift = shift_.span();
  }

  Params params_;
  Extents extents_;
  Array<std::int8_t> input_, weights_;
  Array<std::int32_t> bias_, multiplier_, shift_;
  Array<float> scale_;
  std::vector<std::int64_t> rows_;
  std::vector<Out> expected_;
};

// A layer made by the first benchmark that needs it and kept for the others.
template <class Params, class Out>
class LazyLayer {
 public:
  explicit LazyLayer(const Params& shape) : shape_(shape) {}

  const Layer<Params, Out>& get() {
    if (!layer_) layer_.emplace(shape_);
    return *layer_;
  }

 private:
  Params shape_;
  std::optional<Layer<Params, Out>> layer_;
};

}  // namespace octet_bench
