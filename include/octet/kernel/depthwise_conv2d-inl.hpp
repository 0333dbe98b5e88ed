// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution. Included inside the region of each target.
//
// Channels run along the vectors, and a lane multiplies the kDepth values of one cell of its
// channel at once (DepthwiseBlocking). For each block of channels, and for the rows of the output
// from top to bottom:
//
//   stage      the bytes of the cells that the rows above did not need are interleaved into a small
//              buffer (depthwise_cells-inl.hpp)
//   convolve   every output adds up the cells under its filter, times weights that were interleaved
//              the same way when they were packed; four outputs or three at a time, vector by
//              vector of the block, with the epilogue of one vector among the dot products of the
//              next
//
// For a depth of four a cell is four rows of a column. A 3 x 3 filter leaves one of them idle; the
// row that follows takes its place, so that the same cells serve two output rows, each with weights
// of its own:
//
//   rows     y  y+1  y+2  y+3
//   output   w0  w1   w2   0       of the row at y
//            0   w0   w1   w2      of the row at y + 1
//
// Where the filter moves by two, cells are squares of two rows and two columns.

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

// The output rows that have the same weights, of all bands: `strips` rows, each from groups that
// were staged for it, `advance` groups behind those of the row before.
template <class Out>
struct DepthwisePass {
  const DepthwiseTask& task;
  const StagedBlock& block;
  const std::byte* weights;
  int place;  // of the first group of the first row
  int strips;
  std::int64_t positions;        // of a row
  std::int64_t row;              // the first one, counted from the top of each band,
  std::int64_t rows, band_rows;  // which end at that row of all bands, or are that high
  Out* out;                      // the first output of the topmost row

  OCTET_INLINE std::int64_t row_of(int strip) const {
    return row + std::int64_t{strip} * task.blocking.output_rows;
  }
  OCTET_INLINE int place_of(int strip) const {
    return static_cast<int>(place + std::int64_t{strip} * task.blocking.advance) %
           block.groups.count;
  }
};

// Copies `count` neighbouring outputs of all channels and bands of a block from `results`, which
// has a block for each.
template <class Out>
inline void copy_outputs(const DepthwisePass<Out>& pass, const Out* results, std::int64_t row,
                         std::int64_t position, std::int64_t count) {
  const DepthwiseBlock& block = pass.block;
  const std::int64_t stride = pass.task.channels;
  for (int b = 0; b < block.bands; ++b, row += pass.band_rows) {
    if (row >= pass.rows) return;
    Out* to = pass.out + (row * pass.task.out_w + position) * stride;
    const Out* from = results + b * block.part;
    for (std::int64_t p = 0; p < count; ++p, to += stride, from += kBlockChannels) {
      if constexpr (sizeof(Out) == 1) {
        copy_values(to, from, block.channels);
      } else {
        std::memcpy(to, from, static_cast<std::size_t>(block.channels) * sizeof(Out));
      }
    }
  }
}

// Neighbouring outputs of a row that are computed at a time.
inline constexpr int kFour = 4;

// A row of a pass and where it starts: its first group in the ring and its first output.
template <class Out>
struct DepthwiseRow {
  std::int64_t row;
  int place;
  Out* out;
};

// Rows of seven or fourteen outputs have no full four at the end: threes make up for it. With
// vectors of 16 lanes that gained nothing; there the last four overlaps the one before.
inline constexpr bool kThrees = vec::kLanes <= 8;

// body(row, position, count) for all outputs of a pass, count being a constant: fours, and threes
// where kMayBeThrees. Where there are fewer than four outputs the only four starts at the first.
template <bool kMayBeThrees, class Out, class Body>
OCTET_INLINE void for_each_few(const DepthwisePass<Out>& pass, Body body) {
  const std::int64_t positions = pass.positions;
  const std::int64_t last = positions < kFour ? 0 : positions - kFour;
  const std::int64_t all = (positions + kFour - 1) / kFour, missing = all * kFour - positions;
  const std::int64_t threes = kMayBeThrees && missing <= all ? missing : 0;
  const std::int64_t end = (all - threes) * kFour;
  const std::int64_t row_step =
      std::int64_t{pass.task.blocking.output_rows} * pass.task.out_w * pass.task.channels;
  DepthwiseRow<Out> row{pass.row, pass.place,
                        pass.out + pass.row * pass.task.out_w * pass.task.channels};
  for (int strip = 0; strip < pass.strips; ++strip) {
    for (std::int64_t position = 0; position < end; position += kFour) {
      body(row, position < last ? position : last, std::integral_constant<int, kFour>());
    }
    if constexpr (kMayBeThrees) {
      for (std::int64_t position = end; position < positions; position += kFour - 1) {
        body(row, position, std::integral_constant<int, kFour - 1>());
      }
    }
    row.row += pass.task.blocking.output_rows;
    row.out += row_step;
    row.place += pass.task.blocking.advance;
    if (row.place >= pass.block.groups.count) row.place -= pass.block.groups.count;
  }
}

