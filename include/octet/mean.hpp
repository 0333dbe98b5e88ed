// SPDX-License-Identifier: Apache-2.0
// Means over some dimensions of a tensor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "octet/detail/check.hpp"
#include "octet/detail/strided_walk.hpp"
#include "octet/fixed_point.hpp"
#include "octet/reference/mean.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// y = saturate(output_zero_point + mbqm(sum of (x - input_zero_point), multiplier, shift))
//
// over every dimension d with reduce[d], mbqm = multiply_by_quantized_multiplier;
// mean_multiplier() of quantize/multiplier.hpp folds 1 / count into multiplier and shift, so here
// the multiplier is in [0, 2^31). x: params.input, y: its other dimensions, dense, of T (int8,
// uint8, int16). prepare refuses sums that could exceed 32 bits. Source: MEAN of the TensorFlow
// Lite 8-bit quantization specification.
template <class T>
class Mean {
 public:
  // A mean bound to memory. Re-entrant as long as y is not shared.
  class Bound {
   public:
    void run() const { mean_.run(x_, y_); }

   private:
    friend class Mean;
    Mean mean_;
    const T* x_ = nullptr;
    T* y_ = nullptr;
  };

  static Result<Mean> prepare(const MeanParams& params) {
    if (const Status s = validate(params); !s.ok()) return {s};
    Mean mean;
    mean.prepared_ = true;
    mean.params_ = params;
    std::int64_t stride = params.input.size();
    for (std::int32_t d = 0; d < params.input.rank; ++d) {
      stride /= params.input.extent[d];
      (params.reduce[d] ? mean.reduced_ : mean.kept_).add_dimension(params.input.extent[d], stride);
    }
    return {{}, mean};
  }

  std::size_t scratch_bytes() const { return 0; }

  // The result does not refer to this object.
  Result<Bound> bind(std::span<const T> x, std::span<T> y,
                     std::span<std::byte> /*scratch*/ = {}) const {
    if (!prepared_) return {{StatusCode::unsupported, "mean (not prepared)"}};
    if (const Status s = check::operands("x", x, params_.input.size(), "y", y, kept_.count());
        !s.ok()) {
      return {s};
    }
    Bound bound;
    bound.mean_ = *this;
    bound.x_ = x.data();
    bound.y_ = y.data();
    return {{}, bound};
  }

 private:
  static constexpr Status validate(const MeanParams& p) {
    if (const Status s =
            check::first_refusal({check::input_shape(p.input),
                                  check::zero_point<T>("input_zero_point", p.input_zero_point),
                                  check::zero_point<T>("output_zero_point", p.output_zero_point),
                                  check::multiplier("multiplier", p.multiplier, 1)});
        !s.ok()) {
      return s;
    }
    std::int64_t count = 1;
    for (std::int32_t d = 0; d < p.input.rank; ++d) {
      if (p.reduce[d]) count *= p.input.extent[d];
    }
    const std::int64_t difference = check::largest_difference<T>(p.input_zero_point);
    if (const Status s = check::range(StatusCode::invalid_shape, "reduce", count, 1,
                                      check::kHighestInt32 / difference);
        !s.ok()) {
      return s;
    }
    return check::shift("shift", p.shift, count * difference);
  }

  void run(const T* x, T* y) const {
    const std::int64_t outputs = kept_.count();
    const std::int64_t count = reduced_.count();
    detail::StridedWalk kept = kept_;
    detail::StridedWalk reduced = reduced_;
    for (std::int64_t o = 0; o < outputs; ++o, kept.advance()) {
      std::int32_t sum = 0;
      for (std::int64_t i = 0; i < count; ++i, reduced.advance()) {
        sum += x[kept.position() + reduced.position()] - params_.input_zero_point;
      }
      const std::int32_t scaled = multiply_by_quantized_multiplier(sum, params_.multiplier,
                                                                   params_.shift, params_.rounding);
      y[o] = saturate<T>(std::int64_t{scaled} + params_.output_zero_point);
    }
  }

  bool prepared_ = false;
  MeanParams params_;
  detail::StridedWalk kept_;
  detail::StridedWalk reduced_;
};

}  // namespace OCTET_BASELINE
}  // namespace octet
