// SPDX-License-Identifier: Apache-2.0
// move/octet/<operation>/<shapes>, move/octet:<backend>/transpose/<shape> and move/memcpy: 64 KB of
// bytes at other places, beside 64 KB in the same order. GOPS counts one operation for each byte of
// the output, so that it is GB/s.
#include <algorithm>
#include <array>
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

// An operation of one input, reference(params, input, output), prepared for a backend if it has
// kernels.
template <template <class> class Operation, class Params, class Reference, class... Backend>
void register_move(const std::string& name, const Params& params, const Reference& reference,
                   const Backend*... backend) {
  register_benchmark("move/octet" + name, [=](benchmark::State& state) {
    const Array<Byte> input = random_bytes(params.input.shape.size());
    Array<Byte> expected(output_shape(params).size());
    reference(params, input.data(), expected.data());
    measure_one_input(state, Operation<Byte>::prepare(params, *backend...), input, expected,
                      output_shape(params).size());
  });
}
void register_transpose(const octet::Backend& backend, const std::string& name,
                        const octet::Shape& shape, const std::array<std::int32_t, 3>& perm) {
  octet::TransposeParams params{.input = {.shape = shape}};
  std::ranges::copy(perm, params.perm);
  register_move<octet::Transpose>(std::string(":") + backend.name + "/transpose/" + name, params,
                                  REFERENCE(transpose), &backend);
}
#define REGISTER_MOVE(Operation, reference_of, name, ...)                                        \
  register_move<octet::Operation>(std::string("/") + name, octet::Operation##Params __VA_ARGS__, \
                                  REFERENCE(reference_of))

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
  REGISTER_MOVE(SpaceToDepth, space_to_depth, "space_to_depth",
                {.input = {.shape = {1, 64, 64, 16}}, .block_size = 2});
  REGISTER_MOVE(Reverse, reverse, "reverse/rows",
                {.input = {.shape = {2, {1024, 64}}}, .reverse = {true}});
  REGISTER_MOVE(Tile, tile, "tile", {.input = {.shape = {2, {32, 512}}}, .multiples = {2, 2}});
  return run_beside_memcpy("move", argc, argv, [](const octet::Backend& backend) {
    register_transpose(backend, "256x256", {2, {256, 256}}, {1, 0});
    register_transpose(backend, "1024x64", {2, {1024, 64}}, {1, 0});
    register_transpose(backend, "64x1024", {2, {64, 1024}}, {1, 0});
    register_transpose(backend, "21845x3", {2, {21845, 3}}, {1, 0});
    register_transpose(backend, "3x21845", {2, {3, 21845}}, {1, 0});
    register_transpose(backend, "8191x8", {2, {8191, 8}}, {1, 0});
    register_transpose(backend, "8x8191", {2, {8, 8191}}, {1, 0});
    register_transpose(backend, "rows", {3, {32, 32, 64}}, {1, 0, 2});
  });
}
