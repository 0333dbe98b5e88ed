// SPDX-License-Identifier: Apache-2.0
// A tensor in another scale, zero point or type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "octet/backends.hpp"
#include "octet/detail/check.hpp"
#include "octet/kernel/elementwise/elementwise.hpp"
#include "octet/reference/requantize.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace detail {

template <class In, class Out>
inline constexpr const RequantizeKernel* kRequantizeKernels[kBackendCount] = {
#define OCTET_REQUANTIZE_KERNEL(target) &target::kRequantizeKernel<In, Out>,
    OCTET_FOR_EACH_BACKEND(OCTET_REQUANTIZE_KERNEL)
#undef OCTET_REQUANTIZE_KERNEL
};

}  // namespace detail

// y = saturate(output_zero_point + mbqm(x - input_zero_point, multiplier, shift))
//
// with mbqm = multiply_by_quantized_multiplier; `count` elements, In and Out: int8,
// uint8, int16, int32. prepare refuses shifts for which an 8 or 16-bit x could exceed 32 bits; an
// int32 x wraps as in the source, and its zero point is 0. y may be x where both are equally wide.
// Source: QUANTIZE (requantization) of the
// TensorFlow Lite 8-bit quantization specification.
template <class In, class Out = In>
class Requantize {
 public:
  // A requantization bound to memory. Re-entrant as long as y is not shared.
  class Bound {
   public:
    void run() const {
      if (kernel_ != nullptr) {
        kernel_->run(task_);
      } else {
        reference::requantize<Out>(params_, x_, y_, task_.count);
      }
    }

   private:
    friend class Requantize;
    const RequantizeKernel* kernel_ = nullptr;  // null where values are too large for it
    RequantizeTask task_{};
    RequantizeParams params_;
    const In* x_ = nullptr;
    Out* y_ = nullptr;
  };

  static Result<Requantize> prepare(const RequantizeParams& params, std::int64_t count,
                                    const Backend& backend = best_backend()) {
    if (const Status s = validate(params, count); !s.ok()) return {s};
    Requantize requantize;
    requantize.params_ = params;
    requantize.count_ = count;
    requantize.backend_ = &backend;
    return {{}, requantize};
  }

  const Backend& backend() const { return *backend_; }
  std::size_t scratch_bytes() const { return 0; }

  Result<Bound> bind(std::span<const In> x, std::span<Out> y,
                     std::span<std::byte> /*scratch*/ = {}) const {
    if (backend_ == nullptr) return {{StatusCode::unsupported, "requantize (not prepared)"}};
    if (const Status s = check::first_refusal(
            {check::operands("x", x, count_, "y", y, count_, /*may_be_same=*/true),
             check::backend(*backend_)});
        !s.ok()) {
      return {s};
    }
    Bound bound;
    bound.params_ = params_;
    bound.x_ = x.data();
    bound.y_ = y.data();
    const RequantizeKernel& kernel = *detail::kRequantizeKernels<In, Out>[backend_->index];
    const bool in_vectors = suits_vectors(params_);
    if (in_vectors) bound.kernel_ = &kernel;
    bound.task_ = {
        .x = x.data(),
        .y = y.data(),
        .count = count_,
        .input_zero_point = params_.input_zero_point,
        .range = {params_.output_zero_point, std::numeric_limits<Out>::min(),
                  std::numeric_limits<Out>::max()},
        .constants = detail::broadcast_constants(params_.multiplier, params_.shift, 0,
                                                 in_vectors ? params_.output_zero_point : 0,
                                                 kernel.requantize_form, params_.rounding)};
    return {{}, bound};
  }

 private:
  // int32 inputs may be anything, and int32 outputs saturate: both take the scalar path.
  static constexpr bool suits_vectors(const RequantizeParams& p) {
    if constexpr (sizeof(In) == 4 || sizeof(Out) == 4) {
      return false;
    } else {
      return detail::suits_vectors<In>(p.input_zero_point, p.shift > 0 ? p.shift : 0) &&
             folds_zero_point(p.output_zero_point, p.shift < 0 ? -p.shift : 0);
    }
  }

  static constexpr Status validate(const RequantizeParams& p, std::int64_t count) {
    if (const Status s =
            check::first_refusal({check::count("count", count),
                                  check::zero_point<In>("input_zero_point", p.input_zero_point),
                                  check::zero_point<Out>("output_zero_point", p.output_zero_point),
                                  check::multiplier("multiplier", p.multiplier)});
        !s.ok()) {
      return s;
    }
    if constexpr (std::is_same_v<In, std::int32_t>) {
      return check::first_refusal(
          {check::range(StatusCode::unsupported, "input_zero_point", p.input_zero_point, 0, 0),
           check::shift("shift", p.shift)});
    } else {
      return check::shift("shift", p.shift, check::largest_difference<In>(p.input_zero_point));
    }
  }

  RequantizeParams params_;
  std::int64_t count_ = 0;
  const Backend* backend_ = nullptr;
};

}  // namespace OCTET_BASELINE
}  // namespace octet
