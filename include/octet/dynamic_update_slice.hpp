// SPDX-License-Identifier: Apache-2.0
// A tensor written over a part of another, at a place that only a run knows.
#pragma once

#include <cstring>

#include "octet/family/move.hpp"
#include "octet/reference/dynamic_update_slice.hpp"

namespace octet::inline OCTET_BASELINE {

struct DynamicUpdateSliceOperation : family::OperationOf<DynamicUpdateSliceParams> {
  static constexpr const char* kName = "dynamic_update_slice";
};

// The input with params.update elements from begin on replaced: reference::dynamic_update_slice has
// the formula. input: params.input, of rank 1 or more, update: params.update, of the same rank and
// at most as large in every dimension; begin: int32, one for each dimension; output: as the input,
// dense, of T (1, 2, 4 or 8 bytes) and of one quantization. The output may be the input, of which
// nothing but the part is written then. bind takes (input, update, begin, output). begin is read in
// run, where nothing may fail: a part that would leave the input lies at the nearest place inside.
// Source: DYNAMIC_UPDATE_SLICE of TensorFlow Lite.
template <class T>
class DynamicUpdateSlice : public family::Plain<DynamicUpdateSlice<T>, DynamicUpdateSliceOperation,
                                                T, T, T, std::int32_t> {
  static_assert(family::Movable<T>, "elements of 1, 2, 4 or 8 bytes can be moved");

 public:
  using Params = DynamicUpdateSliceParams;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) {
    constexpr auto& kUpdate = check::kShapeNames<"update">;
    const Shape &input = p.input.shape, &update = p.update;
    if (const Status s = check::first_refusal(
            {check::shape(check::kInput, input, 1), check::shape(kUpdate, update),
             check::equal(kUpdate.rank, update.rank, input.rank)});
        !s.ok()) {
      return s;
    }
    for (std::int32_t d = 0; d < input.rank; ++d) {
      if (const Status s = check::range(StatusCode::invalid_shape, kUpdate.extent[d],
                                        update.extent[d], 1, input.extent[d]);
          !s.ok()) {
        return s;
      }
    }
    return {};
  }

 private:
  friend typename DynamicUpdateSlice::Plain;
  friend typename DynamicUpdateSlice::Bound;

  // The update to the first elements of the output.
  void set_up(const Params& p) {
    const Strides from(p.update), to(p.input.shape);
    for (std::int32_t d = 0; d < p.update.rank; ++d) {
      copy_.add_loop(p.update.extent[d], from[d], to[d]);
    }
    copy_ = copy_.with_runs();
  }

  Status check_memory(std::span<const T> input, std::span<const T> update,
                      std::span<const std::int32_t> begin, std::span<T> output) const {
    const Params& p = this->params_;
    return check::first_refusal(
        {check::operands("input", input, this->inputs_, "output", output, this->outputs_,
                         /*may_be_same=*/true),
         check::operands("update", update, p.update.size(), "output", output, this->outputs_),
         check::operands("begin", begin, p.input.shape.rank, "output", output, this->outputs_)});
  }

  void run(const T* input, const T* update, const std::int32_t* begin, T* output) const {
    const Params& p = this->params_;
    if (output != input) {
      std::memcpy(output, input, static_cast<std::size_t>(this->inputs_) * sizeof(T));
    }
    const Strides strides(p.input.shape);
    std::int64_t first = 0;
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      first +=
          strides[d] * detail::clamped_begin(begin[d], p.input.shape.extent[d], p.update.extent[d]);
    }
    detail::run_copy(copy_, update, output + first);
  }

  StridedCopy copy_;
};

}  // namespace octet::inline OCTET_BASELINE
