// SPDX-License-Identifier: Apache-2.0
// A convolution without a heap: every buffer is static and its size is known when compiling.
#include <array>
#include <cstdio>

#include <octet/conv2d.hpp>

namespace {

constexpr std::array<std::int32_t, 1> kMultiplier = {1518500250};  // 2^-8.5 of a real factor
constexpr std::array<std::int32_t, 1> kShift = {-8};

constexpr octet::Conv2dParams kParams{
    .input = {.shape = {1, 8, 8, 4}, .zero_point = -1},
    .filter = {8, 3, 3, 4},
    .padding = octet::same_padding({1, 8, 8, 4}, {3, 3}),
    .output = {.zero_point = 2, .min = 2, .multiplier = kMultiplier, .shift = kShift},  // relu
};
constexpr octet::ShapeNhwc kOutput = octet::output_shape(kParams);

// Any backend may be chosen at run time, so the memory is as large as the most demanding one needs.
// With OCTET_STATIC_BACKEND there is only one.
using Conv = octet::Conv2d<std::int8_t>;
alignas(octet::kAlignment) std::array<std::byte, Conv::max_packed_bytes(kParams)> packed;
alignas(octet::kAlignment) std::array<std::byte, Conv::max_scratch_bytes(kParams)> scratch;
std::array<std::int8_t, kParams.input.shape.size()> input;
std::array<std::int8_t, kOutput.size()> output;
std::array<std::int8_t, kParams.filter.size()> filter;

}  // namespace

int main() {
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<std::int8_t>(i * 37);
  for (std::size_t i = 0; i < filter.size(); ++i) filter[i] = static_cast<std::int8_t>(i * 11);

  const auto conv = Conv::prepare(kParams, filter, {}, packed);
  if (!conv) return 1;
  const auto bound = conv->bind(input, output, scratch);
  if (!bound) return 1;
  bound->run();

  int sum = 0;
  for (const std::int8_t y : output) sum += y;
  std::printf("%s: %zu bytes of weights, %zu of scratch, sum of outputs %d\n", conv->backend().name,
              packed.size(), scratch.size(), sum);
}
