// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution. Included inside the region of each target.
//
// Channels run along the vectors, and a lane multiplies kDepth rows of its channel at once. Two
// steps for each block of channels and each piece of an output row:
//
//   stage      the bytes of kDepth rows of the input, one column after the other, are interleaved
//              (zip) into a small buffer; padding becomes zero points on the way
//   convolve   every output pixel adds up filter.w of these columns times weights that were
//              interleaved the same way when they were packed
//
// A 3 x 3 filter leaves one of four interleaved rows idle. The row that follows takes its place, so
// that the same columns serve two output rows, each with weights of its own:
//
//   rows     y  y+1  y+2  y+3
//   output   w0  w1   w2   0       of the row at y
//            0   w0   w1   w2      of the row at y + 1

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

inline constexpr int kBlockChannels = vec::kLanes * vec::kDepth;
inline constexpr std::int64_t kColumnBytes = detail::column_bytes(kLayout);

// The bytes of one row of the input for the column at x of a block: its channels of each of its
// pixels, zero points for those outside. They are gathered in `memory` where that is needed. `row`
// is null for a row outside the input.
inline const std::uint8_t* gather_column(const DepthwiseTask& task, const DepthwiseBlock& block,
                                         const std::uint8_t* row, std::int64_t x,
                                         std::uint8_t* memory) {
  const ShapeNhwc& in = task.input_shape;
  if (row == nullptr) return task.zero_row;
  if (block.pixels == 1 && (x < 0 || x >= in.w)) return task.zero_row;
  std::uint8_t* out = memory;
  for (int p = 0; p < block.pixels; ++p, x += task.stride.w, out += block.channels) {
    if (x < 0 || x >= in.w) {
      std::memset(out, task.zero_point, static_cast<std::size_t>(block.channels));
    } else if (task.depth_multiplier == 1) {
      copy_values(out, row + x * in.c + block.first, block.channels);
    } else {
      const std::uint8_t* const pixel = row + x * in.c;
      for (int c = 0; c < block.channels; ++c) {
        out[c] = pixel[(block.first + c) / task.depth_multiplier];
      }
    }
  }
  return memory;
}

OCTET_INLINE void stage_column(const std::uint8_t* const (&rows)[vec::kDepth], bool is_signed,
                               std::byte* out) {
  vec::Bytes bytes[vec::kDepth];
  vec::Operand operands[vec::kDepth];
  OCTET_UNROLL
  for (int i = 0; i < vec::kDepth; ++i) bytes[i] = vec::load_bytes(rows[i], is_signed);
  vec::zip(bytes, operands);
  OCTET_UNROLL
  for (int v = 0; v < vec::kDepth; ++v) {
    vec::store_operand(out + v * (kColumnBytes / vec::kDepth), operands[v]);
  }
}

// Interleaves the kDepth rows that start at row y, for `columns` columns that start at x, `step`
// bytes apart.
inline void stage_columns(const DepthwiseTask& task, const DepthwiseBlock& block,
                          const std::uint8_t* image, std::int64_t y, std::int64_t x,
                          std::int64_t columns, std::int64_t step, std::byte* out) {
  const ShapeNhwc& in = task.input_shape;
  const bool is_signed = task.is_signed;
  const std::uint8_t* rows[vec::kDepth];
  for (int i = 0; i < vec::kDepth; ++i, y += task.dilation.h) {
    rows[i] = y >= 0 && y < in.h ? image + y * in.w * in.c : nullptr;
  }
  // Columns from `begin` on and before `end` lie inside with all their pixels. Where these are
  // neighbours in memory, whole vectors are loaded.
  const bool contiguous = task.depth_multiplier == 1 &&
                          block.channels * block.pixels == kBlockChannels &&
                          (block.pixels == 1 || (block.channels == in.c && task.stride.w == 1));
  const std::int64_t reach = std::int64_t{block.pixels - 1} * task.stride.w;
  std::int64_t begin = x < 0 ? -x : 0, end = in.w - reach - x;
  if (end > columns) end = columns;
  if (!contiguous || begin >= end) begin = end = columns;

  std::uint8_t gathered[vec::kDepth][kBlockChannels] = {};
  const std::uint8_t* pointers[vec::kDepth];
  std::int64_t steps[vec::kDepth] = {};
  const auto stage_edge = [&](std::int64_t from, std::int64_t to) {
    if (contiguous && block.pixels == 1) {
      for (const std::uint8_t*& pointer : pointers) pointer = task.zero_row;
      for (std::int64_t j = from; j < to; ++j) {
        stage_column(pointers, is_signed, out + j * step);
      }
      return;
    }
    for (std::int64_t j = from; j < to; ++j) {
      for (int i = 0; i < vec::kDepth; ++i) {
        pointers[i] = gather_column(task, block, rows[i], x + j, gathered[i]);
      }
      stage_column(pointers, is_signed, out + j * step);
    }
  };
  stage_edge(0, begin);
  stage_edge(end, columns);
  if (begin == end) return;
  for (int i = 0; i < vec::kDepth; ++i) {
    const bool inside = rows[i] != nullptr;
    pointers[i] = inside ? rows[i] + (x + begin) * in.c + block.first : task.zero_row;
    steps[i] = inside ? in.c : 0;
  }
  for (std::int64_t j = begin; j < end; ++j) {
    stage_column(pointers, is_signed, out + j * step);
    OCTET_UNROLL
    for (int i = 0; i < vec::kDepth; ++i) pointers[i] += steps[i];
  }
}

