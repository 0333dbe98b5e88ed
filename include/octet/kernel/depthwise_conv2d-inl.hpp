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
// pixels, zero points for those outside. `row` is null for a row outside the input.
inline void gather_column(const DepthwiseTask& task, const DepthwiseBlock& block,
                          const std::uint8_t* row, std::int64_t x, std::uint8_t* out) {
  for (int p = 0; p < block.pixels; ++p, x += task.stride.w, out += block.channels) {
    if (row == nullptr || x < 0 || x >= task.input_shape.w) {
      std::memset(out, task.zero_point, static_cast<std::size_t>(block.channels));
    } else if (task.depth_multiplier == 1) {
      copy_bytes(out, row + x * task.input_shape.c + block.first, block.channels);
    } else {
      const std::uint8_t* const pixel = row + x * task.input_shape.c;
      for (int c = 0; c < block.channels; ++c) {
        out[c] = pixel[(block.first + c) / task.depth_multiplier];
      }
    }
  }
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

// Interleaves the kDepth rows that start at row y, for `columns` columns that start at x.
inline void stage_columns(const DepthwiseTask& task, const DepthwiseBlock& block,
                          const std::uint8_t* image, std::int64_t y, std::int64_t x,
                          std::int64_t columns, std::byte* out) {
  const ShapeNhwc& in = task.input_shape;
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
  const auto stage_gathered = [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t j = from; j < to; ++j) {
      for (int i = 0; i < vec::kDepth; ++i) {
        gather_column(task, block, rows[i], x + j, gathered[i]);
        pointers[i] = gathered[i];
      }
      stage_column(pointers, task.is_signed, out + j * kColumnBytes);
    }
  };
  stage_gathered(0, begin);
  std::int64_t steps[vec::kDepth];
  for (int i = 0; i < vec::kDepth; ++i) {
    const bool inside = rows[i] != nullptr;
    pointers[i] = inside ? rows[i] + (x + begin) * in.c + block.first : task.zero_row;
    steps[i] = inside ? in.c : 0;
  }
  for (std::int64_t j = begin; j < end; ++j) {
    stage_column(pointers, task.is_signed, out + j * kColumnBytes);
    OCTET_UNROLL
    for (int i = 0; i < vec::kDepth; ++i) pointers[i] += steps[i];
  }
  stage_gathered(end, columns);
}

// Where the results of a block go: `count` pixels of its channels, `stride` channels apart.
template <class Out>
OCTET_INLINE void store_pixels(const DepthwiseBlock& block, std::int64_t stride, const Out* results,
                               std::int64_t count, Out* out) {
  if (block.channels == stride) {
    return copy_bytes(out, results, static_cast<int>(count * stride));
  }
  for (std::int64_t p = 0; p < count; ++p) {
    copy_bytes(out + p * stride, results + p * block.channels, block.channels);
  }
}

// The outputs of four vectors of accumulators that zip left in its order, one by one.
template <class Out>
inline void finish_zipped(const vec::Acc (&acc)[4], const PanelConstants& constants,
                          const DepthwiseTask& task, Out* results) {
  std::int32_t lanes[4 * vec::kLanes];
  for (int i = 0; i < 4; ++i) vec::store_acc(lanes + i * vec::kLanes, acc[i]);
  for (int i = 0; i < 4 * vec::kLanes; ++i) {
    const int column = i % kBlockChannels;
    const int place =
        i - column + detail::zipped_channel(kLayout, column / vec::kLanes, column % vec::kLanes);
    results[place] = static_cast<Out>(
        sizeof(Out) == 4 ? lanes[i] : finish_scalar(lanes[i], constants, column, task.range));
  }
}

