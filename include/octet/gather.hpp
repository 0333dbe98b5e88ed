// SPDX-License-Identifier: Apache-2.0
// Slices of a tensor that indices choose.
#pragma once

#include "octet/family/gather.hpp"

namespace octet::inline OCTET_BASELINE {

struct GatherOperation : family::OperationOf<GatherParams> {
  static constexpr const char* kName = "gather";

  static constexpr Status validate(const GatherParams& p) {
    constexpr auto& kExtent = check::kEntryNames<"indices.extent">;
    using enum StatusCode;
    const std::int64_t most = p.axis < p.indices.rank ? p.axis : p.indices.rank;
    if (const Status s = check::first_refusal(
            {check::range(unsupported, "axis", p.axis, 0, std::int64_t{p.input.shape.rank} - 1),
             check::range(unsupported, "batch_dims", p.batch_dims, 0, most)});
        !s.ok()) {
      return s;
    }
    for (std::int32_t d = 0; d < p.batch_dims; ++d) {
      const std::int32_t extent = p.input.shape.extent[d];
      if (const Status s = check::equal(kExtent[d], p.indices.extent[d], extent); !s.ok()) {
        return s;
      }
    }
    return {};
  }

  static constexpr family::GatherPlan plan(const GatherParams& p) {
    family::GatherPlan plan;
    for (std::int32_t d = 0; d < p.axis; ++d) {
      (d < p.batch_dims ? plan.batches : plan.outer) *= p.input.shape.extent[d];
    }
    plan.places = p.indices.size() / plan.batches;
    plan.slice = Strides(p.input.shape)[p.axis];
    plan.add_index(p.input.shape.extent[p.axis], plan.slice);
    return plan;
  }
};

struct GatherNdOperation : family::OperationOf<GatherNdParams> {
  static constexpr const char* kName = "gather_nd";

  static constexpr Status validate(const GatherNdParams& p) {
    constexpr auto& kExtent = check::kEntryNames<"indices.extent">;
    const std::int32_t last = p.indices.rank - 1;
    if (last < 0) return {StatusCode::invalid_shape, "indices.rank", 0, 1, Relation::at_least};
    return check::range(StatusCode::invalid_shape, kExtent[last], p.indices.extent[last], 1,
                        p.input.shape.rank);
  }

  static constexpr family::GatherPlan plan(const GatherNdParams& p) {
    const Strides strides(p.input.shape);
    const std::int32_t depth = p.indices.extent[p.indices.rank - 1];
    family::GatherPlan plan;
    for (std::int32_t d = 0; d < depth; ++d) plan.add_index(p.input.shape.extent[d], strides[d]);
    plan.places = p.indices.size() / depth;
    plan.slice = strides[depth - 1];
    return plan;
  }
};

// Slices along params.axis, chosen by indices: reference::gather has the formula. input:
// params.input, indices: params.indices, of int32; output: output_shape(params), dense, of T (1, 2,
// 4 or 8 bytes) and of the input's quantization. bind takes (input, indices, output). Indices are
// read in run, where nothing may fail: one outside of the dimension stands for the first or the
// last element, whichever is nearer. check_indices(params, indices) refuses such ones, for callers
// who know their indices when they prepare.
// Source: GATHER of TensorFlow Lite, which fails where an index is outside.
template <class T>
using Gather = family::Gather<GatherOperation, T>;

// The same of slices that have a place in the first dimensions of the input, as many as the last
// dimension of the indices is long: reference::gather_nd. Source: GATHER_ND of TensorFlow Lite.
template <class T>
using GatherNd = family::Gather<GatherNdOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
