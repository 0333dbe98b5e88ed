// SPDX-License-Identifier: Apache-2.0
// One fully connected layer on integers, from real scales to bytes.
#include <array>
#include <cstdio>

#include <octet/fully_connected.hpp>
#include <octet/hosted/aligned_buffer.hpp>
#include <octet/hosted/message.hpp>
#include <octet/quantize/multiplier.hpp>

int main() {
  // Three inputs, two outputs; real = scale * (q - zero_point).
  constexpr double kInputScale = 0.5, kOutputScale = 0.25;
  constexpr double kFilterScales[] = {0.125, 0.0625};  // per output channel
  const std::array<std::int8_t, 3> input = {12, -7, 100};
  const std::array<std::int8_t, 6> filter = {1,  2, 3,  //
                                             -4, 5, -6};
  const std::array<std::int32_t, 2> bias = {40, -80};

  std::array<std::int32_t, 2> multiplier{}, shift{};
  for (std::size_t o = 0; o < 2; ++o) {
    const auto real = octet::quantize_multiplier(kInputScale * kFilterScales[o] / kOutputScale);
    multiplier[o] = real.multiplier;
    shift[o] = real.shift;
  }

  const octet::FullyConnectedParams params{
      .batches = 1,
      .inputs = 3,
      .outputs = 2,
      .input = {.zero_point = -3},
      .output = {.zero_point = 5, .multiplier = multiplier, .shift = shift},
  };

  using Layer = octet::FullyConnected<std::int8_t>;
  octet::AlignedBuffer packed(Layer::packed_bytes(params));
  const auto layer = Layer::prepare(params, filter, bias, packed.span());  // checks, packs
  if (!layer) return std::puts(octet::to_string(layer.status()).c_str()), 1;

  octet::AlignedBuffer scratch(layer->scratch_bytes());
  std::array<std::int8_t, 2> output{};
  const auto bound = layer->bind(input, output, scratch.span());  // checks the memory
  if (!bound) return std::puts(octet::to_string(bound.status()).c_str()), 1;

  bound->run();  // cannot fail, allocates nothing
  std::printf("%s: %d %d\n", layer->backend().name, output[0], output[1]);
}
