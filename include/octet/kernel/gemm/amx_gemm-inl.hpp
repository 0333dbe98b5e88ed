// SPDX-License-Identifier: Apache-2.0
// Matrix multiplication with tile registers: the blocks of gemm_matrix_tile-inl.hpp, one after the
// other. Included as that file is.
//
// The epilogue takes longer than the dot products where the depth is short, and needs other units
// of the processor. So a finished block is stored to one of two buffers, which stay in the first
// level cache, and is requantized a few rows at a time between the dot products of the next one.

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

// Rows in each block of a matrix: 49 rows are 25 and 24. All blocks are equally high, because a
// change of the tiles' shape would empty them; the last one ends with the last row, and computes
// rows of the one before once more.
OCTET_INLINE constexpr int block_height(std::int64_t rows) {
  const std::int64_t blocks = (rows + kMostBlockRows - 1) / kMostBlockRows;
  return static_cast<int>((rows + blocks - 1) / blocks);
}

// The blocks of one call of a kernel. The tiles have their shape as long as this lives.
template <class Out>
class Blocks {
 public:
  // For matrices that have `rows` rows, or are cut into pieces of no fewer than height() rows.
  OCTET_INLINE Blocks(const GemmTask& task, std::int64_t rows)
      : task_(task),
        height_(block_height(rows)),
        overlapped_(sizeof(Out) == 1 && task.epilogue == Epilogue::vector &&
                    task.b_zero_point == 0 && height_ >= kLeastOverlappedRows) {
    tile::configure(tiles_of(height_));
  }
  OCTET_INLINE ~Blocks() { tile::release(); }
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;

  OCTET_INLINE int height() const { return height_; }