// Clamps kCount outputs of all channels and bands of a block, puts them in order and stores them,
// or as many as a row has, from position `start` on.
template <int kCount, class Out>
OCTET_INLINE void store_outputs(const DepthwisePass<Out>& pass, const DepthwiseRow<Out>& row,
                                std::int64_t start, const vec::ByteRange& range,
                                vec::Narrowed (&zipped)[vec::kDepth]) {
  // Not in the loop that narrowed them: a branch there costs 5 %.
  OCTET_UNROLL
  for (vec::Narrowed& bytes : zipped) bytes = vec::clamp_bytes<Out>(bytes, range);
  vec::Narrowed outputs[vec::kDepth];
  vec::unzip(zipped, outputs);
  const std::int64_t stride = pass.task.channels;
  Out* to = row.out + start * stride;
  if constexpr (vec::kDepth == kFour) {
    const auto store_parts = [&](auto parts) __attribute__((always_inline)) {
      constexpr int kParts = decltype(parts)::value;
      const std::int64_t band_step = pass.band_rows * pass.task.out_w * stride;
      OCTET_UNROLL
      for (int b = 0; b < kParts; ++b, to += band_step) {
        if (row.row + b * pass.band_rows >= pass.rows) return;
        OCTET_UNROLL
        for (int q = 0; q < kCount; ++q) vec::store_narrowed(to + q * stride, outputs[q], parts, b);
      }
    };
    if (pass.positions >= kCount) {
      if (pass.block.bands == 1 && pass.block.channels == kBlockChannels) {
        OCTET_UNROLL
        for (int q = 0; q < kCount; ++q) vec::store_narrowed(to + q * stride, outputs[q]);
        return;
      }
      if constexpr (vec::kBands >= 2) {
        if (pass.block.bands == 2 && pass.block.channels == kBlockChannels / 2) {
          return store_parts(std::integral_constant<int, 2>());
        }
      }
      if constexpr (vec::kBands >= 4) {
        if (pass.block.bands == 4 && pass.block.channels == kBlockChannels / 4) {
          return store_parts(std::integral_constant<int, 4>());
        }
      }
    }
  }
  Out results[kFour * kBlockChannels + kCopyMargin];
  OCTET_UNROLL
  for (int q = 0; q < vec::kDepth; ++q) {
    vec::store_narrowed(results + q * 4 * vec::kLanes, outputs[q]);
  }
  if (pass.block.channels == kBlockChannels && pass.positions >= kCount) {
    OCTET_UNROLL
    for (int q = 0; q < kCount; ++q) {
      __builtin_memcpy(to + q * stride, results + q * kBlockChannels, kBlockChannels);
    }
    return;
  }
  copy_outputs(pass, results, row.row, start, pass.positions < kCount ? pass.positions : kCount);
}

// Adds up the cells under any filter for kCount outputs, the first cells of which lie offsets[i]
// bytes behind the start of a group. place: of the first group.
template <int kCount>
OCTET_INLINE void accumulate_cells(const DepthwiseBlocking& blocking, const StagedGroups& staged,
                                   int place, const std::byte* weights,
                                   const std::int64_t (&offsets)[kCount], vec::Acc (&acc)[kCount]) {
  const int groups = blocking.groups, width = blocking.width;
  const std::int64_t tap_step = blocking.tap_step * kCellVectorBytes;
  for (int kx = 0; kx < width; ++kx) {
    for (int g = 0; g < groups; ++g) {
      const vec::Operand weight = vec::load_operand(weights);
      weights += kWeightBytes;
      const std::byte* const cell = staged.at(place, g) + kx * tap_step;
      OCTET_UNROLL
      for (int q = 0; q < kCount; ++q) {
        acc[q] = vec::dot(acc[q], vec::load_operand(cell + offsets[q]), weight);
      }
    }
  }
}