// One row of `pixels` output pixels from columns that were staged for it, `staged_columns` in each
// of the groups. kGroups and kWidth fix the filter's extents at compile time, or are 0.
template <class Out, int kGroups, int kWidth>
inline void convolve_row(const DepthwiseTask& task, const DepthwiseBlock& block,
                         const std::byte* panel, int output_row, const std::byte* staged,
                         std::int64_t staged_columns, std::int64_t pixels, Out* out) {
  constexpr int kPositions = 4 / vec::kDepth;
  constexpr std::int64_t kVectorBytes = kColumnBytes / vec::kDepth;
  const int groups = kGroups > 0 ? kGroups : task.blocking.groups;
  const int width = kWidth > 0 ? kWidth : task.filter.w;
  const PanelConstants constants = detail::panel_constants(panel, kBlockChannels);
  const std::byte* const weights = panel + detail::panel_constants_bytes(kBlockChannels) +
                                   output_row * groups * width * kColumnBytes;
  const std::int64_t tap_step = task.dilation.w * kColumnBytes;
  const std::int64_t position_step = std::int64_t{block.pixels} * task.stride.w * kColumnBytes;
  const std::int64_t positions = (pixels - 1) / block.pixels + 1;

  vec::Multipliers multipliers[vec::kDepth];
  OCTET_UNROLL
  for (int v = 0; v < vec::kDepth; ++v) {
    multipliers[v] = vec::load_multipliers(constants, v * vec::kLanes);
  }
  const vec::ByteRange range = vec::byte_range(task.range);
  for (std::int64_t position = 0; position < positions; position += kPositions) {
    vec::Acc acc[4];
    OCTET_UNROLL
    for (int q = 0; q < kPositions; ++q) {
      // The last position is computed again where there is no next one.
      const std::int64_t at = position + q < positions ? position + q : positions - 1;
      const std::byte* column = staged + at * position_step;
      const std::byte* weight = weights;
      vec::Acc* const sums = acc + q * vec::kDepth;
      OCTET_UNROLL
      for (int v = 0; v < vec::kDepth; ++v) {
        sums[v] = vec::load_acc(constants.start + v * vec::kLanes);
      }
      for (int g = 0; g < groups; ++g, column += staged_columns * kColumnBytes) {
        const std::byte* tap = column;
        OCTET_UNROLL
        for (int kx = 0; kx < width; ++kx, tap += tap_step, weight += kColumnBytes) {
          OCTET_UNROLL
          for (int v = 0; v < vec::kDepth; ++v) {
            sums[v] = vec::dot(sums[v], vec::load(tap + v * kVectorBytes),
                               vec::load(weight + v * kVectorBytes));
          }
        }
      }
    }
    Out results[kFourVectors];
    if (sizeof(Out) == 1 && task.epilogue != Epilogue::scalar) {
      if (task.epilogue == Epilogue::vector_left_shift) {
        for (int i = 0; i < 4; ++i) {
          const int channel = i % vec::kDepth * vec::kLanes;
          acc[i] = vec::shift_left(acc[i], vec::load_acc(constants.left + channel));
        }
      }
      OCTET_UNROLL
      for (int i = 0; i < 4; ++i) acc[i] = vec::requantize(acc[i], multipliers[i % vec::kDepth]);
      const vec::Narrowed y = vec::zip_order(vec::narrow4<Out>(acc, range));
      if (kPositions == 1 && block.channels == kBlockChannels) {
        vec::store_narrowed(out + position * task.channels, y);
        continue;
      }
      vec::store_narrowed(results, y);
    } else {
      finish_zipped(acc, constants, task, results);
    }
    for (int q = 0; q < kPositions && position + q < positions; ++q) {
      const std::int64_t first = (position + q) * block.pixels;
      const std::int64_t left = pixels - first;
      store_pixels(block, task.channels, results + q * kBlockChannels,
                   left < block.pixels ? left : block.pixels, out + first * task.channels);
    }
  }
}

template <class Out>
inline void depthwise_conv2d(const DepthwiseTask& task) {
  const ShapeNhwc& in = task.input_shape;
  const DepthwiseBlocking& blocking = task.blocking;
  const std::size_t panel_bytes = detail::depthwise_panel_bytes(kLayout, blocking, task.filter.w);
  constexpr int kGroupsOf3 = (3 - 1) / vec::kDepth + 1;
  const bool is_3x3 = blocking.groups == kGroupsOf3 && task.filter.w == 3;
  const auto convolve = is_3x3 ? convolve_row<Out, kGroupsOf3, 3> : convolve_row<Out, 0, 0>;
  std::memset(task.zero_row, task.zero_point, kBlockChannels);
  auto* const output = static_cast<Out*>(task.output);
  for (std::int32_t n = 0; n < in.n; ++n) {
    const std::uint8_t* const image = task.input + std::int64_t{n} * in.h * in.w * in.c;
    for (std::int32_t oy = 0; oy < task.out_h; oy += blocking.output_rows) {
      const std::int64_t y = std::int64_t{oy} * task.stride.h - task.top;
      const int rows_left = task.out_h - oy;
      const int rows = rows_left < blocking.output_rows ? rows_left : blocking.output_rows;
      Out* const out = output + (std::int64_t{n} * task.out_h + oy) * task.out_w * task.channels;
      const std::byte* panel = task.packed;
      for (std::int32_t c = 0; c < task.channels; c += kBlockChannels, panel += panel_bytes) {
        const DepthwiseBlock block = detail::depthwise_block(kLayout, task.channels, c);
        const std::int64_t piece =
            detail::positions_of(blocking, block, task.filter, task.stride, task.dilation) *
            block.pixels;
        for (std::int64_t ox = 0; ox < task.out_w; ox += piece) {
          const std::int64_t pixels = task.out_w - ox < piece ? task.out_w - ox : piece;
          const std::int64_t columns = (pixels - 1) / block.pixels * block.pixels * task.stride.w +
                                       detail::window_columns(task.filter, task.dilation);
          for (int g = 0; g < blocking.groups; ++g) {
            stage_columns(task, block, image, y + std::int64_t{g} * vec::kDepth * task.dilation.h,
                          ox * task.stride.w - task.left, columns,
                          task.staged + g * columns * kColumnBytes);
          }
          for (int r = 0; r < rows; ++r) {
            convolve(task, block, panel, r, task.staged, columns, pixels,
                     out + (r * std::int64_t{task.out_w} + ox) * task.channels + c);
          }
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
