// SPDX-License-Identifier: Apache-2.0
// Fully connected layers: a matrix multiplication whose weights are stored one output after
// another.
#pragma once

#include "octet/gemm.hpp"
#include "octet/reference/fully_connected.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// y[b][o] = clamp(output.zero_point + requantize(acc[b][o], output.multiplier, output.shift))
// acc[b][o] = bias[o] + sum_i (x[b][i] - input_zero_point) * (w[o][i] - filter_zero_point)
//
// x: batches x inputs of In (int8 or uint8), w: outputs x inputs of int8, bias: outputs or empty,
// y: batches x outputs of Out (int8, uint8, int16; int32: acc itself), all dense.
// Source: FULLY_CONNECTED of the TensorFlow Lite 8-bit quantization specification, per tensor and
// per channel. Rounding and overflow as in Gemm.
template <class In, class Out = In>
class FullyConnected {
  using Product = Gemm<In, Out>;

 public:
  using Bound = typename Product::Bound;

  static constexpr std::size_t packed_bytes(const FullyConnectedParams& params,
                                            const Backend& backend = best_backend()) {
    return Product::packed_bytes(product_params(params), backend);
  }

  static constexpr std::size_t scratch_bytes(const FullyConnectedParams& params,
                                             const Backend& backend, std::int32_t parts = 1) {
    return Product::scratch_bytes(product_params(params), backend, parts);
  }

  // What any backend of this build needs at the most: constants for static memory.
  static constexpr std::size_t max_packed_bytes(const FullyConnectedParams& params) {
    return detail::max_over_backends([&](const Backend& b) { return packed_bytes(params, b); });
  }
  static constexpr std::size_t max_scratch_bytes(const FullyConnectedParams& params,
                                                 std::int32_t parts = 1) {
    return detail::max_over_backends(
        [&](const Backend& b) { return scratch_bytes(params, b, parts); });
  }

  static Result<FullyConnected> prepare(const FullyConnectedParams& params,
                                        std::span<const std::int8_t> filter,
                                        std::span<const std::int32_t> bias,
                                        std::span<std::byte> packed,
                                        const Backend& backend = best_backend()) {
    const GemmParams product_of = product_params(params);
    const bool valid_shapes = Product::packed_bytes(product_of, backend) != 0;
    if (valid_shapes) {
      const std::int64_t weights = std::int64_t{params.outputs} * params.inputs;
      if (const Status s = check::exact_buffer("filter", filter, weights); !s.ok()) return {s};
    }
    const auto product = Product::prepare(product_of, filter, bias, packed, backend);
    if (!product) return {in_our_words(product.status())};
    FullyConnected layer;
    layer.product_ = *product;
    return {{}, layer};
  }

  const Backend& backend() const { return product_.backend(); }
  std::size_t scratch_bytes(std::int32_t parts = 1) const { return product_.scratch_bytes(parts); }

  Result<Bound> bind(std::span<const In> input, std::span<Out> output, std::span<std::byte> scratch,
                     std::int32_t parts = 1) const {
    auto bound = product_.bind(input, output, scratch, parts);
    bound.state = in_our_words(bound.state);
    return bound;
  }

 private:
  static constexpr GemmParams product_params(const FullyConnectedParams& params) {
    return {.m = params.batches,
            .n = params.outputs,
            .k = params.inputs,
            .input = {.zero_point = params.input.zero_point},
            .filter = {.zero_point = params.filter.zero_point, .transposed = true},
            .output = params.output};
  }

  // The arguments of the product by the names they have here.
  static constexpr Status in_our_words(Status status) {
    constexpr const char* kNames[][2] = {{"m", "batches"},
                                         {"n", "outputs"},
                                         {"k", "inputs"},
                                         {"m * input.stride", "batches * inputs"},
                                         {"m * output_stride", "batches * outputs"},
                                         {"gemm (not prepared)", "fully_connected (not prepared)"}};
    for (const auto& name : kNames) {
      if (std::string_view(status.argument) == name[0]) {
        status.argument = name[1];
        break;
      }
    }
    return status;
  }

  Product product_;
};

}  // namespace OCTET_BASELINE
}  // namespace octet