// Bytes by the vector epilogue.
template <class Out>
inline void convolve_pass(const DepthwisePass<Out>& pass) {
  const DepthwiseBlocking& blocking = pass.task.blocking;
  const PanelConstants constants = detail::panel_constants(pass.block.panel, kBlockChannels);
  const vec::ByteRange range = vec::byte_range(pass.task.range);
  const bool left_shift = pass.task.epilogue == Epilogue::vector_left_shift;
  for_each_few<false>(pass, [&](const DepthwiseRow<Out>& row, std::int64_t start, auto) {
    std::int64_t offsets[kFour];
    OCTET_UNROLL
    for (int q = 0; q < kFour; ++q) {
      // Where there are fewer than four outputs the last one is computed again.
      const std::int64_t position = start + q, last = pass.positions - 1;
      offsets[q] = (position < last ? position : last) * blocking.position_step * kCellVectorBytes;
    }
    vec::Narrowed zipped[vec::kDepth];
    for (int v = 0; v < vec::kDepth; ++v) {
      vec::Acc acc[kFour];
      OCTET_UNROLL
      for (vec::Acc& sum : acc) sum = vec::load_acc(constants.start + v * vec::kLanes);
      accumulate_cells(blocking, pass.block.groups, row.place, pass.weights + v * kCellVectorBytes,
                       offsets, acc);
      if (left_shift) {
        const vec::Acc shift = vec::load_acc(constants.left + v * vec::kLanes);
        OCTET_UNROLL
        for (vec::Acc& sum : acc) sum = shift_accumulator(sum, shift);
      }
      requantize_together(acc, vec::load_multipliers(constants, v * vec::kLanes), [](int) {});
      zipped[v] = vec::narrow4<Out>(acc);
      OCTET_UNROLL
      for (std::int64_t& offset : offsets) offset += pass.block.groups.plane;
    }
    store_outputs<kFour>(pass, row, start, range, zipped);
  });
}

