// SPDX-License-Identifier: Apache-2.0
// Pools, means, softmax and operations that move elements: what prepare accepts runs in memory of
// exactly its size, and equals the reference.
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "fuzz/support.hpp"
#include "octet/add_n.hpp"
#include "octet/average_pool2d.hpp"
#include "octet/concat.hpp"
#include "octet/dynamic_update_slice.hpp"
#include "octet/gather.hpp"
#include "octet/max_pool2d.hpp"
#include "octet/mean.hpp"
#include "octet/mirror_pad.hpp"
#include "octet/pad.hpp"
#include "octet/reverse.hpp"
#include "octet/select.hpp"
#include "octet/softmax.hpp"
#include "octet/space_to_batch_nd.hpp"
#include "octet/space_to_depth.hpp"
#include "octet/split.hpp"
#include "octet/strided_slice.hpp"
#include "octet/tile.hpp"
#include "octet/transpose.hpp"
#include "octet/reference/average_pool2d.hpp"
#include "octet/reference/max_pool2d.hpp"
#include "support/lift.hpp"

namespace {

using fuzz::expect;
using fuzz::Input;
using fuzz::Memory;
using fuzz::run;

template <template <class> class Pool, class T, class Reference>
void fuzz_pool(Input& input, Reference reference) {
  octet::Pool2dParams params;
  params.input = {input.shape_nhwc(), input.zero_point<T>()};
  params.filter = input.extents(4);
  params.stride = input.extents(3);
  params.padding = input.padding();
  params.output = input.output<T>();
  params.output.rescale = {};
  if (!input.one_in(16)) params.output.zero_point = params.input.zero_point;
  const std::int64_t outputs = output_shape(params).size();
  const std::int64_t window = octet::detail::saturating_multiply(params.filter.h, params.filter.w);
  const std::int64_t work = octet::detail::saturating_multiply(outputs, window);
  run<T, T>(input, Pool<T>::prepare(params, input.backend()), params.input.shape.size(), outputs,
            work, [&](const T* from, T* to) { reference(params, from, to); });
}

template <class T>
void fuzz_pools(Input& input) {
  if (input.one_in(2)) {
    fuzz_pool<octet::AveragePool2d, T>(input, OCTET_LIFT(octet::reference::average_pool2d));
  } else {
    fuzz_pool<octet::MaxPool2d, T>(input, OCTET_LIFT(octet::reference::max_pool2d));
  }
}

template <class T>
void fuzz_mean(Input& input) {
  octet::MeanParams params;
  params.input = {input.shape(), input.zero_point<T>(), {}};
  for (bool& reduce : params.reduce) reduce = input.one_in(2);
  params.output = input.output<T>();
  const std::int64_t inputs = params.input.shape.size();
  run<T, T>(input, octet::Mean<T>::prepare(params, input.backend()), inputs,
            output_shape(params).size(), inputs,
            [&](const T* from, T* to) { octet::reference::mean(params, from, to); });
}

template <class In, class Out>
void fuzz_softmax(Input& input) {
  using Softmax = octet::Softmax<In, Out>;
  octet::SoftmaxParams params;
  params.input = {input.shape(), input.zero_point<In>(), input.rescale()};
  params.input.rescale.shift = input.number(0, 31);
  params.diff_min = input.number(-300, 0);
  Memory<std::byte> packed(static_cast<std::int64_t>(Softmax::packed_bytes(params)),
                           octet::kAlignment);
  const std::int64_t size = params.input.shape.size();
  run<In, Out>(input, Softmax::prepare(params, packed.span(), input.backend()), size, size, size,
               [&](const In* from, Out* to) { octet::reference::softmax(params, from, to); });
}

// An operation that moves the elements of one input.
template <template <class> class Move, class T, class Params, class Reference>
void fuzz_move(Input& input, const Params& params, Reference reference) {
  const std::int64_t inputs = params.input.shape.size(), outputs = output_shape(params).size();
  run<T, T>(input, Move<T>::prepare(params), inputs, outputs, std::max(inputs, outputs),
            [&](const T* from, T* to) { reference(params, from, to); });
}
#define FUZZ_MOVE(Move, T, reference_of) \
  fuzz_move<octet::Move, T>(input, params, OCTET_LIFT(octet::reference::reference_of))

// Elements around or at the ends of a tensor, and those of blocks.
template <class Params>
void draw_padding(Input& input, Params& params) {
  params.input.shape = input.shape();
  for (int d = 0; d < octet::kMaxRank; ++d) {
    params.before[d] = input.one_in(2) ? input.number(0, 2) : 0;
    params.after[d] = input.one_in(2) ? input.number(0, 2) : 0;
    if constexpr (requires { params.block; }) {
      params.block[d] = input.one_in(2) ? input.number(1, 3) : 1;
    }
  }
  // The batch is neither padded nor cut.
  if constexpr (requires { params.block; }) {
    if (input.one_in(16)) return;
    params.block[0] = 1;
    params.before[0] = params.after[0] = 0;
  }
}

template <class T>
void fuzz_pad(Input& input) {
  octet::PadParams params;
  draw_padding(input, params);
  params.value = input.number(-128, 127);
  FUZZ_MOVE(Pad, T, pad);
}

template <class T>
void fuzz_mirror_pad(Input& input) {
  octet::MirrorPadParams params;
  draw_padding(input, params);
  if (input.one_in(2)) params.mirror = octet::Mirror::symmetric;
  FUZZ_MOVE(MirrorPad, T, mirror_pad);
}

template <class T>
void fuzz_blocks(Input& input) {
  if (input.one_in(2)) {
    octet::SpaceToBatchNdParams params;
    draw_padding(input, params);
    for (int d = 1; d < octet::kMaxRank && !input.one_in(16); ++d) {
      std::int32_t& extent = params.input.shape.extent[d];
      const std::int64_t block = params.block[d];
      if (extent > 0 && extent < 100 && block > 0 && block < 100) extent *= params.block[d];
      params.after[d] = static_cast<std::int32_t>(block - params.before[d]);
    }
    params.value = input.number(-128, 127);
    FUZZ_MOVE(SpaceToBatchNd, T, space_to_batch_nd);
  } else {
    octet::BatchToSpaceNdParams params;
    draw_padding(input, params);
    std::int64_t batch = params.input.shape.extent[0];
    for (const std::int32_t block : params.block) batch *= std::clamp(block, 1, 10);
    if (batch > 0 && batch < 100'000)
      params.input.shape.extent[0] = static_cast<std::int32_t>(batch);
    FUZZ_MOVE(BatchToSpaceNd, T, batch_to_space_nd);
  }
}

template <class T>
void fuzz_squares(Input& input) {
  octet::ShapeNhwc shape = input.shape_nhwc();
  const std::int32_t block = input.number(1, 4);
  const bool fits = std::max({shape.h, shape.w, shape.c}) < 1000 &&
                    std::min({shape.h, shape.w, shape.c}) > 0 && block > 0 && block < 10;
  if (input.one_in(2)) {
    if (fits) shape.h *= block, shape.w *= block;
    const octet::SpaceToDepthParams params{.input = {.shape = shape}, .block_size = block};
    FUZZ_MOVE(SpaceToDepth, T, space_to_depth);
  } else {
    if (fits) shape.c *= block * block;
    const octet::DepthToSpaceParams params{.input = {.shape = shape}, .block_size = block};
    FUZZ_MOVE(DepthToSpace, T, depth_to_space);
  }
}

template <class T>
void fuzz_transpose(Input& input) {
  octet::TransposeParams params{.input = {.shape = input.shape()}};
  for (std::int32_t d = octet::kMaxRank - 1; d > 0; --d) {
    std::swap(params.perm[d], params.perm[input.byte() % (d + 1)]);
  }
  // Permutations of fewer dimensions than there can be.
  std::stable_partition(std::begin(params.perm), std::end(params.perm),
                        [&](std::int32_t d) { return d < params.input.shape.rank; });
  if (input.one_in(16)) params.perm[0] = input.number(0, octet::kMaxRank - 1);
  FUZZ_MOVE(Transpose, T, transpose);
}

template <class T>
void fuzz_repeat(Input& input) {
  switch (input.byte() % 3) {
    case 0: {
      octet::TileParams params{.input = {.shape = input.shape()}};
      for (std::int32_t& multiple : params.multiples) multiple = input.number(1, 3);
      return FUZZ_MOVE(Tile, T, tile);
    }
    case 1: {
      octet::BroadcastToParams params{.input = {.shape = input.shape()}, .shape = input.shape()};
      for (std::int32_t& extent : params.input.shape.extent) {
        if (input.one_in(2)) extent = 1;
      }
      return FUZZ_MOVE(BroadcastTo, T, broadcast_to);
    }
    default: {
      octet::ReverseParams params{.input = {.shape = input.shape()}};
      for (bool& reverse : params.reverse) reverse = input.one_in(2);
      return FUZZ_MOVE(Reverse, T, reverse);
    }
  }
}

template <class T>
void fuzz_strided_slice(Input& input) {
  octet::StridedSliceParams params{.input = {.shape = input.shape()}};
  for (int d = 0; d < octet::kMaxRank; ++d) {
    const std::int32_t extent = params.input.shape.extent[d];
    params.begin[d] = input.number(0, extent > 0 ? extent - 1 : 0);
    params.stride[d] = input.number(-3, 3);
    params.extent[d] = input.extent(3);
  }
  FUZZ_MOVE(StridedSlice, T, strided_slice);
}

template <template <class> class Gather, class T, class Params, class Reference>
void fuzz_gather_of(Input& input, const Params& params, Reference reference) {
  const auto operation = Gather<T>::prepare(params);
  if (!operation) return fuzz::expect_refusal(operation.status());
  const std::int64_t inputs = params.input.shape.size(), indices = params.indices.size(),
                     outputs = output_shape(params).size();
  if (std::max({inputs, indices, outputs}) > input.limits().elements) return;
  Memory<T> from(inputs), to(outputs), expected(outputs);
  Memory<std::int32_t> which(indices);
  from.fill(input);
  which.fill(input);
  for (std::int32_t& index : which.span()) index = input.one_in(8) ? index : index % 7;
  const auto bound = operation->bind(from.values(), which.values(), to.span());
  expect(static_cast<bool>(bound));
  bound->run();
  reference(params, from.data(), which.data(), expected.data());
  expect(to == expected);
}

template <class T>
void fuzz_gather(Input& input) {
  if (input.one_in(2)) {
    const octet::GatherParams params{.input = {.shape = input.shape()},
                                     .indices = input.shape(),
                                     .axis = input.number(0, 3),
                                     .batch_dims = input.number(0, 1)};
    fuzz_gather_of<octet::Gather, T>(input, params, OCTET_LIFT(octet::reference::gather));
  } else {
    const octet::GatherNdParams params{.input = {.shape = input.shape()}, .indices = input.shape()};
    fuzz_gather_of<octet::GatherNd, T>(input, params, OCTET_LIFT(octet::reference::gather_nd));
  }
}

// An operation of many inputs of those sizes; reference(pointers, output).
template <class T, class Operation, class Reference>
void run_join(Input& input, const octet::Result<Operation>& operation,
              std::span<const octet::Operand> operands, std::int64_t outputs, Reference reference) {
  if (!operation) return fuzz::expect_refusal(operation.status());
  std::int64_t elements = outputs;
  for (const octet::Operand& operand : operands) {
    elements = std::max(elements, operand.shape.size());
  }
  if (!fuzz::fits(input, {octet::detail::saturating_multiply(elements, 3 * sizeof(T))}) ||
      elements > input.limits().elements) {
    return fuzz::expect_refusal(operation->bind({}, {}).status());
  }
  std::vector<std::unique_ptr<Memory<T>>> inputs;
  std::vector<std::span<const T>> spans;
  std::vector<const T*> pointers;
  for (const octet::Operand& operand : operands) {
    inputs.push_back(std::make_unique<Memory<T>>(operand.shape.size()));
    inputs.back()->fill(input);
    spans.push_back(inputs.back()->values());
    pointers.push_back(inputs.back()->data());
  }
  Memory<T> output(outputs), expected(outputs);
  const auto bound = operation->bind(spans, output.span());
  expect(static_cast<bool>(bound));
  bound->run();
  reference(pointers.data(), expected.data());
  expect(output == expected);
}

template <class T>
void fuzz_concat(Input& input) {
  std::array<octet::Operand, octet::kMaxOperands + 1> operands{};
  const auto count = static_cast<std::size_t>(input.number(1, 4)) % operands.size();
  const octet::Shape shape = input.shape();
  const std::int32_t axis = input.number(0, 3);
  for (std::size_t k = 0; k < count; ++k) {
    operands[k].shape = input.one_in(32) ? input.shape() : shape;
    if (axis >= 0 && axis < octet::kMaxRank) operands[k].shape.extent[axis] = input.extent(5);
  }
  const octet::ConcatParams params{.inputs = {operands.data(), count}, .axis = axis};
  run_join<T>(input, octet::Concat<T>::prepare(params), params.inputs, output_shape(params).size(),
              [&](const T* const* from, T* to) { octet::reference::concat(params, from, to); });
}

template <class T>
void fuzz_add_n(Input& input) {
  octet::AddNParams params{.input = {input.shape(), input.zero_point<T>(), input.rescale()},
                           .count = input.number(1, 5),
                           .left_shift = input.number(0, sizeof(T) == 1 ? 20 : 15),
                           .output = input.output<T>()};
  const auto count = static_cast<std::size_t>(params.count) % (octet::kMaxOperands + 1);
  const std::vector<octet::Operand> operands(count, params.input);
  run_join<T>(input, octet::AddN<T>::prepare(params, input.backend()), operands,
              params.input.shape.size(),
              [&](const T* const* from, T* to) { octet::reference::add_n(params, from, to); });
}

// Shapes of which some extents are repeated, or some dimensions left out.
octet::Shape draw_part(Input& input, octet::Shape shape) {
  if (input.one_in(16)) return input.shape();
  if (shape.rank < 0 || shape.rank > octet::kMaxRank) return shape;
  for (std::int32_t d = 0; d < shape.rank; ++d) {
    if (input.one_in(4)) shape.extent[d] = 1;
  }
  const std::int32_t dropped = input.one_in(3) ? input.byte() % (shape.rank + 1) : 0;
  std::copy(shape.extent + dropped, shape.extent + shape.rank, shape.extent);
  shape.rank -= dropped;
  return shape;
}

template <class T>
void fuzz_select(Input& input) {
  const octet::Shape shape = input.shape();
  octet::SelectParams params;
  params.condition = draw_part(input, shape);
  params.input1.shape = draw_part(input, shape);
  params.input2.shape = draw_part(input, shape);
  const auto operation = octet::Select<T>::prepare(params);
  if (!operation) return fuzz::expect_refusal(operation.status());
  const std::int64_t outputs = output_shape(params).size();
  if (outputs > input.limits().elements) return;
  Memory<std::uint8_t> condition(params.condition.size());
  Memory<T> input1(params.input1.shape.size()), input2(params.input2.shape.size());
  Memory<T> output(outputs), expected(outputs);
  condition.fill(input);
  for (std::uint8_t& c : condition.span()) c &= 1;
  input1.fill(input);
  input2.fill(input);
  const auto bound =
      operation->bind(condition.values(), input1.values(), input2.values(), output.span());
  expect(static_cast<bool>(bound));
  bound->run();
  octet::reference::select(params, condition.data(), input1.data(), input2.data(), expected.data());
  expect(output == expected);
}

template <class T>
void fuzz_dynamic_update_slice(Input& input) {
  octet::DynamicUpdateSliceParams params{.input = {.shape = input.shape()}};
  params.update = params.input.shape;
  for (std::int32_t& extent : params.update.extent) {
    extent = input.one_in(32) || extent < 1 ? input.extent() : 1 + input.byte() % extent;
  }
  const auto operation = octet::DynamicUpdateSlice<T>::prepare(params);
  if (!operation) return fuzz::expect_refusal(operation.status());
  const std::int64_t outputs = params.input.shape.size();
  if (outputs > input.limits().elements) return;
  Memory<T> from(outputs), update(params.update.size()), to(outputs), expected(outputs);
  Memory<std::int32_t> begin(params.input.shape.rank);
  from.fill(input);
  update.fill(input);
  for (std::int32_t& place : begin.span()) place = input.number(-1, 6);
  const auto bound = operation->bind(from.values(), update.values(), begin.values(), to.span());
  expect(static_cast<bool>(bound));
  bound->run();
  octet::reference::dynamic_update_slice(params, from.data(), update.data(), begin.data(),
                                         expected.data());
  expect(to == expected);
}

template <class T>
void fuzz_split(Input& input) {
  std::array<std::int32_t, octet::kMaxOperands + 1> sizes{};
  octet::SplitParams params;
  params.input.shape = input.shape();
  params.axis = input.number(0, 3);
  const auto count = static_cast<std::size_t>(input.number(1, 4)) % sizes.size();
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < count; ++k) sum += sizes[k] = input.extent(4);
  const bool fits = sum > 0 && sum <= std::numeric_limits<std::int32_t>::max();
  if (fits && params.axis >= 0 && params.axis < octet::kMaxRank && !input.one_in(16)) {
    params.input.shape.extent[params.axis] = static_cast<std::int32_t>(sum);
  }
  params.sizes = {sizes.data(), count};
  const auto operation = octet::Split<T>::prepare(params);
  if (!operation) return fuzz::expect_refusal(operation.status());
  const std::int64_t inputs = params.input.shape.size();
  if (!fuzz::fits(input, {octet::detail::saturating_multiply(inputs, 3 * sizeof(T))}) ||
      inputs > input.limits().elements) {
    return fuzz::expect_refusal(operation->bind({}, {}).status());
  }
  Memory<T> from(inputs);
  from.fill(input);
  std::vector<std::unique_ptr<Memory<T>>> outputs, expected;
  std::vector<std::span<T>> spans;
  std::vector<T*> pointers;
  for (std::size_t k = 0; k < count; ++k) {
    outputs.push_back(std::make_unique<Memory<T>>(output_shape(params, k).size()));
    expected.push_back(std::make_unique<Memory<T>>(output_shape(params, k).size()));
    spans.push_back(outputs.back()->span());
    pointers.push_back(expected.back()->data());
  }
  const auto bound = operation->bind(from.values(), spans);
  expect(static_cast<bool>(bound));
  bound->run();
  octet::reference::split(params, from.data(), pointers.data());
  for (std::size_t k = 0; k < count; ++k) expect(*outputs[k] == *expected[k]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.byte() % 23) {
    case 0: fuzz_pools<std::int8_t>(input); break;
    case 1: fuzz_pools<std::uint8_t>(input); break;
    case 2: fuzz_pools<std::int16_t>(input); break;
    case 3: fuzz_mean<std::int8_t>(input); break;
    case 4: fuzz_mean<std::uint8_t>(input); break;
    case 5: fuzz_mean<std::int16_t>(input); break;
    case 6: fuzz_softmax<std::int8_t, std::int8_t>(input); break;
    case 7: fuzz_softmax<std::uint8_t, std::int16_t>(input); break;
    case 8: fuzz_pad<std::int8_t>(input); break;
    case 9: fuzz_pad<std::int32_t>(input); break;
    case 10: fuzz_strided_slice<std::int16_t>(input); break;
    case 11: fuzz_concat<std::int8_t>(input); break;
    case 12: fuzz_transpose<std::int8_t>(input); break;
    case 13: fuzz_squares<std::int16_t>(input); break;
    case 14: fuzz_blocks<std::int8_t>(input); break;
    case 15: fuzz_repeat<std::int32_t>(input); break;
    case 16: fuzz_mirror_pad<std::int8_t>(input); break;
    case 17: fuzz_gather<std::int16_t>(input); break;
    case 18: fuzz_add_n<std::int8_t>(input); break;
    case 19: fuzz_add_n<std::int16_t>(input); break;
    case 20: fuzz_select<std::int16_t>(input); break;
    case 21: fuzz_dynamic_update_slice<std::int8_t>(input); break;
    default: fuzz_split<std::int64_t>(input);
  }
  return 0;
}
