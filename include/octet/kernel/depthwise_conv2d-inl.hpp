// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution. Included inside the region of each target.
//
// Channels run along the vectors. A lane multiplies kDepth taps of its channel at once: the bytes
// of kDepth taps are interleaved on the fly (zip), the weights were interleaved the same way when
// they were packed. A block is kLanes * kDepth channels: one vector of bytes per tap, kDepth
// vectors of accumulators.

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

inline constexpr int kBlockChannels = vec::kLanes * vec::kDepth;

// The outputs of one block of channels at one position. `taps` are `groups` * kDepth pointers.
template <class Out>
inline void depthwise_block(const std::uint8_t* const* taps, int groups, std::int64_t channel,
                            bool is_signed, const std::byte* panel, const OutputRange& range,
                            bool vector_epilogue, Out* out, int channels) {
  const PanelConstants constants = detail::panel_constants(panel, kBlockChannels);
  using Weight = std::conditional_t<sizeof(vec::Packed) == 1, std::int8_t, vec::Packed>;
  const auto* weights =
      reinterpret_cast<const Weight*>(panel + detail::panel_constants_bytes(kBlockChannels));
  vec::Acc acc[vec::kDepth];
  OCTET_UNROLL
  for (int v = 0; v < vec::kDepth; ++v) {
    acc[v] = vec::load_acc(constants.start + v * vec::kLanes);
  }
  for (int g = 0; g < groups; ++g) {
    vec::Bytes rows[vec::kDepth];
    vec::Operand operands[vec::kDepth];
    OCTET_UNROLL
    for (int i = 0; i < vec::kDepth; ++i) {
      rows[i] = vec::load_bytes(taps[i] + channel, is_signed);
    }
    vec::zip(rows, operands);
    OCTET_UNROLL
    for (int v = 0; v < vec::kDepth; ++v) {
      acc[v] = vec::dot(acc[v], operands[v], vec::load(weights + v * kBlockChannels));
    }
    taps += vec::kDepth;
    weights += vec::kDepth * kBlockChannels;
  }
  if constexpr (sizeof(Out) == 1) {
    if (vector_epilogue) {
      OCTET_UNROLL
      for (int v = 0; v < vec::kDepth; ++v) {
        acc[v] = add_zero_point_and_clamp(requantize(acc[v], constants, v * vec::kLanes), range);
      }
      if (kBlockChannels == 1 || channels == kBlockChannels) {
        vec::narrow_zipped(out, acc);
      } else {
        Out block[kBlockChannels];
        vec::narrow_zipped(block, acc);
        std::memcpy(out, block, static_cast<std::size_t>(channels));
      }
      return;
    }
  }
  std::int32_t lanes[kBlockChannels];
  OCTET_UNROLL
  for (int v = 0; v < vec::kDepth; ++v) {
    vec::store_acc(lanes + v * vec::kLanes, acc[v]);
  }
  for (int lane = 0; lane < kBlockChannels; ++lane) {
    const int c = detail::zipped_channel(kLayout, lane / vec::kLanes, lane % vec::kLanes);
    if (c >= channels) continue;
    out[c] = static_cast<Out>(
        sizeof(Out) == 4 ? lanes[lane] : finish_scalar(lanes[lane], constants, lane, range));
  }
}

// Copies row `y` of the input with each channel repeated depth_multiplier times.
inline void stage_row(const DepthwiseTask& task, const std::uint8_t* row, std::uint8_t* out) {
  const std::int64_t values = std::int64_t{task.input_shape.w} * task.input_shape.c;
  if (task.depth_multiplier == 1) {
    std::memcpy(out, row, static_cast<std::size_t>(values));
    return;
  }
  for (std::int64_t i = 0; i < values; ++i, out += task.depth_multiplier) {
    std::memset(out, row[i], static_cast<std::size_t>(task.depth_multiplier));
  }
}

template <class Out>
inline void depthwise_conv2d(const DepthwiseTask& task) {
  const ShapeNhwc& in = task.input_shape;
  const int taps = task.filter.h * task.filter.w;
  const int groups = (taps + vec::kDepth - 1) / vec::kDepth;
  const std::int64_t input_row = std::int64_t{in.w} * in.c;
  const std::size_t panel_bytes = detail::panel_bytes(kLayout, taps, kBlockChannels);
  std::memset(task.zero_row, task.zero_point, task.zero_row_bytes);
  // Taps that only fill up the last group read anything: their weights are zero.
  for (int t = 0; t < groups * vec::kDepth; ++t) task.taps[t] = task.zero_row;
  auto* out = static_cast<Out*>(task.output);
  for (std::int32_t n = 0; n < in.n; ++n) {
    const std::uint8_t* const image = task.input + n * in.h * input_row;
    for (std::int32_t oy = 0; oy < task.out_h; ++oy) {
      const std::int64_t y0 = std::int64_t{oy} * task.stride.h - task.top;
      if (task.staged != nullptr) {
        for (std::int32_t ky = 0; ky < task.filter.h; ++ky) {
          const std::int64_t y = y0 + std::int64_t{ky} * task.dilation.h;
          if (y < 0 || y >= in.h) continue;
          stage_row(task, image + y * input_row, task.staged + ky * task.staged_row_bytes);
        }
      }
      for (std::int32_t ox = 0; ox < task.out_w; ++ox, out += task.channels) {
        const std::int64_t x0 = std::int64_t{ox} * task.stride.w - task.left;
        const std::uint8_t** tap = task.taps;
        for (std::int32_t ky = 0; ky < task.filter.h; ++ky) {
          const std::int64_t y = y0 + std::int64_t{ky} * task.dilation.h;
          const bool row_inside = y >= 0 && y < in.h;
          const std::uint8_t* const row = task.staged != nullptr
                                              ? task.staged + ky * task.staged_row_bytes
                                              : image + (row_inside ? y : 0) * input_row;
          for (std::int32_t kx = 0; kx < task.filter.w; ++kx) {
            const std::int64_t x = x0 + std::int64_t{kx} * task.dilation.w;
            *tap++ = row_inside && x >= 0 && x < in.w ? row + x * task.channels : task.zero_row;
          }
        }
        const std::byte* panel = task.packed;
        for (std::int64_t c = 0; c < task.channels; c += kBlockChannels, panel += panel_bytes) {
          // The last block ends at the last channel and overlaps the one before; with fewer
          // channels than a block the taps are staged, where reading further is harmless.
          const bool whole = task.channels - c >= kBlockChannels;
          const std::int64_t first = whole || c == 0 ? c : task.channels - kBlockChannels;
          depthwise_block(task.taps, groups, first, task.is_signed, panel, task.range,
                          task.vector_epilogue, out + first,
                          task.channels < kBlockChannels ? task.channels : kBlockChannels);
        }
      }
    }
  }
}

template <class Out>
inline constexpr DepthwiseKernel kDepthwiseKernel{kLayout, depthwise_conv2d<Out>};

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
