// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "octet/types.hpp"
#include "octet/reference/index.hpp"

namespace octet::inline OCTET_BASELINE {

// Of dimension d the `extent[d]` elements begin[d], begin[d] + stride[d], begin[d] + 2 stride[d]
// ...; strides may be negative. Input and output share one quantization.
struct StridedSliceParams {
  Operand input = {};
  std::int32_t begin[kMaxRank] = {};
  std::int32_t extent[kMaxRank] = {};
  std::int32_t stride[kMaxRank] = {1, 1, 1, 1, 1, 1};
};

OCTET_INLINE constexpr Shape output_shape(const StridedSliceParams& p) {
  Shape shape = p.input.shape;
  for (std::int32_t d = 0; d < shape.rank && d < kMaxRank; ++d) shape.extent[d] = p.extent[d];
  return shape;
}

// A slice as TensorFlow writes it: an index range for each dimension, x[begin:end:stride], which
// counts from the end where it is negative. Bit i of a mask is about entry i of the three lists.
struct SliceSpec {
  std::span<const std::int32_t> begin = {}, end = {}, strides = {};
  std::uint32_t begin_mask = 0;     // begin[i] does not matter: from the first element on
  std::uint32_t end_mask = 0;       // end[i] does not matter: up to the last element
  std::uint32_t ellipsis_mask = 0;  // entry i stands for all dimensions that are not mentioned
  std::uint32_t new_axis_mask = 0;  // entry i adds a dimension of extent 1 to the output
  std::uint32_t shrink_axis_mask =
      0;  // the first element alone, and no such dimension in the output
};

// The slice by numbers, and the shape that the output has with its axes added and left out.
struct ResolvedSlice {
  StridedSliceParams params = {};
  Shape output = {};
};

// Refuses what TensorFlow refuses, and slices without elements; names fields of SliceSpec.
// Source: ValidateStridedSliceOp of TensorFlow's core/util/strided_slice_op.cc.
constexpr Result<ResolvedSlice> resolve_slice(const Shape& input, const SliceSpec& spec) {
  using enum StatusCode;
  const auto entries = static_cast<std::int32_t>(spec.begin.size());
  if (input.rank < 0 || input.rank > kMaxRank) return {{invalid_shape, "input.rank", input.rank}};
  if (spec.begin.size() > 31) return {{size_mismatch, "begin", entries, 31}};
  if (spec.end.size() != spec.begin.size()) {
    return {{size_mismatch, "end", static_cast<std::int64_t>(spec.end.size()), entries}};
  }
  if (spec.strides.size() != spec.begin.size()) {
    return {{size_mismatch, "strides", static_cast<std::int64_t>(spec.strides.size()), entries}};
  }
  // Dimensions of the input that entries mention.
  const auto bit = [](std::uint32_t mask, std::int32_t i) { return (mask >> i & 1) != 0; };
  std::int32_t mentioned = 0, ellipses = 0;
  for (std::int32_t i = 0; i < entries; ++i) {
    if (bit(spec.ellipsis_mask, i)) {
      ++ellipses;
    } else if (!bit(spec.new_axis_mask, i)) {
      ++mentioned;
    }
  }
  if (ellipses > 1) return {{unsupported, "ellipsis_mask", spec.ellipsis_mask, 1}};
  if (mentioned > input.rank) return {{size_mismatch, "begin", mentioned, input.rank}};

  ResolvedSlice slice{.params = {.input = {.shape = input}}};
  StridedSliceParams& p = slice.params;
  std::int32_t d = 0;
  bool has_room = true;
  const auto add_axis = [&](std::int32_t extent) {
    has_room = has_room && slice.output.rank < kMaxRank;
    if (has_room) slice.output.extent[slice.output.rank++] = extent;
  };
  const auto take_whole = [&](std::int32_t dimensions) {
    for (; dimensions > 0; --dimensions, ++d) add_axis(p.extent[d] = input.extent[d]);
  };
  for (std::int32_t i = 0; i < entries; ++i) {
    if (bit(spec.ellipsis_mask, i)) {
      take_whole(input.rank - mentioned);
      continue;
    }
    if (bit(spec.new_axis_mask, i)) {
      add_axis(1);
      continue;
    }
    const auto k = static_cast<std::size_t>(i);
    const std::int64_t stride = spec.strides[k], extent = input.extent[d];
    if (stride == 0) return {{invalid_stride, "strides"}};
    const auto from_front = [&](std::int64_t index) { return index < 0 ? index + extent : index; };
    if (bit(spec.shrink_axis_mask, i)) {
      // TensorFlow itself does not look at this mask here; TensorFlow Lite does.
      const std::int64_t index = bit(spec.begin_mask, i) ? 0 : from_front(spec.begin[k]);
      if (stride < 0) return {{invalid_stride, "strides", stride, 1}};
      if (index < 0 || index >= extent) return {{invalid_shape, "begin", spec.begin[k], extent}};
      p.begin[d] = static_cast<std::int32_t>(index);
      p.extent[d++] = 1;
      continue;
    }
    // Indices before and behind all elements, in the order in which they are visited.
    const std::int64_t lowest = stride > 0 ? 0 : -1, highest = stride > 0 ? extent : extent - 1;
    const auto limited = [&](std::int64_t index) {
      return index < lowest ? lowest : index > highest ? highest : index;
    };
    const std::int64_t begin = bit(spec.begin_mask, i) ? (stride > 0 ? lowest : highest)
                                                       : limited(from_front(spec.begin[k]));
    const std::int64_t end =
        bit(spec.end_mask, i) ? (stride > 0 ? highest : lowest) : limited(from_front(spec.end[k]));
    if (stride > 0 ? end <= begin : end >= begin) return {{empty_slice, "end", spec.end[k]}};
    p.begin[d] = static_cast<std::int32_t>(begin);
    p.stride[d] = static_cast<std::int32_t>(stride);
    p.extent[d] = static_cast<std::int32_t>((end - begin - (stride > 0 ? 1 : -1)) / stride + 1);
    add_axis(p.extent[d++]);
  }
  take_whole(input.rank - d);
  if (!has_room) return {{unsupported, "new_axis_mask", spec.new_axis_mask}};
  return {{}, slice};
}

namespace reference {

// A slice
//
//   output[i0][i1]... = input[begin[0] + i0 * stride[0]][begin[1] + i1 * stride[1]]...
//
// input: p.input, output: output_shape(p), dense, row-major; T: any.
// Source: STRIDED_SLICE and SLICE of TensorFlow Lite.
template <class T>
constexpr void strided_slice(const StridedSliceParams& p, const T* input, T* output) {
  for_each_index(output_shape(p), [&](std::int64_t i, std::int64_t(&at)[kMaxRank]) {
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      at[d] = p.begin[d] + at[d] * p.stride[d];
    }
    output[i] = input[index(p.input.shape, at)];
  });
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