// The same for a filter of kGroups x kWidth cells and outputs kStep cells apart, four or more in a
// row, without left shifts. Each cell is loaded once for all outputs that need it, and the dot
// products of the next vector of channels stand between the steps of requantization, because a
// processor does not look far enough ahead to find them there.
template <class Out, int kGroups, int kWidth, int kStep>
inline void convolve_pass_of(const DepthwisePass<Out>& pass) {
  const PanelConstants constants = detail::panel_constants(pass.block.panel, kBlockChannels);
  const vec::ByteRange range = vec::byte_range(pass.task.range);
  const StagedGroups staged = pass.block.groups;
  const auto weight = [&](int v, int kx, int g) __attribute__((always_inline)) {
    return vec::load_operand(pass.weights + v * kCellVectorBytes +
                             (kx * kGroups + g) * kWeightBytes);
  };
  for_each_few<kThrees>(
      pass, [&](const DepthwiseRow<Out>& row, std::int64_t start,
                auto count) __attribute__((always_inline)) {
        constexpr int kCount = decltype(count)::value;
        constexpr int kCells = ((kCount - 1) * kStep + kWidth) * kGroups;
        constexpr int kSteps = requantize_steps(kCount);
        const std::byte* groups[kGroups];
        OCTET_UNROLL
        for (int g = 0; g < kGroups; ++g) {
          groups[g] = staged.at(row.place, g) + start * (kStep * kCellVectorBytes);
        }
        const auto begin = [&](int v, vec::Acc(&acc)[kCount]) __attribute__((always_inline)) {
          OCTET_UNROLL
          for (vec::Acc& sum : acc) sum = vec::load_acc(constants.start + v * vec::kLanes);
        };
        // The dot products of the cells [from, to) of vector v, whose groups start there.
        const auto accumulate = [&](int v, int from, int to, vec::Acc(&acc)[kCount])
            __attribute__((always_inline)) {
          OCTET_UNROLL
          for (int cell = from; cell < to; ++cell) {
            const int column = cell / kGroups, g = cell % kGroups;
            const vec::Operand operand = vec::load_operand(groups[g] + column * kCellVectorBytes);
            OCTET_UNROLL
            for (int q = 0; q < kCount; ++q) {
              const int kx = column - q * kStep;
              if (kx >= 0 && kx < kWidth) acc[q] = vec::dot(acc[q], operand, weight(v, kx, g));
            }
          }
        };
        vec::Narrowed zipped[vec::kDepth];
        const auto finish = [&](int v, vec::Acc(&acc)[kCount], auto between)
            __attribute__((always_inline)) {
          requantize_together(acc, vec::load_multipliers(constants, v * vec::kLanes), between);
          const vec::Acc four[kFour] = {acc[0], acc[1], acc[2], acc[kCount - 1]};
          zipped[v] = vec::narrow4<Out>(four);
        };
        vec::Acc acc[kCount];
        begin(0, acc);
        accumulate(0, 0, kCells, acc);
        OCTET_UNROLL
        for (int v = 0; v + 1 < vec::kDepth; ++v) {
          OCTET_UNROLL
          for (int g = 0; g < kGroups; ++g) {
            groups[g] += staged.plane;
            asm("" : "+r"(groups[g]));  // g++ would keep all the sums of addresses in registers
          }
          vec::Acc next[kCount];
          begin(v + 1, next);
          finish(
              v, acc, [&](int step) __attribute__((always_inline)) {
                accumulate(v + 1, step * kCells / kSteps, (step + 1) * kCells / kSteps, next);
              });
          OCTET_UNROLL
          for (int q = 0; q < kCount; ++q) acc[q] = next[q];
        }
        finish(vec::kDepth - 1, acc, [](int) {});
        store_outputs<kCount>(pass, row, start, range, zipped);
      });
}

// Any output, one by one.
template <class Out>
inline void convolve_pass_in_general(const DepthwisePass<Out>& pass) {
  const DepthwiseBlocking& blocking = pass.task.blocking;
  const PanelConstants constants = detail::panel_constants(pass.block.panel, kBlockChannels);
  for (int strip = 0; strip < pass.strips; ++strip) {
    const int place = pass.place_of(strip);
    for (std::int64_t position = 0; position < pass.positions; ++position) {
      Out results[kBlockChannels + kCopyMargin];
      for (int v = 0; v < vec::kDepth; ++v) {
        vec::Acc acc[1] = {vec::load_acc(constants.start + v * vec::kLanes)};
        const std::int64_t offsets[1] = {position * blocking.position_step * kCellVectorBytes +
                                         v * pass.block.groups.plane};
        accumulate_cells(blocking, pass.block.groups, place, pass.weights + v * kCellVectorBytes,
                         offsets, acc);
        std::int32_t lanes[vec::kLanes];
        vec::store_acc(lanes, acc[0]);
        for (int lane = 0; lane < vec::kLanes; ++lane) {
          const std::int32_t y =
              sizeof(Out) == 4
                  ? unbiased(lanes[lane])
                  : finish_scalar(lanes[lane], constants, v * vec::kLanes + lane, pass.task.range);
          results[detail::zipped_channel(kLayout, v, lane)] = static_cast<Out>(y);
        }
      }
      copy_outputs(pass, results, pass.row_of(strip), position, 1);
    }
  }
}

template <class Out>
using ConvolvePass = void (*)(const DepthwisePass<Out>&);

