// SPDX-License-Identifier: Apache-2.0
// A small quantized network, convolution, depthwise convolution, average pooling, fully connected,
// softmax, evaluated by the compiler: the reference is constexpr. At run time it gives the same
// bits.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "octet/reference.hpp"
#include "support/catch.hpp"

namespace {

template <std::size_t kSize>
using Int8s = std::array<std::int8_t, kSize>;

// Values that look random, the same in every language: a linear congruential generator, its bits 16
// to 23 as an int8.
template <std::size_t kSize>
constexpr Int8s<kSize> pattern(std::uint32_t state) {
  Int8s<kSize> values{};
  for (std::int8_t& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<std::int8_t>(static_cast<std::uint8_t>(state >> 16));
  }
  return values;
}

constexpr octet::ShapeNhwc kImage{1, 6, 6, 2};

struct Network {
  Int8s<4 * 3 * 3 * 2> conv_filter = pattern<72>(1);
  std::array<std::int32_t, 4> conv_bias = {100, -2000, 0, 3000};
  std::array<std::int32_t, 4> conv_multiplier = {1288490189, 1073741824, 2147483647, 1503238554};
  std::array<std::int32_t, 4> conv_shift = {-8, -7, -9, -8};

  Int8s<3 * 3 * 8> depthwise_filter = pattern<72>(2);
  std::array<std::int32_t, 1> depthwise_multiplier = {1932735283};
  std::array<std::int32_t, 1> depthwise_shift = {-8};

  Int8s<3 * 8> dense_filter = pattern<24>(3);
  std::array<std::int32_t, 3> dense_bias = {-500, 1000, 250};
  std::array<std::int32_t, 1> dense_multiplier = {1717986918};
  std::array<std::int32_t, 1> dense_shift = {-7};
};

constexpr Int8s<3> evaluate(const Network& network, const Int8s<72>& image) {
  using namespace octet;

  const Conv2dParams conv{.input = {kImage, -3},
                          .filter = {4, 3, 3, 2},
                          .padding = same_padding(kImage, {3, 3}),
                          .output = {.zero_point = 5,
                                     .min = 5,
                                     .multiplier = network.conv_multiplier,
                                     .shift = network.conv_shift}};
  Int8s<6 * 6 * 4> hidden{};
  reference::conv2d(conv, image.data(), network.conv_filter.data(), network.conv_bias.data(),
                    hidden.data());

  const ShapeNhwc hidden_shape = output_shape(conv);
  const DepthwiseConv2dParams depthwise{.input = {hidden_shape, 5},
                                        .filter = {3, 3},
                                        .depth_multiplier = 2,
                                        .stride = {2},
                                        .padding = same_padding(hidden_shape, {3, 3}, {2, 2}),
                                        .output = {.zero_point = -1,
                                                   .multiplier = network.depthwise_multiplier,
                                                   .shift = network.depthwise_shift}};
  Int8s<3 * 3 * 8> spread{};
  constexpr const std::int32_t* kNoBias = nullptr;
  reference::depthwise_conv2d(depthwise, hidden.data(), network.depthwise_filter.data(), kNoBias,
                              spread.data());

  const Pool2dParams pool{.input = {.shape = output_shape(depthwise), .zero_point = -1},
                          .filter = {3, 3},
                          .output = {.zero_point = -1}};
  Int8s<8> features{};
  reference::average_pool2d(pool, spread.data(), features.data());

  const FullyConnectedParams dense{
      .inputs = 8,
      .outputs = 3,
      .input = {.zero_point = -1},
      .output = {
          .zero_point = 2, .multiplier = network.dense_multiplier, .shift = network.dense_shift}};
  Int8s<3> logits{};
  reference::fully_connected(dense, features.data(), network.dense_filter.data(),
                             network.dense_bias.data(), logits.data());

  // A scale of 1/16 for the logits.
  const SoftmaxParams softmax{
      .input = {.shape = {1, {3}}, .zero_point = 2, .rescale = {1 << 30, 23}}, .diff_min = -248};
  Int8s<3> probabilities{};
  reference::softmax(softmax, logits.data(), probabilities.data());
  return probabilities;
}

constexpr Int8s<72> kPicture = pattern<72>(4);
constexpr Network kNetwork;
constexpr Int8s<3> kProbabilities = evaluate(kNetwork, kPicture);
// An independent model with exact rational arithmetic gives the same, its softmax to the nearest.
static_assert(kProbabilities == Int8s<3>{18, -86, -59});

}  // namespace

TEST_CASE("a network gives the same bits at compile time and at run time") {
  // Nothing is known to the compiler about values that have been through volatile memory.
  volatile std::int8_t source[72];
  std::copy(kPicture.begin(), kPicture.end(), source);
  Int8s<72> picture{};
  std::copy(source, source + 72, picture.begin());
  CHECK(evaluate(kNetwork, picture) == kProbabilities);
}