// Where the results of a block go: `count` pixels of its channels, `stride` channels apart.
template <class Out>
OCTET_INLINE void store_pixels(const DepthwiseBlock& block, std::int64_t stride, const Out* results,
                               std::int64_t count, Out* out) {
  const auto copy = [](Out * to, const Out* from, std::int64_t n) __attribute__((always_inline)) {
    if constexpr (sizeof(Out) == 1) {
      copy_values(to, from, static_cast<int>(n));
    } else {
      std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(Out));
    }
  };
  if (block.channels == stride) return copy(out, results, count * stride);
  for (std::int64_t p = 0; p < count; ++p) {
    copy(out + p * stride, results + p * block.channels, block.channels);
  }
}

// `rows` rows of `pixels` output pixels of a block, from columns that were staged for them.
struct DepthwiseStrip {
  const DepthwiseTask& task;
  const DepthwiseBlock& block;
  const std::byte* panel;
  const std::byte* staged;
  int rows;
  std::int64_t pixels;
};

inline constexpr std::int64_t kVectorBytes = kColumnBytes / vec::kDepth;
inline constexpr std::int64_t kWeightBytes = kBlockChannels * vec::kDepth;  // of one column
// Output positions whose accumulators are four vectors.
inline constexpr int kPositions = 4 / vec::kDepth;

// The operands of a strip's sums and the bytes between them. Read from the strip once: the compiler
// takes every store of an output for a change of what a reference leads to.
struct DepthwiseOperands {
  const std::int32_t* start;
  const std::byte *weights, *staged;
  std::int64_t tap_step, position_step, positions;
  int groups, width;

  OCTET_INLINE explicit DepthwiseOperands(const DepthwiseStrip& strip)
      : start(detail::panel_constants(strip.panel, kBlockChannels).start),
        weights(strip.panel + detail::panel_constants_bytes(kBlockChannels)),
        staged(strip.staged),
        tap_step(std::int64_t{strip.task.dilation.w} * strip.task.blocking.groups * kColumnBytes),
        position_step(std::int64_t{strip.block.pixels} * strip.task.stride.w *
                      strip.task.blocking.groups * kColumnBytes),
        positions((strip.pixels - 1) / strip.block.pixels + 1),
        groups(strip.task.blocking.groups),
        width(strip.task.filter.w) {}
};

