// SPDX-License-Identifier: Apache-2.0
// Matrix multiplication with tile registers: the blocks of gemm_matrix_tile-inl.hpp, one after the
// other. Included as that file is.
//
// The epilogue takes longer than the dot products where the depth is short, and needs other units
// of the processor. So a finished block is stored to one of two buffers, which stay in the first
// level cache, and is requantized a few rows at a time between the dot products of the next one.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/gemm/amx_block-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// Rows in each block of a matrix: 49 rows are 25 and 24. All blocks are equally high, because a
// change of the tiles' shape would empty them; the last one ends with the last row, and computes
// rows of the one before once more.
OCTET_INLINE constexpr int block_height(std::int64_t rows) {
  const std::int64_t blocks = (rows + kMostBlockRows - 1) / kMostBlockRows;
  return static_cast<int>((rows + blocks - 1) / blocks);
}

// The loops of one call of a kernel. The tiles have their shape as long as this lives.
template <class Out>
class AmxLoops {
 public:
  // For matrices that have `rows` rows, or are cut into pieces of no fewer than height() rows.
  OCTET_INLINE AmxLoops(const GemmPlan& plan, const GemmTask& task, std::int64_t rows)
      : plan_(plan),
        task_(task),
        height_(block_height(rows)),
        overlapped_(sizeof(Out) == 1 && plan.epilogue == Epilogue::vector &&
                    plan.filter_zero_point == 0 && height_ >= detail::kLeastOverlappedRows) {
    tile::configure(tiles_of(height_));
  }
  OCTET_INLINE ~AmxLoops() { tile::release(); }
  AmxLoops(const AmxLoops&) = delete;
  AmxLoops& operator=(const AmxLoops&) = delete;

  OCTET_INLINE int height() const { return height_; }

  // Those rows against every panel.
  void multiply(const LhsBlock& rows, std::byte* output) {
    const std::int64_t groups = depth_groups(detail::round_up(plan_.k, tile::kDepth));
    const std::byte* packed = task_.packed;
    for (std::int64_t j = 0; j < task_.n; j += MicroShape::kWidest) {
      const Panel panel(task_.n - j, groups, 1);
      for (int run = 0; run < rows.runs; ++run) {
        for (int row = 0; row < rows.rows; row += height_) {
          const int first = row + height_ < rows.rows ? row : rows.rows - height_;
          auto* const run_output = reinterpret_cast<Out*>(output + run * rows.output_run_step);
          auto* const out =
              reinterpret_cast<std::byte*>(run_output + first * plan_.output_stride + j);
          const std::byte* const a = rows.a + run * rows.a_run_step + first * rows.a_stride;
          PendingOutputs block{nullptr, packed, out, height_, panel.columns, panel.vectors};
          if (plan_.epilogue == Epilogue::wide) {
            write_wide(rows, a, groups, block);
            continue;
          }
          if (panel.vectors == 2) {
            multiply_block<2>(rows, a, block);
          } else {
            multiply_block<1>(rows, a, block);
          }
          if (overlapped_) {
            unfinished_ = block;
          } else {
            write(block, rows.row_start == nullptr ? nullptr : rows.row_start + first);
          }
        }
      }
      packed += panel.bytes;
    }
  }

  // Writes what is left. To be called after the last block.
  OCTET_INLINE void finish() {
    if (unfinished_.columns > 0) write(unfinished_, nullptr);
    unfinished_.columns = 0;
  }

 private:
  static constexpr int kMostColumns = kMatrixLayout.panel_columns();

  // The dot products of a block, into the buffer that block.accumulators will be. Between them it
  // finishes the block before.
  template <int kVectors>
  void multiply_block(const LhsBlock& rows, const std::byte* a, PendingOutputs& block) {
    constexpr int kWidth = kVectors * tile::kSize;
    tile::before_loads();
    if (unfinished_.vectors != kVectors) finish();
    const std::int64_t steps = detail::round_up(plan_.k, tile::kDepth) / tile::kDepth;
    const auto accumulate = [&](auto between) __attribute__((always_inline)) {
      accumulate_block<kVectors>(rows, a, block.panel, height_, steps, plan_.is_signed, between);
    };
    if (unfinished_.columns > 0) {
      if constexpr (sizeof(Out) == 1) {
        using Epilogue = FourVectorEpilogue<Out, kVectors>;
        constexpr int kRows = Epilogue::kRows;
        const Epilogue epilogue(detail::panel_constants(unfinished_.panel, kWidth), 0, plan_.range);
        const std::int32_t* const accumulators = unfinished_.accumulators;
        // To a block of their own if not all columns of the panel exist.
        const bool whole = unfinished_.columns == kWidth;
        Out* const unfinished_out = reinterpret_cast<Out*>(unfinished_.out);
        Out* const out = whole ? unfinished_out : part_;
        const std::int64_t stride = whole ? plan_.output_stride : kWidth;
        const std::int64_t pieces = (height_ + kRows - 1) / kRows;
        const std::int64_t each = (pieces + steps - 1) / steps * kRows;
        const int height = height_;
        int row = 0;
        accumulate([&]() __attribute__((always_inline)) {
          const std::int64_t end = row + each < height ? row + each : height;
          for (; row < end; row += kRows) {
            // The last ones of a block may be some that were written already.
            const int first = row < height - kRows ? row : height - kRows;
            epilogue.write(accumulators + first * kWidth, kWidth, out + first * stride, stride);
          }
        });
        if (!whole) {
          copy_rows(part_, kWidth, height, unfinished_.columns, unfinished_out,
                    plan_.output_stride);
        }
      }
    } else {
      accumulate([]() __attribute__((always_inline)){});
    }
    buffer_ ^= 1;
    block.accumulators = buffers_[buffer_];
    store_block<kVectors>(block.accumulators, height_);
  }