// For rows of that many outputs.
template <class Out>
inline ConvolvePass<Out> convolve_pass_for(const DepthwiseTask& task, std::int64_t positions) {
  if constexpr (sizeof(Out) == 1) {
    if (task.epilogue == Epilogue::scalar) return convolve_pass_in_general<Out>;
    [[maybe_unused]] constexpr int kGroupsOf3 = (3 - 1) / vec::kDepth + 1,
                                   kGroupsOf5 = (5 - 1) / vec::kDepth + 1;
    const DepthwiseBlocking& b = task.blocking;
    if (b.tap_step == 1 && positions >= kFour && task.epilogue == Epilogue::vector) {
      const auto covers = [&](int groups, int width, int step) {
        return b.groups == groups && b.width == width && b.position_step == step;
      };
      if (covers(kGroupsOf3, 3, 1)) return convolve_pass_of<Out, kGroupsOf3, 3, 1>;
      // More code than that would do little for targets of small vectors.
      if constexpr (vec::kRequantizeTogether > 1) {
        if (covers(kGroupsOf5, 5, 1)) return convolve_pass_of<Out, kGroupsOf5, 5, 1>;
        if constexpr (vec::kDepth == 4) {
          // Filters that move by two, in squares.
          if (covers(2, 2, 1)) return convolve_pass_of<Out, 2, 2, 1>;
          if (covers(3, 3, 1)) return convolve_pass_of<Out, 3, 3, 1>;
        } else {
          if (covers(kGroupsOf3, 3, 2)) return convolve_pass_of<Out, kGroupsOf3, 3, 2>;
          if (covers(kGroupsOf5, 5, 2)) return convolve_pass_of<Out, kGroupsOf5, 5, 2>;
        }
      }
    }
    return convolve_pass<Out>;
  } else {
    return convolve_pass_in_general<Out>;
  }
}

// Blocks of channels that walk down an image side by side, in the same bands.
struct StagedBlocks {
  int count;
  StagedBlock of[detail::kMostBlocks];

  OCTET_INLINE int bands() const { return of[0].bands; }
};

// As many blocks as there are to be computed from channel `first` on, up to blocking.blocks.
inline StagedBlocks staged_blocks(const DepthwiseTask& task, std::int64_t first) {
  const DepthwiseBlocking& blocking = task.blocking;
  const std::int64_t plane = detail::staged_plane_bytes(kLayout, blocking);
  const std::int64_t group_bytes = plane * vec::kDepth;
  const auto panel_bytes =
      static_cast<std::int64_t>(detail::depthwise_panel_bytes(kLayout, blocking));
  StagedBlocks blocks;
  blocks.count = 0;
  for (std::int64_t c = first; c < task.last_channel && blocks.count < blocking.blocks;
       c += kBlockChannels) {
    const DepthwiseBlock block =
        detail::depthwise_block(kLayout, task.channels, static_cast<std::int32_t>(c));
    if (blocks.count > 0 && block.bands != blocks.bands()) break;
    std::byte* const cells = task.staged + blocks.count * blocking.staged_groups * group_bytes;
    blocks.of[blocks.count++] = {block,
                                 task.packed + c / kBlockChannels * panel_bytes,
                                 stage_cells_for(task, block),
                                 {cells, plane, blocking.staged_groups}};
  }
  return blocks;
}

// The rows of the input for a group of cells, the first of them y in the topmost band.
inline CellRows cell_rows(const DepthwiseTask& task, const std::uint8_t* image, std::int64_t y,
                          int bands, std::int64_t band_step) {
  const ShapeNhwc& in = task.input_shape;
  const bool is_wide = task.blocking.cell.w > 1;
  CellRows rows;
  OCTET_UNROLL
  for (int e = 0; e < vec::kDepth; ++e) {
    std::int64_t row = y + std::int64_t{is_wide ? e / 2 : e} * task.dilation.h;
    for (int b = 0; b < bands; ++b, row += band_step) {
      const bool inside = row >= 0 && row < in.h;
      rows.of[e][b] = inside ? image + row * in.w * in.c : task.zero_pixel;
      rows.step[e][b] = inside ? in.c : 0;
    }
  }
  return rows;
}