// The accumulators of kPositions positions. kGroups and kWidth are the extents of a filter without
// dilation, where they are known when this is compiled, or kUnknown.
template <int kGroups, int kWidth>
OCTET_INLINE void accumulate_positions(const DepthwiseOperands& operands, int row,
                                       std::int64_t first, vec::Acc (&acc)[4]) {
  const int groups = kGroups != kUnknown ? kGroups : operands.groups;
  const int width = kWidth != kUnknown ? kWidth : operands.width;
  const std::int64_t tap_step = kGroups != kUnknown ? kGroups * kColumnBytes : operands.tap_step;
  // The last position is computed again where there is no next one.
  const std::byte* columns[kPositions];
  OCTET_UNROLL
  for (int q = 0; q < kPositions; ++q) {
    const std::int64_t last = operands.positions - 1;
    const std::int64_t position = kPositions == 1 || first + q < last ? first + q : last;
    columns[q] = operands.staged + position * operands.position_step;
    OCTET_UNROLL
    for (int v = 0; v < vec::kDepth; ++v) {
      acc[q * vec::kDepth + v] = vec::load_acc(operands.start + v * vec::kLanes);
    }
  }
  const std::byte* weights = operands.weights + row * (groups * width * kWeightBytes);
  repeat<kWidth>(
      width, [&](int kx) __attribute__((always_inline)) {
        repeat<kGroups>(
            groups, [&](int g) __attribute__((always_inline)) {
              const std::int64_t tap = kx * tap_step + g * kColumnBytes;
              OCTET_UNROLL
              for (int v = 0; v < vec::kDepth; ++v) {
                const vec::Operand weight = vec::load_weights(weights + v * kBlockChannels);
                OCTET_UNROLL
                for (int q = 0; q < kPositions; ++q) {
                  vec::Acc& sum = acc[q * vec::kDepth + v];
                  sum =
                      vec::dot(sum, vec::load_operand(columns[q] + tap + v * kVectorBytes), weight);
                }
              }
              weights += kWeightBytes;
            });
      });
}

// Stores the pixels of the positions from `first` on.
template <class Out>
OCTET_INLINE void store_positions(const DepthwiseStrip& strip, std::int64_t first,
                                  std::int64_t positions, const Out* results, Out* out) {
  OCTET_UNROLL
  for (int q = 0; q < kPositions; ++q) {
    if (first + q >= positions) return;
    const std::int64_t pixel = (first + q) * strip.block.pixels;
    const std::int64_t left = strip.pixels - pixel;
    store_pixels(strip.block, strip.task.channels, results + q * kBlockChannels,
                 left < strip.block.pixels ? left : strip.block.pixels,
                 out + pixel * strip.task.channels);
  }
}

// Bytes by the vector epilogue.
template <class Out, int kGroups, int kWidth>
inline void convolve_strip(const DepthwiseStrip& strip, Out* out) {
  const PanelConstants constants = detail::panel_constants(strip.panel, kBlockChannels);
  vec::Multipliers multipliers[vec::kDepth];
  OCTET_UNROLL
  for (int v = 0; v < vec::kDepth; ++v) {
    multipliers[v] = vec::load_multipliers(constants, v * vec::kLanes);
  }
  const vec::ByteRange range = vec::byte_range(strip.task.range);
  const bool left_shift = strip.task.epilogue == Epilogue::vector_left_shift;
  const bool whole_blocks = strip.block.channels == kBlockChannels;
  const DepthwiseOperands operands(strip);
  const std::int64_t positions = operands.positions, stride = strip.task.channels;
  const std::int64_t row_stride = strip.task.out_w * stride;
  const int rows = strip.rows;
  for (int r = 0; r < rows; ++r, out += row_stride) {
    for (std::int64_t position = 0; position < positions; position += kPositions) {
      vec::Acc acc[4];
      accumulate_positions<kGroups, kWidth>(operands, r, position, acc);
      OCTET_UNROLL
      for (int i = 0; i < 4; ++i) {
        const int v = i % vec::kDepth;
        if (left_shift) {
          acc[i] = shift_accumulator(acc[i], vec::load_acc(constants.left + v * vec::kLanes));
        }
        acc[i] = vec::requantize(acc[i], multipliers[v]);
      }
      const vec::Narrowed y = vec::zip_order(vec::narrow4<Out>(acc, range));
      Out* const at = out + position * stride;
      if (whole_blocks && kPositions == 1) {
        vec::store_narrowed(at, y);
        continue;
      }
      Out results[kFourVectors];
      vec::store_narrowed(results, y);
      if (whole_blocks && positions - position >= kPositions) {
        OCTET_UNROLL
        for (int q = 0; q < kPositions; ++q) {
          std::memcpy(at + q * stride, results + q * kBlockChannels, kBlockChannels);
        }
      } else {
        store_positions(strip, position, positions, results, out);
      }
    }
  }
}

