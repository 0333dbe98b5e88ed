// SPDX-License-Identifier: Apache-2.0
// Maximum pooling.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "octet/backends.hpp"
#include "octet/detail/check.hpp"
#include "octet/kernel/window/pool2d.hpp"
#include "octet/reference/max_pool2d.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace detail {

template <class T>
inline constexpr const Pool2dKernel* kMaxPool2dKernels[kBackendCount] = {
#define OCTET_POOL2D_KERNEL(target) &target::kMaxPool2dKernel<T>,
    OCTET_FOR_EACH_BACKEND(OCTET_POOL2D_KERNEL)
#undef OCTET_POOL2D_KERNEL
};

}  // namespace detail

// y[n][oy][ox][c] = clamp(maximum of the elements of x that the window at (oy, ox) covers, min,
// max). x: NHWC of T (int8, uint8, int16), y: output_shape(params) of T, both dense and of the same
// quantization. prepare refuses windows that may lie wholly in the padding.
// Source: MAX_POOL_2D of the TensorFlow Lite 8-bit quantization specification.
template <class T>
class MaxPool2d {
 public:
  // Pooling bound to memory. Re-entrant as long as the output is not shared.
  class Bound {
   public:
    void run() const {
      if (kernel_ != nullptr) {
        kernel_->run(task_);
      } else {
        reference::max_pool2d(params_, input_, output_);
      }
    }

   private:
    friend class MaxPool2d;
    const Pool2dKernel* kernel_ = nullptr;  // null for int16
    Pool2dTask task_{};
    Pool2dParams params_;
    const T* input_ = nullptr;
    T* output_ = nullptr;
  };

  static Result<MaxPool2d> prepare(const Pool2dParams& params,
                                   const Backend& backend = best_backend()) {
    if (const Status s = check::input_shape(params.input); !s.ok()) return {s};
    if (const Status s = check::first_refusal(
            {check::pooling_window(params.input, params.filter, params.stride, params.padding),
             check::output_shape(output_shape(params)),
             check::bounds<T>("min", params.min, "max", params.max)});
        !s.ok()) {
      return {s};
    }
    MaxPool2d pool;
    pool.params_ = params;
    pool.backend_ = &backend;
    return {{}, pool};
  }

  const Backend& backend() const { return *backend_; }
  std::size_t scratch_bytes() const { return 0; }

  Result<Bound> bind(std::span<const T> input, std::span<T> output,
                     std::span<std::byte> /*scratch*/ = {}) const {
    if (backend_ == nullptr) return {{StatusCode::unsupported, "max_pool2d (not prepared)"}};
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
      bound.kernel_ = detail::kMaxPool2dKernels<T>[backend_->index];
      bound.task_ = detail::pool2d_task(params_, input.data(), output.data());
    }
    return {{}, bound};
  }

 private:
  Pool2dParams params_;
  const Backend* backend_ = nullptr;
};

}  // namespace OCTET_BASELINE
}  // namespace octet