  void write_wide(const LhsBlock& rows, const std::byte* a, std::int64_t groups,
                  const PendingOutputs& block) const {
    const MicroOperands operands{.a = a,
                                 .a_stride = rows.a_stride,
                                 .groups = groups / rows.segments,
                                 .segments = rows.segments,
                                 .segment_step = rows.segment_step,
                                 .panel = block.panel};
    const auto multiply = plan_.is_signed ? multiply_wide<std::int8_t, std::int8_t, Out>
                                          : multiply_wide<std::uint8_t, std::int8_t, Out>;
    multiply(plan_, operands, block.rows, block.columns, block.vectors * vec::kLanes,
             reinterpret_cast<Out*>(block.out));
  }

  // All rows of a block by the epilogues of the target of vectors, as many as these take at a time.
  void write(const PendingOutputs& block, const std::int32_t* row_start) const {
    const int width = block.vectors * vec::kLanes;
    for (int row = 0; row < block.rows; row += MicroShape::kRows) {
      const int left = block.rows - row;
      PendingOutputs rows = block;
      rows.rows = left < MicroShape::kRows ? left : MicroShape::kRows;
      rows.accumulators += row * width;
      rows.out += row * plan_.output_stride * std::int64_t{sizeof(Out)};
      if (row_start != nullptr) {
        add_row_start(rows.accumulators, rows.rows, width, row_start + row);
      }
      write_rows<Out>(plan_, rows);
    }
  }

  const GemmPlan& plan_;
  const GemmTask& task_;
  const int height_;
  const bool overlapped_;
  PendingOutputs unfinished_{};  // of no columns: there are none
  int buffer_ = 0;               // the one that was written last
  alignas(kAlignment) std::int32_t buffers_[2][kMostBlockRows * kMostColumns];
  // Bytes of a panel of which not all columns exist.
  Out part_[sizeof(Out) == 1 ? kMostBlockRows * kMostColumns + kCopyMargin : 1];
};

template <class Out>
inline void multiply_blocks(const GemmPlan& plan, const GemmTask& task, GatherRows gather) {
  AmxLoops<Out> blocks(plan, task, task.m);
  const std::int64_t padded = detail::round_up(plan.k, tile::kDepth) - plan.k;
  if (!plan.is_in_place && padded > 0) {
    // Once for all rows that are copied there. The weights are zero beyond depth k, so that any
    // value would do, but this avoids reading uninitialized memory.
    for (std::int64_t r = 0; r < task.m && r < plan.block_rows; ++r) {
      std::memset(task.block + r * plan.block_stride + plan.k, 0, static_cast<std::size_t>(padded));
    }
  }
  MatrixView matrix = input_matrix(plan, task);
  matrix.is_signed = false;  // copies bytes as they are
  for (std::int64_t i = 0; i < task.m;) {
    // Rows that are too few for a block make one with some of those before.
    const std::int64_t first = task.m - i < blocks.height() ? task.m - blocks.height() : i;
    const std::int64_t left = task.m - first;
    const int rows = static_cast<int>(left < plan.block_rows ? left : plan.block_rows);
    LhsBlock block{.a = task.block, .a_stride = plan.block_stride, .rows = rows};
    if (plan.is_in_place) {
      block.a = row_in_place(plan, task, first);
      block.a_stride = plan.input_stride;
    } else if (gather != nullptr) {
      gather(plan, task.input, task.first_row + first, rows, task.block, plan.block_stride);
    } else {
      gather_matrix(matrix, task.first_row + first, rows, task.block, plan.block_stride);
    }
    if (plan.filter_zero_point != 0) {
      const detail::GemmBlocking blocking{plan.block_stride, plan.block_rows};
      auto* const sums = reinterpret_cast<std::int32_t*>(task.block + blocking.sums_offset());
      const auto sum = plan.is_signed ? sum_rows<std::int8_t> : sum_rows<std::uint8_t>;
      sum(task.block, plan.block_stride, rows, plan.k, plan.filter_zero_point, sums);
      block.row_start = sums;
    }
    blocks.multiply(block, reinterpret_cast<std::byte*>(static_cast<Out*>(task.output) +
                                                        first * plan.output_stride));
    i = first + rows;
  }
  blocks.finish();
}

// The entries of this target in the tables of the operation.
template <class Out>
inline void gemm(const GemmPlan& plan, const GemmTask& task) {
  multiply_blocks<Out>(plan, task, nullptr);
}
template <class Out>
inline void gemm_small(const GemmPlan& plan, const GemmTask& task) {
  vectors::gemm<Out>(plan, task);
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