// Any output, one by one.
template <class Out>
inline void convolve_strip_in_general(const DepthwiseStrip& strip, Out* out) {
  const PanelConstants constants = detail::panel_constants(strip.panel, kBlockChannels);
  const DepthwiseOperands operands(strip);
  const std::int64_t positions = operands.positions;
  for (int r = 0; r < strip.rows;
       ++r, out += std::int64_t{strip.task.out_w} * strip.task.channels) {
    for (std::int64_t position = 0; position < positions; position += kPositions) {
      vec::Acc acc[4];
      accumulate_positions<kUnknown, kUnknown>(operands, r, position, acc);
      std::int32_t lanes[4 * vec::kLanes];
      for (int i = 0; i < 4; ++i) vec::store_acc(lanes + i * vec::kLanes, acc[i]);
      Out results[kFourVectors];
      for (int i = 0; i < 4 * vec::kLanes; ++i) {
        const int column = i % kBlockChannels;
        const int channel =
            detail::zipped_channel(kLayout, column / vec::kLanes, column % vec::kLanes);
        const std::int32_t y = sizeof(Out) == 4
                                   ? unbiased(lanes[i])
                                   : finish_scalar(lanes[i], constants, column, strip.task.range);
        results[i - column + channel] = static_cast<Out>(y);
      }
      store_positions(strip, position, positions, results, out);
    }
  }
}

template <class Out>
using ConvolveStrip = void (*)(const DepthwiseStrip&, Out*);

template <class Out>
inline ConvolveStrip<Out> convolve_strip_for(const DepthwiseTask& task) {
  constexpr int kGroupsOf3 = (3 - 1) / vec::kDepth + 1;
  if constexpr (sizeof(Out) == 1) {
    if (task.epilogue != Epilogue::scalar) {
      const bool is_3x3 =
          task.blocking.groups == kGroupsOf3 && task.filter.w == 3 && task.dilation.w == 1;
      return is_3x3 ? convolve_strip<Out, kGroupsOf3, 3> : convolve_strip<Out, kUnknown, kUnknown>;
    }
  }
  return convolve_strip_in_general<Out>;
}

template <class Out>
inline void depthwise_conv2d(const DepthwiseTask& task) {
  const ShapeNhwc& in = task.input_shape;
  const DepthwiseBlocking& blocking = task.blocking;
  const std::size_t panel_bytes = detail::depthwise_panel_bytes(kLayout, blocking, task.filter.w);
  const ConvolveStrip<Out> convolve = convolve_strip_for<Out>(task);
  std::memset(task.zero_row, task.zero_point, kBlockChannels);
  auto* const output = static_cast<Out*>(task.output);
  for (std::int32_t n = 0; n < in.n; ++n) {
    const std::uint8_t* const image = task.input + std::int64_t{n} * in.h * in.w * in.c;
    const PartRange part = detail::within(task.rows, std::int64_t{n} * task.out_h, task.out_h);
    for (std::int64_t oy = part.first; oy < part.last; oy += blocking.output_rows) {
      const std::int64_t y = oy * task.stride.h - task.top;
      const std::int64_t rest = part.last - oy;
      const int rows = rest < blocking.output_rows ? static_cast<int>(rest) : blocking.output_rows;
      Out* const out = output + (std::int64_t{n} * task.out_h + oy) * task.out_w * task.channels;
      const std::byte* panel =
          task.packed + static_cast<std::size_t>(task.first_channel / kBlockChannels) * panel_bytes;
      for (std::int64_t c = task.first_channel; c < task.last_channel;
           c += kBlockChannels, panel += panel_bytes) {
        const DepthwiseBlock block =
            detail::depthwise_block(kLayout, task.channels, static_cast<std::int32_t>(c));
        const std::int64_t piece =
            detail::positions_of(blocking, block, task.filter, task.stride, task.dilation) *
            block.pixels;
        for (std::int64_t ox = 0; ox < task.out_w; ox += piece) {
          const std::int64_t pixels = task.out_w - ox < piece ? task.out_w - ox : piece;
          const std::int64_t columns = (pixels - 1) / block.pixels * block.pixels * task.stride.w +
                                       detail::window_columns(task.filter, task.dilation);
          for (int g = 0; g < blocking.groups; ++g) {
            stage_columns(task, block, image, y + std::int64_t{g} * vec::kDepth * task.dilation.h,
                          ox * task.stride.w - task.left, columns, blocking.groups * kColumnBytes,
                          task.staged + g * kColumnBytes);
          }
          convolve({task, block, panel, task.staged, rows, pixels},
                   out + ox * task.channels + block.first);
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