  // Those rows against every panel.
  void multiply(const RowBlock& rows, std::byte* c) {
    const std::int64_t groups = depth_groups(detail::round_up(task_.k, tile::kDepth));
    const std::byte* packed = task_.packed;
    for (std::int64_t j = 0; j < task_.n; j += Panel::kWidest) {
      const Panel panel(task_.n - j, groups, 1);
      for (int run = 0; run < rows.runs; ++run) {
        for (int row = 0; row < rows.rows; row += height_) {
          const int first = row + height_ < rows.rows ? row : rows.rows - height_;
          auto* const run_c = reinterpret_cast<Out*>(c + run * rows.c_run_step);
          auto* const out = reinterpret_cast<std::byte*>(run_c + first * task_.c_stride + j);
          const std::byte* const a = rows.a + run * rows.a_run_step + first * rows.a_stride;
          FinishedRows block{nullptr, packed, out, height_, panel.columns, panel.vectors};
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
  static constexpr int kLeastOverlappedRows = 4;
  static constexpr int kMostColumns = kMatrixLayout.tile_columns();

  // The dot products of a block, into the buffer that block.accumulators will be. Between them it
  // finishes the block before.
  template <int kVectors>
  void multiply_block(const RowBlock& rows, const std::byte* a, FinishedRows& block) {
    constexpr int kWidth = kVectors * tile::kSize;
    tile::before_loads();
    if (unfinished_.vectors != kVectors) finish();
    const std::int64_t steps = detail::round_up(task_.k, tile::kDepth) / tile::kDepth;
    const auto accumulate = [&](auto between) __attribute__((always_inline)) {
      accumulate_block<kVectors>(rows, a, block.panel, height_, steps, task_.is_signed, between);
    };
    if (unfinished_.columns > 0) {
      if constexpr (sizeof(Out) == 1) {
        using Epilogue = RowsEpilogue<Out, kVectors>;
        constexpr int kRows = Epilogue::kRows;
        const Epilogue epilogue(detail::panel_constants(unfinished_.panel, kWidth), 0, task_.range);
        const std::int32_t* const accumulators = unfinished_.accumulators;
        // To a block of their own if not all columns of the panel exist.
        const bool whole = unfinished_.columns == kWidth;
        Out* const unfinished_out = reinterpret_cast<Out*>(unfinished_.out);
        Out* const out = whole ? unfinished_out : part_;
        const std::int64_t stride = whole ? task_.c_stride : kWidth;
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
          copy_rows(part_, kWidth, height, unfinished_.columns, unfinished_out, task_.c_stride);
        }
      }
    } else {
      accumulate([]() __attribute__((always_inline)){});
    }
    buffer_ ^= 1;
    block.accumulators = buffers_[buffer_];
    store_block<kVectors>(block.accumulators, height_);
  }

  // All rows of a block by the epilogues of the target of vectors, as many as these take at a time.
  void write(const FinishedRows& block, const std::int32_t* row_start) const {
    const int width = block.vectors * vec::kLanes;
    for (int row = 0; row < block.rows; row += vec::kTileRows) {
      const int left = block.rows - row;
      FinishedRows rows = block;
      rows.rows = left < vec::kTileRows ? left : vec::kTileRows;
      rows.accumulators += row * width;
      rows.out += row * task_.c_stride * std::int64_t{sizeof(Out)};
      if (row_start != nullptr) {
        add_row_start(rows.accumulators, rows.rows, width, row_start + row);
      }
      write_rows<Out>(task_, rows);
    }
  }

  const GemmTask& task_;
  const int height_;
  const bool overlapped_;
  FinishedRows unfinished_{};  // of no columns: there are none
  int buffer_ = 0;             // the one that was written last
  alignas(kAlignment) std::int32_t buffers_[2][kMostBlockRows * kMostColumns];
  // Bytes of a panel of which not all columns exist.
  Out part_[sizeof(Out) == 1 ? kMostBlockRows * kMostColumns + kCopyMargin : 1];
};

template <class Out>
inline void multiply_matrix(const GemmTask& task, const void* source) {
  Blocks<Out> blocks(task, task.m);
  const std::int64_t padded = detail::round_up(task.k, tile::kDepth) - task.k;
  if (task.in_place == nullptr && padded > 0) {
    // Once for all rows that are copied there. Any value would do, as the weights are zero beyond
    // depth k, but memory that nobody wrote is not to be read.
    for (std::int64_t r = 0; r < task.m && r < task.block_rows; ++r) {
      std::memset(task.block + r * task.block_stride + task.k, 0, static_cast<std::size_t>(padded));
    }
  }
  for (std::int64_t i = 0; i < task.m;) {
    // Rows that are too few for a block make one with some of those before.
    const std::int64_t first = task.m - i < blocks.height() ? task.m - blocks.height() : i;
    const std::int64_t left = task.m - first;
    const int rows = static_cast<int>(left < task.block_rows ? left : task.block_rows);
    RowBlock block{.a = task.block, .a_stride = task.block_stride, .rows = rows};
    if (task.in_place != nullptr) {
      block.a = task.in_place + first * task.in_place_stride;
      block.a_stride = task.in_place_stride;
    } else if (task.gather != nullptr) {
      task.gather(source, task.first_row + first, rows, task.block, task.block_stride);
    } else {
      MatrixRows matrix = *static_cast<const MatrixRows*>(source);
      matrix.is_signed = false;  // copies bytes as they are
      gather_matrix(matrix, task.first_row + first, rows, task.block, task.block_stride);
    }
    if (task.b_zero_point != 0) {
      const detail::GemmBlocking blocking{task.block_stride, task.block_rows};
      auto* const sums = reinterpret_cast<std::int32_t*>(task.block + blocking.sums_offset());
      const auto sum = task.is_signed ? sum_rows<std::int8_t> : sum_rows<std::uint8_t>;
      sum(task.block, task.block_stride, rows, task.k, task.b_zero_point, sums);
      block.row_start = sums;
    }
    blocks.multiply(
        block, reinterpret_cast<std::byte*>(static_cast<Out*>(task.c) + first * task.c_stride));
    i = first + rows;
  }
  blocks.finish();
}

// The entry of this target in the operation's table.
template <class Out>
inline constexpr GemmKernel kGemmKernel{kMatrixLayout, multiply_matrix<Out>, true,
                                        &vectors::kGemmKernel<Out>};

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
