// SPDX-License-Identifier: Apache-2.0
// Operations that move the slices of one input that another one names: preparing, binding and
// running all of them. As in move.hpp any type of 1, 2, 4 or 8 bytes will do. Indices are known
// when they are read and not before, and none leads out of the input. An operation is a struct with
//
//   Params, kName                 reference/; its name for messages
//   validate(params)              what it refuses beyond the shapes of input, indices and output
//   plan(params)                  the GatherPlan that it is
#pragma once

#include <span>

#include "octet/family/move.hpp"
#include "octet/family/plain.hpp"
#include "octet/reference/gather.hpp"

namespace octet::inline OCTET_BASELINE::family {

// Tensors of blocks: in each of `outer` blocks for each of `batches` lists of `places`, the slice
// of `slice` elements at every place of the list, which has an index in `depth` dimensions.
struct GatherPlan {
  std::int64_t batches = 1, outer = 1, places = 1, slice = 1;
  std::int32_t depth = 0;
  std::int64_t extent[kMaxRank] = {}, stride[kMaxRank] = {};

  constexpr void add_index(std::int64_t extent_of, std::int64_t stride_of) {
    extent[depth] = extent_of;
    stride[depth++] = stride_of;
  }
};

template <class Operation, class T>
class Gather : public Plain<Gather<Operation, T>, Operation, T, T, std::int32_t> {
  static_assert(Movable<T>, "elements of 1, 2, 4 or 8 bytes can be moved");

 public:
  using typename Gather::Plain::Params;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) {
    constexpr auto& kIndices = check::kShapeNames<"indices">;
    if (const Status s = check::first_refusal(
            {check::shape(check::kInput, p.input.shape, 1), check::shape(kIndices, p.indices)});
        !s.ok()) {
      return s;
    }
    if (const Status s = Operation::validate(p); !s.ok()) return s;
    const Shape output = output_shape(p);
    return check::first_refusal(
        {check::range(StatusCode::unsupported, "output.rank", output.rank, 0, kMaxRank),
         check::count("output", output.size())});
  }

  // Whether all of these indices lead into the input: for those that know them before.
  static constexpr Status check_indices(const Params& params,
                                        std::span<const std::int32_t> indices) {
    if (const Status s = validate(params); !s.ok()) return s;
    const GatherPlan plan = Operation::plan(params);
    std::int32_t k = 0;
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const std::int64_t last = plan.extent[k] - 1;
      if (const Status s =
              check::at(i, check::range(StatusCode::invalid_shape, "indices", indices[i], 0, last));
          !s.ok()) {
        return s;
      }
      k = k + 1 == plan.depth ? 0 : k + 1;
    }
    return {};
  }

 private:
  friend typename Gather::Plain;
  friend typename Gather::Bound;

  void set_up(const Params& params) {
    plan_ = Operation::plan(params);
    indices_ = params.indices.size();
  }

  Status check_memory(std::span<const T> input, std::span<const std::int32_t> indices,
                      std::span<T> output) const {
    return check::first_refusal(
        {check::operands("input", input, this->inputs_, "output", output, this->outputs_),
         check::operands("indices", indices, indices_, "output", output, this->outputs_)});
  }

  void run(const T* input, const std::int32_t* indices, T* output) const {
    const GatherPlan& plan = plan_;
    const std::int64_t block = this->inputs_ / plan.batches / plan.outer;
    const detail::RunCopy<T> copy(plan.slice);
    for (std::int64_t b = 0; b < plan.batches; ++b, indices += plan.places * plan.depth) {
      for (std::int64_t o = 0; o < plan.outer; ++o, input += block) {
        const std::int32_t* index = indices;
        for (std::int64_t i = 0; i < plan.places; ++i, output += plan.slice) {
          std::int64_t from = 0;
          for (std::int32_t k = 0; k < plan.depth; ++k) {
            from += detail::clamped_index(*index++, plan.extent[k]) * plan.stride[k];
          }
          copy(output, 0, input + from, 0, 1);
        }
      }
    }
  }

  GatherPlan plan_;
  std::int64_t indices_ = 0;
};

}  // namespace octet::inline OCTET_BASELINE::family