// The outputs of these blocks from position `first` on, in the rows [part.first, part.last) of an
// image.
template <class Out>
inline void convolve_blocks(const DepthwiseTask& task, const StagedBlocks& blocks,
                            const std::uint8_t* image, const PartRange& part, std::int64_t first,
                            Out* output) {
  const DepthwiseBlocking& blocking = task.blocking;
  const std::int64_t left = task.out_w - first;
  const std::int64_t positions = left < blocking.positions ? left : blocking.positions;
  const CellColumns columns(task, first, positions);
  const ConvolvePass<Out> convolve = convolve_pass_for<Out>(task, positions);
  // Bands are as far apart as they are high.
  const std::int64_t rows = part.last - part.first;
  const std::int64_t band_rows = (rows - 1) / blocks.bands() + 1;
  const std::int64_t row_weights = std::int64_t{blocking.groups} * blocking.width * kWeightBytes;
  const std::int64_t group_rows = std::int64_t{blocking.cell.h} * task.dilation.h;
  const std::int64_t strip_rows = std::int64_t{blocking.output_rows} * task.stride.h;
  // Where no group serves two strips these have their own, wherever their rows start.
  const bool apart = blocking.advance == blocking.groups;
  int place = 0;     // of the first group of the next strip
  int retained = 0;  // groups of it that are there already
  for (std::int64_t oy = 0; oy < band_rows;) {
    const std::int64_t rest = (band_rows - oy - 1) / blocking.output_rows + 1;
    const int strips = rest < blocking.strips ? static_cast<int>(rest) : blocking.strips;
    const int needed = (strips - 1) * blocking.advance + blocking.groups;
    std::int64_t top =
        (part.first + oy) * task.stride.h - task.top + std::int64_t{retained} * group_rows;
    int in_strip = 0;
    for (int g = retained; g < needed; ++g) {
      const CellRows source =
          cell_rows(task, image, top, blocks.bands(), band_rows * task.stride.h);
      for (int b = 0; b < blocks.count; ++b) {
        const StagedBlock& block = blocks.of[b];
        block.stage(task, block, columns, source, block.groups.plane, block.groups.at(place, g));
      }
      top += group_rows;
      if (apart && ++in_strip == blocking.groups) {
        top += strip_rows - blocking.groups * group_rows;
        in_strip = 0;
      }
    }
    for (int b = 0; b < blocks.count; ++b) {
      const StagedBlock& block = blocks.of[b];
      const std::byte* weights = block.panel + detail::panel_constants_bytes(kBlockChannels);
      Out* const out = output + (part.first * task.out_w + first) * task.channels + block.first;
      for (int r = 0; r < blocking.output_rows && oy + r < band_rows; ++r) {
        const std::int64_t with_row = (band_rows - oy - r - 1) / blocking.output_rows + 1;
        convolve({task, block, weights, place,
                  with_row < strips ? static_cast<int>(with_row) : strips, positions, oy + r, rows,
                  band_rows, out});
        weights += row_weights;
      }
    }
    oy += std::int64_t{strips} * blocking.output_rows;
    place = static_cast<int>((place + std::int64_t{strips} * blocking.advance) %
                             blocking.staged_groups);
    retained = blocking.groups - blocking.advance;
  }
}

// All channels of the rows `part` of an image.
template <class Out>
inline void convolve_rows(const DepthwiseTask& task, const std::uint8_t* image,
                          const PartRange& part, Out* output) {
  for (std::int64_t c = task.first_channel; c < task.last_channel;) {
    const StagedBlocks blocks = staged_blocks(task, c);
    for (std::int64_t ox = 0; ox < task.out_w; ox += task.blocking.positions) {
      convolve_blocks(task, blocks, image, part, ox, output);
    }
    c += std::int64_t{blocks.count} * kBlockChannels;
  }
}

template <class Out>
inline void depthwise_conv2d(const DepthwiseTask& task) {
  const ShapeNhwc& in = task.input_shape;
  const std::int32_t read = in.c > kBlockChannels ? in.c : kBlockChannels;
  std::memset(task.zero_pixel, task.zero_point, static_cast<std::size_t>(read));
  for (std::int32_t n = 0; n < in.n; ++n) {
    const std::uint8_t* const image = task.input + std::int64_t{n} * in.h * in.w * in.c;
    Out* const output =
        static_cast<Out*>(task.output) + std::int64_t{n} * task.out_h * task.out_w * task.channels;
    const PartRange part = detail::within(task.rows, std::int64_t{n} * task.out_h, task.out_h);
    for (std::int64_t row = part.first; row < part.last; row += task.blocking.cached_rows) {
      const std::int64_t end = row + task.blocking.cached_rows;
      convolve_rows(task, image, {row, end < part.last ? end : part.last}, output);
    }
  }
}

template <class Out>
inline constexpr DepthwiseKernel kDepthwiseKernel{kLayout, depthwise_conv2d<Out>};

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
