// SPDX-License-Identifier: Apache-2.0
// Sum of many tensors, element by element.
#pragma once

#include "octet/detail/kernel_table.hpp"
#include "octet/family/move.hpp"
#include "octet/kernel/elementwise/add_n.hpp"
#include "octet/reference/add_n.hpp"

namespace octet::inline OCTET_BASELINE {

template <class T>
struct AddNKernels {
  using Key = compiled::Key<compiled::AddN, T>;
  OCTET_LANE_KERNEL_TABLE((const AddNTask&, const T* const*, T*), run_add_n<T>)
};

template <class T>
struct AddNOperation : family::OperationOf<AddNParams> {
  static constexpr const char* kName = "add_n";

  static constexpr Status validate(const AddNParams& p) {
    using enum StatusCode;
    const std::int64_t difference = check::largest_difference<T>(p.input.zero_point);
    if (const Status s = check::first_refusal(
            {check::range(count_out_of_range, "count", p.count, 1, kMaxOperands),
             check::shape(check::kInput, p.input.shape),
             check::zero_point<T>(check::kInput.zero_point, p.input.zero_point),
             check::multiplier(check::kInput.multiplier, p.input.rescale.multiplier),
             check::range(shift_out_of_range, "left_shift", p.left_shift, 0, 30),
             check::shift("left_shift", p.left_shift, difference), check::output<T>(p.output)});
        !s.ok()) {
      return s;
    }
    if (const Status s =
            check::shift(check::kInput.shift, p.input.rescale.shift, difference << p.left_shift);
        !s.ok()) {
      return s;
    }
    const std::int64_t largest = largest_sum(p);
    if (largest > check::kHighestInt32) {
      return check::lower_shift(p.left_shift, check::kInput.shift, p.input.rescale.shift);
    }
    return check::shift("output.rescale.shift", p.output.rescale.shift, largest);
  }

  // Rescaling is monotone: the ends of T are the largest magnitudes, and the 0 in front lies
  // between them.
  static constexpr std::int64_t largest_sum(const AddNParams& p) {
    const std::int64_t low = reference::shared_scale(std::numeric_limits<T>::min(), p);
    const std::int64_t high = reference::shared_scale(std::numeric_limits<T>::max(), p);
    return (p.count + std::int64_t{1}) * (-low > high ? -low : high);
  }

  // Memory as that of a concatenation: all of the inputs, each as large as the output.
  static constexpr family::MoveParts plan(const AddNParams& p) {
    family::MoveParts plan;
    plan.row = p.input.shape.size();
    for (std::int32_t k = 0; k < p.count; ++k) plan.width[plan.count++] = plan.row;
    return plan;
  }

  class Combination {
   public:
    Combination() = default;
    explicit Combination(const AddNParams& p, const Backend& backend = best_backend())
        : params_(p), runnable_(check::backend(backend)) {
      const Rounding rounding = p.output.rounding;
      if (!has_closed_form(rounding) || !suits_vectors(p)) return;
      task_ = {
          detail::rescale_constants(p.input.rescale, rounding, p.input.zero_point, p.left_shift, 0),
          detail::rescale_constants(p.output.rescale, rounding, 0, 0, p.output.zero_point),
          reference::shared_scale(0, p),
          detail::output_range<T>(p.output),
          p.input.shape.size(),
          p.count};
      run_ = AddNKernels<T>::of(backend);
    }

    Status ready() const { return runnable_; }
    void operator()(const T* const* inputs, T* output) const {
      if (run_ != nullptr) return run_(task_, inputs, output);
      reference::add_n(params_, inputs, output);
    }

   private:
    static constexpr bool suits_vectors(const AddNParams& p) {
      return detail::suits_shared_scale(check::largest_difference<T>(p.input.zero_point),
                                        p.left_shift, p.input.rescale) &&
             detail::suits_vectors(largest_sum(p), p.output.rescale, p.output.zero_point);
    }

    AddNParams params_ = {};
    Status runnable_ = {};
    AddNTask task_ = {};
    typename AddNKernels<T>::Run run_ = nullptr;  // null: one by one
  };
};

// y = clamp(output.zero_point + output.rescale(sum), output.min, output.max), in
// reference/add_n.hpp
//
// params.count inputs, up to kMaxOperands, and the output: T (int8, uint8, int16) of input.shape.
// All inputs have one quantization. add_n_params() of quantize/binary.hpp makes the factors,
// prepare refuses those for which a step could exceed 32 bits. bind takes an array of spans, as
// that of Concat. Source: ADD_N of tflite-micro.
template <class T>
using AddN = family::Join<AddNOperation<T>, T>;

}  // namespace octet::inline OCTET_BASELINE
