// SPDX-License-Identifier: Apache-2.0
// move/octet/<operation>/<shapes> and move/memcpy: 64 KB of bytes at other places, beside 64 KB in
// the same order. GOPS counts one operation for each byte of the output, so that it is GB/s.
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "octet/concat.hpp"
#include "octet/pad.hpp"
#include "octet/reverse.hpp"
#include "octet/space_to_depth.hpp"
#include "octet/split.hpp"
#include "octet/strided_slice.hpp"
#include "octet/tile.hpp"
#include "octet/transpose.hpp"
#include "memcpy.hpp"
#include "one_input.hpp"

namespace octet_bench {
namespace {

using Byte = std::int8_t;

constexpr std::int64_t kBytes = 64 * 1024;

Array<Byte> random_bytes(std::int64_t size) {
  Generator generator(kSeed);
  Array<Byte> bytes(size);
  fill(bytes.span(), -128, 127, generator);
  return bytes;
}

// An operation of one input, reference(params, input, output).
template <template <class> class Operation, class Params, class Reference>
void register_move(const std::string& name, const Params& params, const Reference& reference) {
  register_benchmark("move/octet/" + name, [=](benchmark::State& state) {
    const Array<Byte> input = random_bytes(params.input.shape.size());
    Array<Byte> expected(output_shape(params).size());
    reference(params, input.data(), expected.data());
    measure_one_input(state, Operation<Byte>::prepare(params), input, expected,
                      output_shape(params).size());
  });
}
#define REGISTER_MOVE(Operation, reference_of, name, ...) \
  register_move<octet::Operation>(                        \
      name, octet::Operation##Params __VA_ARGS__,         \
      [](const auto&... all) { octet::reference::reference_of(all...); })

// Tensors of `parts` channels each and one of all their channels: made of them, or cut into them.
void run_parts(benchmark::State& state, const std::vector<std::int32_t>& parts, bool joins) {
  std::int32_t channels = 0;
  for (const std::int32_t part : parts) channels += part;
  const auto rows = static_cast<std::int32_t>(kBytes / channels);
  Array<Byte> whole = random_bytes(std::int64_t{rows} * channels);
  std::vector<octet::Operand> operands;
  std::vector<Array<Byte>> buffers;
  std::vector<std::span<Byte>> outputs;
  std::vector<std::span<const Byte>> inputs;
  for (const std::int32_t part : parts) {
    operands.push_back({.shape = {2, {rows, part}}});
    buffers.push_back(random_bytes(std::int64_t{rows} * part));
    outputs.push_back(buffers.back().span());
    inputs.push_back(buffers.back().span());
  }
  const auto time = [&](const auto& bound) {
    if (!bound) return fail(state, octet::to_string(bound.status()));
    measure(state, kBytes, 2 * kBytes, [&] { bound->run(); });
  };
  if (joins) {
    const auto concat = octet::Concat<Byte>::prepare({.inputs = operands, .axis = 1});
    time(concat->bind(inputs, whole.span()));
  } else {
    const auto split = octet::Split<Byte>::prepare(
        {.input = {.shape = {2, {rows, channels}}}, .axis = 1, .sizes = parts});
    time(split->bind(whole.span(), outputs));
  }
}

void register_parts(const std::string& name, const std::vector<std::int32_t>& parts) {
  for (const bool joins : {true, false}) {
    register_benchmark(std::string("move/octet/") + (joins ? "concat/" : "split/") + name,
                       [=](benchmark::State& state) { run_parts(state, parts, joins); });
  }
}

}  // namespace
}  // namespace octet_bench

int main(int argc, char** argv) {
  using namespace octet_bench;
  const Isa& isa = limit_isa(argc, argv);
  register_memcpy("move");
  register_parts("32+32", {32, 32});
  register_parts("64+64", {64, 64});
  register_parts("16+48+64+128", {16, 48, 64, 128});
  REGISTER_MOVE(
      StridedSlice, strided_slice, "slice/channels",
      {.input = {.shape = {3, {32, 32, 96}}}, .begin = {0, 0, 16}, .extent = {32, 32, 64}});
  REGISTER_MOVE(
      StridedSlice, strided_slice, "slice/image",
      {.input = {.shape = {3, {40, 40, 64}}}, .begin = {4, 4, 0}, .extent = {32, 32, 64}});
  REGISTER_MOVE(Pad, pad, "pad/image",
                {.input = {.shape = {3, {30, 30, 64}}}, .before = {1, 1}, .after = {1, 1}});
  REGISTER_MOVE(Pad, pad, "pad/channels",
                {.input = {.shape = {2, {1024, 48}}}, .before = {0, 0}, .after = {0, 16}});
  REGISTER_MOVE(Transpose, transpose, "transpose/256x256",
                {.input = {.shape = {2, {256, 256}}}, .perm = {1, 0}});
  REGISTER_MOVE(Transpose, transpose, "transpose/1024x64",
                {.input = {.shape = {2, {1024, 64}}}, .perm = {1, 0}});
  REGISTER_MOVE(Transpose, transpose, "transpose/64x1024",
                {.input = {.shape = {2, {64, 1024}}}, .perm = {1, 0}});
  REGISTER_MOVE(Transpose, transpose, "transpose/21845x3",
                {.input = {.shape = {2, {21845, 3}}}, .perm = {1, 0}});
  REGISTER_MOVE(Transpose, transpose, "transpose/3x21845",
                {.input = {.shape = {2, {3, 21845}}}, .perm = {1, 0}});
  REGISTER_MOVE(Transpose, transpose, "transpose/8191x8",
                {.input = {.shape = {2, {8191, 8}}}, .perm = {1, 0}});
  REGISTER_MOVE(Transpose, transpose, "transpose/8x8191",
                {.input = {.shape = {2, {8, 8191}}}, .perm = {1, 0}});
  REGISTER_MOVE(Transpose, transpose, "transpose/rows",
                {.input = {.shape = {3, {32, 32, 64}}}, .perm = {1, 0, 2}});
  REGISTER_MOVE(SpaceToDepth, space_to_depth, "space_to_depth",
                {.input = {.shape = {1, 64, 64, 16}}, .block_size = 2});
  REGISTER_MOVE(Reverse, reverse, "reverse/rows",
                {.input = {.shape = {2, {1024, 64}}}, .reverse = {true}});
  REGISTER_MOVE(Tile, tile, "tile", {.input = {.shape = {2, {32, 512}}}, .multiples = {2, 2}});
  return run(isa, argc, argv);
}
