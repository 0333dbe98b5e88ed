// SPDX-License-Identifier: Apache-2.0
// Addition of two tensors of the same shape.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "octet/backends.hpp"
#include "octet/detail/check.hpp"
#include "octet/kernel/elementwise/elementwise.hpp"
#include "octet/reference/add.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace detail {

template <class T>
inline constexpr const AddKernel* kAddKernels[kBackendCount] = {
#define OCTET_ADD_KERNEL(target) &target::kAddKernel<T>,
    OCTET_FOR_EACH_BACKEND(OCTET_ADD_KERNEL)
#undef OCTET_ADD_KERNEL
};

}  // namespace detail

// y = clamp(zero_point + mbqm(mbqm((x1 - z1) * 2^left_shift, m1, s1)
//                           + mbqm((x2 - z2) * 2^left_shift, m2, s2), multiplier, shift), min, max)
//
// with mbqm = multiply_by_quantized_multiplier; `count` elements of T (int8, uint8,
// int16). add_params() of quantize/multiplier.hpp makes the parameters. prepare refuses those for
// which some step could exceed 32 bits. y may be x1 or x2. Source: ADD of the TensorFlow Lite 8-bit
// quantization specification.
template <class T>
class Add {
 public:
  // An addition bound to memory. Re-entrant as long as y is not shared.
  class Bound {
   public:
    void run() const {
      if (kernel_ != nullptr) {
        kernel_->run(task_);
      } else {
        reference::add<T>(params_, x1_, x2_, y_, task_.count);
      }
    }

   private:
    friend class Add;
    const AddKernel* kernel_ = nullptr;  // null where values are too large for it
    AddTask task_{};
    AddParams params_;
    const T* x1_ = nullptr;
    const T* x2_ = nullptr;
    T* y_ = nullptr;
  };

  static Result<Add> prepare(const AddParams& params, std::int64_t count,
                             const Backend& backend = best_backend()) {
    if (const Status s = validate(params, count); !s.ok()) return {s};
    Add add;
    add.params_ = params;
    add.count_ = count;
    add.backend_ = &backend;
    return {{}, add};
  }

  const Backend& backend() const { return *backend_; }
  std::size_t scratch_bytes() const { return 0; }

  Result<Bound> bind(std::span<const T> x1, std::span<const T> x2, std::span<T> y,
                     std::span<std::byte> /*scratch*/ = {}) const {
    if (backend_ == nullptr) return {{StatusCode::unsupported, "add (not prepared)"}};
    if (const Status s = check::first_refusal(
            {check::operands("x1", x1, count_, "y", y, count_, /*may_be_same=*/true),
             check::operands("x2", x2, count_, "y", y, count_, /*may_be_same=*/true),
             check::backend(*backend_)});
        !s.ok()) {
      return {s};
    }
    Bound bound;
    bound.params_ = params_;
    bound.x1_ = x1.data();
    bound.x2_ = x2.data();
    bound.y_ = y.data();
    const AddKernel& kernel = *detail::kAddKernels<T>[backend_->index];
    const bool in_vectors = suits_vectors(params_);
    if (in_vectors) bound.kernel_ = &kernel;
    bound.task_ = {
        .x1 = x1.data(),
        .x2 = x2.data(),
        .y = y.data(),
        .count = count_,
        .zero_point1 = params_.input1.zero_point,
        .zero_point2 = params_.input2.zero_point,
        .range = {params_.zero_point, saturate<T>(params_.min), saturate<T>(params_.max)},
        .constants1 = constants(params_.input1.multiplier, params_.input1.shift, params_.left_shift,
                                0, kernel.requantize_form, params_.rounding),
        .constants2 = constants(params_.input2.multiplier, params_.input2.shift, params_.left_shift,
                                0, kernel.requantize_form, params_.rounding),
        .constants =
            constants(params_.multiplier, params_.shift, 0, in_vectors ? params_.zero_point : 0,
                      kernel.requantize_form, params_.rounding)};
    return {{}, bound};
  }

 private:
  static constexpr Status validate(const AddParams& p, std::int64_t count) {
    if (const Status s = check::first_refusal(
            {check::count("count", count),
             check::range(StatusCode::shift_out_of_range, "left_shift", p.left_shift, 0, 30),
             check::zero_point<T>("input1.zero_point", p.input1.zero_point),
             check::zero_point<T>("input2.zero_point", p.input2.zero_point),
             check::zero_point<T>("zero_point", p.zero_point),
             check::bounds<T>("min", p.min, "max", p.max),
             check::multiplier("input1.multiplier", p.input1.multiplier),
             check::multiplier("input2.multiplier", p.input2.multiplier),
             check::multiplier("multiplier", p.multiplier)});
        !s.ok()) {
      return s;
    }
    const std::int64_t difference1 = check::largest_difference<T>(p.input1.zero_point);
    const std::int64_t difference2 = check::largest_difference<T>(p.input2.zero_point);
    if (const Status s = check::first_refusal(
            {check::shift("left_shift", p.left_shift, difference1),
             check::shift("left_shift", p.left_shift, difference2),
             check::shift("input1.shift", p.input1.shift, difference1 << p.left_shift),
             check::shift("input2.shift", p.input2.shift, difference2 << p.left_shift)});
        !s.ok()) {
      return s;
    }
    const std::int64_t largest = largest_sum(p);
    if (largest > check::kHighestInt32) {
      return {StatusCode::shift_out_of_range, "left_shift", p.left_shift, p.left_shift - 1};
    }
    return check::shift("shift", p.shift, largest);
  }

  // The largest magnitude of the sum of both operands. They are monotone in x, so it is reached
  // where both x are at the same end of T.
  static constexpr std::int64_t largest_sum(const AddParams& p) {
    const std::int64_t lowest = sum(p, std::numeric_limits<T>::min());
    const std::int64_t highest = sum(p, std::numeric_limits<T>::max());
    return -lowest > highest ? -lowest : highest;
  }

  static constexpr std::int64_t sum(const AddParams& p, std::int32_t x) {
    return std::int64_t{reference::add_operand(x, p.input1, p.left_shift, p.rounding)} +
           reference::add_operand(x, p.input2, p.left_shift, p.rounding);
  }

  // Whether every value that is rescaled, after its left shifts, stays within the vector kernels'
  // bound.
  static constexpr bool suits_vectors(const AddParams& p) {
    const auto left = [](std::int32_t shift) { return shift > 0 ? shift : 0; };
    return detail::suits_vectors<T>(p.input1.zero_point, p.left_shift + left(p.input1.shift)) &&
           detail::suits_vectors<T>(p.input2.zero_point, p.left_shift + left(p.input2.shift)) &&
           largest_sum(p) << left(p.shift) < std::int64_t{1} << 30 &&
           folds_zero_point(p.zero_point, left(-p.shift));
  }

  static constexpr BroadcastConstants constants(std::int32_t multiplier, std::int32_t shift,
                                                std::int32_t extra_left, std::int32_t zero_point,
                                                RequantizeForm form, Rounding rounding) {
    return detail::broadcast_constants(multiplier, shift, extra_left, zero_point, form, rounding);
  }

  AddParams params_;
  std::int64_t count_ = 0;
  const Backend* backend_ = nullptr;
};

}  // namespace OCTET_BASELINE
}  // namespace octet
