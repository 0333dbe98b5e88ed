// SPDX-License-Identifier: Apache-2.0
// Softmax over rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "octet/backends.hpp"
#include "octet/detail/check.hpp"
#include "octet/reference/softmax.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// y[r][i] = exp(beta * scale * x[r][i]) / sum_j exp(beta * scale * x[r][j]) in fixed point, with
// beta * scale = input_multiplier * 2^(input_left_shift - 57); preprocess_softmax_scaling() of
// quantize/multiplier.hpp makes the parameters. x: rows x depth of In (int8 or uint8), y: rows x
// depth of Out (int8, uint8 or int16) with scale 1 / 2^(bits of Out) and the lowest Out as zero
// point. y may be x where both are equally wide. Source: SOFTMAX of the TensorFlow Lite 8-bit
// quantization specification; the arithmetic is that of tflite-micro's reference kernel.
template <class In, class Out = In>
class Softmax {
  static_assert(sizeof(In) == 1 && sizeof(Out) <= 2);

 public:
  // A softmax bound to memory. Re-entrant as long as y is not shared.
  class Bound {
   public:
    void run() const { softmax_.run(x_, y_); }

   private:
    friend class Softmax;
    Softmax softmax_;
    const In* x_ = nullptr;
    Out* y_ = nullptr;
  };

  static Result<Softmax> prepare(const SoftmaxParams& params,
                                 const Backend& backend = best_backend()) {
    if (const Status s = validate(params); !s.ok()) return {s};
    Softmax softmax;
    softmax.rows_ = params.rows;
    softmax.depth_ = params.depth;
    softmax.backend_ = &backend;
    for (std::int32_t i = 0; i < kDifferences; ++i) {
      softmax.exp_[i] = reference::softmax_exp(params, -i);
      softmax.summand_[i] = reference::softmax_accumulate(0, softmax.exp_[i]);
    }
    return {{}, softmax};
  }

  const Backend& backend() const { return *backend_; }
  std::size_t scratch_bytes() const { return 0; }

  // The result does not refer to this object.
  Result<Bound> bind(std::span<const In> x, std::span<Out> y,
                     std::span<std::byte> /*scratch*/ = {}) const {
    if (backend_ == nullptr) return {{StatusCode::unsupported, "softmax (not prepared)"}};
    const std::int64_t count = std::int64_t{rows_} * depth_;
    if (const Status s = check::first_refusal(
            {check::operands("x", x, count, "y", y, count, /*may_be_same=*/true),
             check::backend(*backend_)});
        !s.ok()) {
      return {s};
    }
    Bound bound;
    bound.softmax_ = *this;
    bound.x_ = x.data();
    bound.y_ = y.data();
    return {{}, bound};
  }

 private:
  static constexpr std::int32_t kDifferences = 256;

  static constexpr Status validate(const SoftmaxParams& p) {
    using enum StatusCode;
    if (const Status s = check::first_refusal(
            {check::extent("rows", p.rows), check::extent("depth", p.depth),
             check::multiplier("input_multiplier", p.input_multiplier),
             check::range(shift_out_of_range, "input_left_shift", p.input_left_shift, 0, 31),
             check::range(unsupported, "diff_min", p.diff_min, check::kLowestInt32, 0)});
        !s.ok()) {
      return s;
    }
    // No difference that is scaled may leave 32 bits.
    const std::int64_t lowest = p.diff_min < 1 - kDifferences ? 1 - kDifferences : p.diff_min;
    return check::first_refusal(
        {check::count("rows * depth", std::int64_t{p.rows} * p.depth),
         lowest == 0 ? Status{} : check::shift("input_left_shift", p.input_left_shift, -lowest)});
  }

  // As reference::softmax, with what depends on a difference from the maximum alone in tables: its
  // exponential, and, for rows of more elements than differences, the quotient that is the output.
  void run(const In* x, Out* y) const {
    for (std::int32_t r = 0; r < rows_; ++r, x += depth_, y += depth_) {
      std::int32_t max = x[0], min = x[0];
      for (std::int32_t i = 1; i < depth_; ++i) {
        max = x[i] > max ? x[i] : max;
        min = x[i] < min ? x[i] : min;
      }
      int num_bits_over_unit = 0;
      const std::int32_t reciprocal =
          get_reciprocal(sum(x, max), reference::kSoftmaxSumBits, &num_bits_over_unit);
      const auto quotient = [&](std::int32_t difference) {
        return reference::softmax_quotient<Out>(exp_[difference], reciprocal, num_bits_over_unit);
      };
      if (max - min + 1 >= depth_) {
        for (std::int32_t i = 0; i < depth_; ++i) y[i] = quotient(max - x[i]);
        continue;
      }
      Out quotients[kDifferences];
      for (std::int32_t d = 0; d <= max - min; ++d) quotients[d] = quotient(d);
      for (std::int32_t i = 0; i < depth_; ++i) y[i] = quotients[max - x[i]];
    }
  }

  std::int32_t sum(const In* x, std::int32_t max) const {
    constexpr std::int32_t kMostSummands = (1 << reference::kSoftmaxSumBits) - 1;
    std::int32_t sum = 0;
    if (depth_ <= kMostSummands) {
      for (std::int32_t i = 0; i < depth_; ++i) sum += summand_[max - x[i]];
    } else {
      for (std::int32_t i = 0; i < depth_; ++i) {
        sum = saturate<std::int32_t>(std::int64_t{sum} + summand_[max - x[i]]);
      }
    }
    return sum;
  }

  std::int32_t rows_ = 0;
  std::int32_t depth_ = 0;
  const Backend* backend_ = nullptr;
  std::int32_t exp_[kDifferences] = {};      // of -i at [i], Q0.31
  std::int32_t summand_[kDifferences] = {};  // the same in Q12.19
};

}  // namespace OCTET_BASELINE
}  // namespace octet
