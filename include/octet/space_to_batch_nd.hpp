// SPDX-License-Identifier: Apache-2.0
// Blocks of a tensor as batches, and batches as blocks.
#pragma once

#include "octet/family/move.hpp"
#include "octet/reference/space_to_batch_nd.hpp"

namespace octet::inline OCTET_BASELINE {

// The elements that part k of the batch and a tensor with blocks share: in each dimension `extent`,
// from `first` on in that part.
struct BatchPart {
  std::int64_t first[kMaxRank] = {}, extent[kMaxRank] = {};
  StridedCopy copy;  // from the tensor with blocks to the one with batches

  // `space` and `batch` are their shapes, without blocks and padding.
  template <class Params>
  constexpr BatchPart(const Params& p, const Shape& space, const Shape& batch, std::int64_t k) {
    const Strides from(space), to(batch);
    std::int64_t place[kMaxRank] = {};
    detail::place_in_block(p, k, place);
    extent[0] = space.extent[0];
    copy.output_first = k * extent[0] * to[0];
    copy.add_loop(extent[0], from[0], to[0]);
    for (std::int32_t d = 1; d < space.rank; ++d) {
      // Element i of the part is element i * block - padding of the tensor.
      const std::int64_t block = p.block[d], padding = p.before[d] - place[d];
      // At most batch.extent[d], which counts what is padded or cropped behind the tensor too.
      const std::int64_t end = (space.extent[d] + padding + block - 1) / block;
      first[d] = padding > 0 ? (padding + block - 1) / block : 0;
      extent[d] = end - first[d];
      if (extent[d] <= 0) {
        extent[d] = copy.rank = 0;
        copy.run = 0;
        return;
      }
      copy.input_first += (first[d] * block - padding) * from[d];
      copy.output_first += first[d] * to[d];
      copy.add_loop(extent[d], block * from[d], to[d]);
    }
  }
};

// What both refuse.
template <class Params>
constexpr Status check_blocks(const Params& p) {
  constexpr auto& kBlock = check::kEntryNames<"block">;
  if (p.input.shape.rank == 0) return {StatusCode::invalid_shape, "input.shape.rank", 0, 1};
  for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
    const std::int64_t most = d == 0 ? 1 : check::kHighestInt32;
    if (const Status s = check::range(StatusCode::invalid_shape, kBlock[d], p.block[d], 1, most);
        !s.ok()) {
      return s;
    }
  }
  return family::check_padding(0, check::kHighestInt32, p.before[0], p.after[0]);
}

struct SpaceToBatchNdOperation : family::OperationOf<SpaceToBatchNdParams> {
  static constexpr const char* kName = "space_to_batch_nd";

  template <class T>
  static constexpr Status validate(const SpaceToBatchNdParams& p) {
    const Shape& in = p.input.shape;
    if (const Status s = check_blocks(p); !s.ok()) return s;
    for (std::int32_t d = 1; d < in.rank; ++d) {
      if (const Status s = family::check_padding(d, in.extent[d], p.before[d], p.after[d]);
          !s.ok()) {
        return s;
      }
      const std::int64_t padded = std::int64_t{in.extent[d]} + p.before[d] + p.after[d];
      if (padded % p.block[d] != 0) {
        return {StatusCode::invalid_shape, check::kInput.extent[d], padded, p.block[d],
                Relation::multiple_of};
      }
    }
    const std::int64_t parts = detail::block_size(p);
    return check::first_refusal(
        {check::extent("output", detail::saturating_multiply(in.extent[0], parts)),
         check::count("output", output_shape(p).size()), family::check_value<T>(p.value)});
  }

  static constexpr std::int64_t copies(const SpaceToBatchNdParams& p) {
    return detail::block_size(p);
  }
  static constexpr StridedCopy plan(const SpaceToBatchNdParams& p, std::int64_t k) {
    return BatchPart(p, p.input.shape, output_shape(p), k).copy;
  }

  static constexpr std::int64_t filled_with(const SpaceToBatchNdParams& p) { return p.value; }
};

struct BatchToSpaceNdOperation : family::OperationOf<BatchToSpaceNdParams> {
  static constexpr const char* kName = "batch_to_space_nd";

  template <class T>
  static constexpr Status validate(const BatchToSpaceNdParams& p) {
    const Shape& in = p.input.shape;
    if (const Status s = check_blocks(p); !s.ok()) return s;
    const std::int64_t parts = detail::block_size(p);
    if (in.extent[0] % parts != 0) {
      return {StatusCode::invalid_shape, check::kInput.extent[0], in.extent[0], parts,
              Relation::multiple_of};
    }
    for (std::int32_t d = 1; d < in.rank; ++d) {
      const std::int64_t whole = std::int64_t{in.extent[d]} * p.block[d];
      if (const Status s = check::first_refusal(
              {check::extent("output", whole),
               // As if what is left were padded; one element is.
               family::check_padding(d, static_cast<std::int32_t>(check::kHighestInt32 + 1 - whole),
                                     p.before[d], p.after[d])});
          !s.ok()) {
        return s;
      }
    }
    return {};
  }

  static constexpr std::int64_t copies(const BatchToSpaceNdParams& p) {
    return detail::block_size(p);
  }
  static constexpr StridedCopy plan(const BatchToSpaceNdParams& p, std::int64_t k) {
    return BatchPart(p, output_shape(p), p.input.shape, k).copy.reversed();
  }
};

// Dimensions but the first one padded and cut into blocks of params.block, whose elements become
// batches: reference::space_to_batch_nd has the formula. input: params.input, output:
// output_shape(params), dense, of T (any integer) and of the same quantization, which params.value
// has too. Blocks divide the padded extents. Source: SPACE_TO_BATCH_ND of TensorFlow Lite, whose
// value is the zero point.
template <class T>
using SpaceToBatchNd = family::Move<SpaceToBatchNdOperation, T>;

// Batches become the elements of blocks, of which params.before and params.after are left out:
// reference::batch_to_space_nd. The size of a block divides the batch, and an element is left in
// each dimension. Source: BATCH_TO_SPACE_ND of TensorFlow Lite.
template <class T>
using BatchToSpaceNd = family::Move<BatchToSpaceNdOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
