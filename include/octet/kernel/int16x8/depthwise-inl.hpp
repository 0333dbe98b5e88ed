// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution of 16-bit activations with 8-bit weights: channels run along the vectors,
// and a lane multiplies Dot16x8::kDepth taps of its channel at once. Included inside the region of
// each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/int16x8/sums-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// The channels [first, first + count) of a block, which is as wide as the vectors that zip reads.
template <class Dot>
struct Block16x8 {
  static constexpr int kChannels = vec::kLanes * Dot::kDepth;
  std::int64_t first;
  int count;
  const std::byte* panel;
};

// The values of a block's channels in the pixel of an input; in `values`, if they do not lie there
// side by side, or a vector would read beyond them.
template <class Dot>
OCTET_INLINE const std::int16_t* load_channels(const DepthwiseTask16x8& task,
                                               const Block16x8<Dot>& block,
                                               const std::int16_t* pixel, std::int16_t* values) {
  constexpr int kChannels = Block16x8<Dot>::kChannels;
  if (task.depth_multiplier == 1) {
    if (block.count == kChannels) return pixel + block.first;
    for (int i = 0; i < block.count; ++i) values[i] = pixel[block.first + i];
  } else {
    std::int64_t channel = block.first / task.depth_multiplier;
    std::int64_t place = block.first % task.depth_multiplier;
    for (int i = 0; i < block.count; ++i) {
      values[i] = pixel[channel];
      if (++place == task.depth_multiplier) {
        place = 0;
        ++channel;
      }
    }
  }
  return values;
}

// One output pixel of a block, whose window starts at row y and column x of the image.
template <class Accumulator, class Dot>
inline void convolve_pixel_16x8(const DepthwiseTask16x8& task, const Block16x8<Dot>& block,
                                const std::int16_t* image, std::int64_t y, std::int64_t x,
                                const std::int16_t* zero_points, std::int16_t* out) {
  constexpr int kChannels = Block16x8<Dot>::kChannels, kDepth = Dot::kDepth;
  constexpr int kVectorBytes = vec::kLanes * kDepth;
  const detail::Constants16x8 constants(block.panel, kChannels);
  alignas(kAlignment) std::int64_t sums[kChannels];
  std::memcpy(sums, constants.start, sizeof sums);
  const std::byte* weights = block.panel + detail::constants_bytes_16x8(kChannels);
  std::int16_t gathered[kDepth][kChannels] = {};
  std::int32_t kx = 0, ky = 0;
  const std::int64_t taps = std::int64_t{task.filter.h} * task.filter.w;
  const auto next_tap = [&](std::int16_t * values) __attribute__((always_inline)) {
    const std::int64_t row = y + std::int64_t{ky} * task.dilation.h;
    const std::int64_t column = x + std::int64_t{kx} * task.dilation.w;
    const bool inside = ky < task.filter.h && row >= 0 && row < task.input_shape.h && column >= 0 &&
                        column < task.input_shape.w;
    if (++kx == task.filter.w) {
      kx = 0;
      ++ky;
    }
    if (!inside) return zero_points;
    const std::int64_t pixel = row * task.input_shape.w + column;
    return load_channels(task, block, image + pixel * task.input_shape.c, values);
  };
  for (std::int64_t tap = 0; tap < taps;) {
    vec::Acc acc[kDepth];
    OCTET_UNROLL
    for (vec::Acc& sum : acc) sum = vec::splat_acc(0);
    const std::int64_t most = tap + kExactDots<Dot> * kDepth;
    for (const std::int64_t end = taps < most ? taps : most; tap < end; tap += kDepth) {
      const std::int16_t* rows[kDepth];
      OCTET_UNROLL
      for (int i = 0; i < kDepth; ++i) rows[i] = next_tap(gathered[i]);
      typename Dot::Operand operands[kDepth];
      Dot::zip(rows, operands);
      OCTET_UNROLL
      for (int v = 0; v < kDepth; ++v, weights += kVectorBytes) {
        acc[v] = Dot::dot(acc[v], operands[v], Dot::load_weights(weights));
      }
    }
    OCTET_UNROLL
    for (int v = 0; v < kDepth; ++v) vec::add_to_sums(sums + v * vec::kLanes, acc[v]);
  }
  const OutputOfSums<Accumulator> output{constants, task.range};
  vec::Acc outputs[kDepth];
  OCTET_UNROLL
  for (int v = 0; v < kDepth; ++v) {
    outputs[v] = output.vector(sums + v * vec::kLanes, v * vec::kLanes);
  }
  if (block.count == kChannels) return Dot::store_unzipped(out + block.first, outputs);
  std::int16_t values[kChannels];
  Dot::store_unzipped(values, outputs);
  for (int i = 0; i < block.count; ++i) out[block.first + i] = values[i];
}

template <class Accumulator>
inline void depthwise_conv2d_16x8(const DepthwiseTask16x8& task) {
  using Dot = Dot16x8;
  constexpr int kChannels = Block16x8<Dot>::kChannels;
  const ShapeNhwc& in = task.input_shape;
  std::int16_t zero_points[kChannels];
  for (std::int16_t& value : zero_points) value = task.zero_point;
  for (std::int64_t c = task.first_channel; c < task.last_channel; c += kChannels) {
    const std::int64_t left = task.channels - c;
    const Block16x8<Dot> block{c, static_cast<int>(left < kChannels ? left : kChannels),
                               task.packed + c / kChannels * task.panel_bytes};
    for (std::int64_t row = task.rows.first; row < task.rows.last; ++row) {
      const std::int64_t n = row / task.out_h, oy = row % task.out_h;
      const std::int16_t* const image = task.input + n * in.h * in.w * in.c;
      std::int16_t* out = task.output + row * task.out_w * task.channels;
      for (std::int64_t ox = 0; ox < task.out_w; ++ox, out += task.channels) {
        convolve_pixel_16x8<Accumulator>(task, block, image, oy * task.stride.h - task.top,
                                         ox * task.stride.w - task.left, zero_points, out);
      }
    }
  }
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
