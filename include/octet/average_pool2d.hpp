// SPDX-License-Identifier: Apache-2.0
// Average pooling.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "octet/backends.hpp"
#include "octet/detail/check.hpp"
#include "octet/kernel/window/pool2d.hpp"
#include "octet/reference/average_pool2d.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace detail {

template <class T>
inline constexpr const Pool2dKernel* kAveragePool2dKernels[kBackendCount] = {
#define OCTET_POOL2D_KERNEL(target) &target::kAveragePool2dKernel<T>,
    OCTET_FOR_EACH_BACKEND(OCTET_POOL2D_KERNEL)
#undef OCTET_POOL2D_KERNEL
};

}  // namespace detail

// y[n][oy][ox][c] = clamp(round(sum / count), min, max) over the `count` elements of x that the
// window at (oy, ox) covers; halves away from zero. x: NHWC of T (int8, uint8, int16), y:
// output_shape(params) of T, both dense and of the same quantization. prepare refuses windows that
// may lie wholly in the padding and such whose sum could exceed 32 bits. Source: AVERAGE_POOL_2D of
// the TensorFlow Lite 8-bit quantization specification.
template <class T>
class AveragePool2d {
 public:
  // Pooling bound to memory. Re-entrant as long as the output is not shared.
  class Bound {
   public:
    void run() const {
      if (kernel_ != nullptr) {
        kernel_->run(task_);
      } else {
        reference::average_pool2d(params_, input_, output_);
      }
    }

   private:
    friend class AveragePool2d;
    const Pool2dKernel* kernel_ = nullptr;  // null for int16 and for very large windows
    Pool2dTask task_{};
    Pool2dParams params_;
    const T* input_ = nullptr;
    T* output_ = nullptr;
  };

  static Result<AveragePool2d> prepare(const Pool2dParams& params,
                                       const Backend& backend = best_backend()) {
    if (const Status s = check::input_shape(params.input); !s.ok()) return {s};
    if (const Status s =
            check::pooling_window(params.input, params.filter, params.stride, params.padding);
        !s.ok())
      return {s};
    if (const Status s = check::output_shape(output_shape(params)); !s.ok()) return {s};
    constexpr std::int64_t largest_value = check::largest_difference<T>(0);
    if (const Status s = check::first_refusal(
            // One more for the half that rounding adds to the sum.
            {check::range(StatusCode::invalid_shape, "filter", most_pooled(params), 1,
                          check::kHighestInt32 / (largest_value + 1)),
             check::bounds<T>("min", params.min, "max", params.max)});
        !s.ok()) {
      return {s};
    }
    AveragePool2d pool;
    pool.params_ = params;
    pool.backend_ = &backend;
    return {{}, pool};
  }

  const Backend& backend() const { return *backend_; }
  std::size_t scratch_bytes() const { return 0; }

  Result<Bound> bind(std::span<const T> input, std::span<T> output,
                     std::span<std::byte> /*scratch*/ = {}) const {
    if (backend_ == nullptr) return {{StatusCode::unsupported, "average_pool2d (not prepared)"}};
    if (const Status s =
            check::first_refusal({check::operands("input", input, params_.input.size(), "output",
                                                  output, output_shape(params_).size()),
                                  check::backend(*backend_)});
        !s.ok()) {
      return {s};
    }
    Bound bound;
    bound.params_ = params_;
    bound.input_ = input.data();
    bound.output_ = output.data();
    if constexpr (sizeof(T) == 1) {
      if (most_pooled(params_) <= detail::kMostPooled) {
        bound.kernel_ = detail::kAveragePool2dKernels<T>[backend_->index];
      }
      bound.task_ = detail::pool2d_task(params_, input.data(), output.data());
    }
    return {{}, bound};
  }

 private:
  static constexpr std::int32_t lesser(std::int32_t a, std::int32_t b) { return a < b ? a : b; }

  // Elements that a window holds at most.
  static constexpr std::int64_t most_pooled(const Pool2dParams& p) {
    return std::int64_t{lesser(p.filter.h, p.input.h)} * lesser(p.filter.w, p.input.w);
  }

  Pool2dParams params_;
  const Backend* backend_ = nullptr;
};

}  // namespace OCTET_BASELINE
}  // namespace octet
