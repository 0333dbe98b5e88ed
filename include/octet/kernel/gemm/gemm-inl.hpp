// SPDX-License-Identifier: Apache-2.0
// Matrix multiplication with packed weights. Included inside the region of each target.
//
// Loop nest, outside in: blocks of rows, packed into `block` while the first panel passes over them
// (or read in place) and kept in the second level cache; panels of weights, each kept in the first
// level cache while the register blocks of these rows pass over it, or a few panels side by side
// where there are few rows; the micro-kernels of micro_kernel-inl.hpp, whose accumulators become
// outputs in overlapped-inl.hpp or, where there is little depth, in shallow-inl.hpp.
// docs/packing.md says which of these loops runs when.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/gemm/micro_kernels-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// A block of rows of the left matrix: `runs` independent sets of `rows` rows, `a_stride` bytes
// apart, which are multiplied by the same panels.
struct LhsBlock {
  const std::byte* a;
  std::int64_t a_stride;
  int rows;
  std::int64_t to_pack = -1;  // the first row of the input, if rows are packed when they are needed
  std::int32_t* row_start = nullptr;
  std::int64_t segments = 1, segment_step = 0;  // as in MicroOperands
  int runs = 1;
  std::int64_t a_run_step = 0, output_run_step = 0;  // bytes
};

// The input of a task as a matrix.
OCTET_INLINE MatrixView input_matrix(const GemmPlan& plan, const GemmTask& task) {
  return {task.input, plan.input_stride, plan.k, plan.is_signed};
}

// Row i of a task, where rows of the input need no packing.
OCTET_INLINE const std::byte* row_in_place(const GemmPlan& plan, const GemmTask& task,
                                           std::int64_t i) {
  return reinterpret_cast<const std::byte*>(task.input + (task.first_row + i) * plan.input_stride);
}

// Whether the rows of a task are paired when they are packed: enough panels make up for that. Sums
// of 64 bits are added up row by row.
OCTET_INLINE bool pairs_rows(const GemmPlan& plan, const GemmTask& task) {
  return kPairsRows<MatrixDot> && plan.epilogue != Epilogue::wide &&
         task.n >= detail::kLeastPairedColumns;
}

// Packs `count` rows of a block from row `row` on; those that are packed next are fetched
// meanwhile. gather: of windows, or a null pointer where the input is a matrix.
inline void pack_rows(const GemmPlan& plan, const GemmTask& task, GatherRows gather,
                      const LhsBlock& block, int row, int count) {
  std::byte* const out = task.block + row * plan.block_stride;
  const std::int64_t first = block.to_pack + row;
  if (gather != nullptr) {
    gather(plan, task.input, first, count, out, plan.block_stride);
  } else {
    const MatrixView rows = input_matrix(plan, task);
    gather_matrix(rows, first, count, out, plan.block_stride);
    const std::int64_t left = task.first_row + task.m - first - count;
    prefetch_rows(rows, first + count, left < count ? left : count);
  }
  const int last_rows = count % MicroShape::kRows;
  const int whole = count - last_rows + MicroShape::computed(last_rows);
  for (int r = count; r < whole; ++r) {
    std::memset(out + r * plan.block_stride, 0, static_cast<std::size_t>(plan.block_stride));
  }
  if (plan.filter_zero_point != 0) {
    sum_rows<MatrixDot::Packed>(out, plan.block_stride, whole, plan.k, plan.filter_zero_point,
                                block.row_start + row);
  }
  if (pairs_rows(plan, task)) pair_rows(out, plan.block_stride, whole, depth_groups(plan.k));
}

// The rows of a block behind its first register block, which has `height`, to be packed meanwhile.
// None if there is no second whole register block, or the first panel takes another way, or the
// rows are no matrix, are shorter than a vector, or need zeros behind them.
inline NextRows next_rows(const GemmPlan& plan, const GemmTask& task, GatherRows gather,
                          const LhsBlock& block, int height) {
  const bool whole_panel =
      kOverlapped || task.n >= MicroShape::kWidest || task.n % vec::kLanes == 0;
  if (gather != nullptr || block.rows < 2 * height || !whole_panel || pairs_rows(plan, task))
    return {};
  const MatrixView matrix = input_matrix(plan, task);
  constexpr std::int64_t kFewBytes = detail::kLeastVectorsAtOnce * kBytesStep;
  int interval = 1;
  std::int64_t rows = height / kMicroSteps;
  for (; kMicroSteps % (2 * interval) == 0 && rows * matrix.k <= kFewBytes; rows *= 2)
    interval *= 2;
  constexpr std::int64_t kElement = sizeof(MatrixDot::Packed);
  const std::int64_t stride = plan.block_stride / kElement;
  const bool dense = matrix.stride == matrix.k && stride == matrix.k;
  const std::int64_t length = dense ? rows * matrix.k : matrix.k;
  if (length < kBytesStep || matrix.k % MatrixDot::kDepth != 0) return {};
  return {.from = matrix.data + (block.to_pack + height) * matrix.stride,
          .to = reinterpret_cast<MatrixDot::Packed*>(task.block + height * plan.block_stride),
          .length = length,
          .from_step = dense ? length : matrix.stride,
          .to_step = dense ? length : stride,
          .pieces = dense ? 1 : static_cast<int>(rows),
          .interval = interval,
          .is_signed = matrix.is_signed};
}

// Blocks of rows, one after the other, against every panel each.
class VectorLoops {
 public:
  VectorLoops(const GemmPlan& plan, const GemmTask& task, const MicroKernels& kernels,
              GatherRows gather)
      : plan_(plan),
        task_(task),
        kernels_(kernels),
        gather_(gather),
        groups_(depth_groups(plan.k)),
        fuses_epilogue_(kernels.multiply != nullptr &&
                        detail::may_fuse_epilogue(vec::kMicroEpilogue, plan.epilogue,
                                                  plan.filter_zero_point, groups_)) {}

  void multiply(const LhsBlock& block, std::byte* output) {
    const bool packs = block.to_pack >= 0;
    // Rows that are packed at a time, and how many at first: one register block where it packs the
    // next one.
    int chunk = 0, next_chunk = 0;
    if (packs) {
      const int height = first_rows(task_.n, groups_);
      chunk =
          static_cast<int>(detail::round_up(detail::kPackedBytes / plan_.block_stride + 1, height));
      if (fuses_epilogue_)
        overlapped_work_.next_rows = next_rows(plan_, task_, gather_, block, height);
      next_chunk = overlapped_work_.next_rows.pieces > 0 ? height : chunk;
    }
    auto [j, packed] =
        has_few_rows(block) ? multiply_few_rows(block, output) : Place{0, task_.packed};
    for (; j < task_.n; j += MicroShape::kWidest) {
      const Panel panel(task_.n - j, groups_, kernels_.weight_bytes);
      MicroOperands operands = operands_of(block, packed);
      packed += panel.bytes;
      for (int run = 0; run < block.runs; ++run) {
        const std::byte* const a = block.a + run * block.a_run_step;
        std::byte* const out = output + run * block.output_run_step + j * kernels_.output_bytes;
        int packed_rows = packs && j == 0 ? 0 : block.rows;
        for (int rows, row = 0; row < block.rows; row += rows) {
          if (row >= packed_rows) {
            packed_rows = block.rows - row < next_chunk ? block.rows : row + next_chunk;
            pack_rows(plan_, task_, gather_, block, row, packed_rows - row);
            next_chunk = chunk;
          }
          // Where rows are packed meanwhile, one call multiplies all whole register blocks of the
          // block.
          const int end = overlapped_work_.next_rows.pieces > 0 ? block.rows : packed_rows;
          operands.a = a + row * block.a_stride;
          rows = multiply_next(operands, panel, end - row,
                               block.row_start == nullptr ? nullptr : block.row_start + row,
                               out + row * plan_.output_stride * kernels_.output_bytes);
          overlapped_work_.next_rows.pieces = 0;
        }
      }
    }
  }

  // Writes what is left. To be called after the last block.
  void finish() {
    const PendingOutputs& left = overlapped_work_.pending;
    if (kOverlapped && left.columns > 0) kernels_.write_rows(plan_, left);
  }

 private:
  OCTET_INLINE MicroOperands operands_of(const LhsBlock& block, const std::byte* panel) const {
    return {.a = block.a,
            .a_stride = block.a_stride,
            .groups = block.segments == 1 ? groups_ : groups_ / block.segments,
            .segments = block.segments,
            .segment_step = block.segment_step,
            .panel = panel,
            .is_paired = block.to_pack >= 0 && pairs_rows(plan_, task_)};
  }

  struct Place {
    std::int64_t column;
    const std::byte* panel;
  };

  // Whether a block is a single register block of few rows, which no other way suits better.
  // Several runs use a panel several times, so that it comes from the first level cache.
  OCTET_INLINE bool has_few_rows(const LhsBlock& block) const {
    const bool shallow = fuses_epilogue_ && detail::is_shallow(groups_);
    return kFewRowsPanels > 1 && 1 < block.rows && block.rows <= MicroShape::kFewRows &&
           block.runs == 1 && !shallow && plan_.epilogue != Epilogue::wide;
  }

  // Such a block and the panels that make whole steps of kFewRowsPanels. Returns where the others
  // begin.
  [[gnu::noinline]] Place multiply_few_rows(const LhsBlock& block, std::byte* output) {
    constexpr int kWidth = kFewRowsPanels * MicroShape::kWidest;
    Place place{0, task_.packed};
    if (task_.n < kWidth) return place;
    if (block.to_pack >= 0) pack_rows(plan_, task_, gather_, block, 0, block.rows);
    const std::int64_t panel_bytes = Panel(task_.n, groups_, kernels_.weight_bytes).bytes;
    for (; place.column + kWidth <= task_.n; place.column += kWidth) {
      MicroOperands operands = operands_of(block, place.panel);
      operands.panel_step = panel_bytes;
      kernels_.few_rows(operands, accumulators_);
      std::byte* out = output + place.column * kernels_.output_bytes;
      for (int p = 0; p < kFewRowsPanels; ++p, out += MicroShape::kWidest * kernels_.output_bytes) {
        write_outputs({accumulators_ + p * MicroShape::kFewRows * MicroShape::kWidest,
                       place.panel + p * panel_bytes, out, block.rows, MicroShape::kWidest,
                       MicroShape::kVectors},
                      block.row_start);
      }
      place.panel += kFewRowsPanels * panel_bytes;
    }
    return place;
  }

  OCTET_INLINE void write_outputs(const PendingOutputs& finished, const std::int32_t* row_start) {
    if (row_start != nullptr) {
      add_row_start(finished.accumulators, finished.rows, finished.vectors * vec::kLanes,
                    row_start);
    }
    kernels_.write_rows(plan_, finished);
  }

  // The next register block or register blocks of a panel, of `left` rows; returns how many rows
  // these were.
  OCTET_INLINE int multiply_next(const MicroOperands& operands, const Panel& panel, int left,
                                 const std::int32_t* row_start, std::byte* out) {
    if (fuses_epilogue_) {
      const int rows = kernels_.multiply(plan_, operands, out, left, panel.columns, panel.vectors,
                                         overlapped_work_);
      if (rows > 0) return rows;
    }
    if (plan_.epilogue == Epilogue::wide) {
      kernels_.wide(plan_, operands, left, panel.columns, panel.vectors * vec::kLanes, out);
      return left;
    }
    const int rows = MicroShape::next(left);
    kernels_.micro_kernel(MicroShape::computed(rows), panel.vectors)(operands, accumulators_);
    write_outputs({accumulators_, operands.panel, out, rows, panel.columns, panel.vectors},
                  row_start);
    return rows;
  }

  const GemmPlan& plan_;
  const GemmTask& task_;
  const MicroKernels& kernels_;
  const GatherRows gather_;
  const std::int64_t groups_;
  const bool fuses_epilogue_;
  alignas(kAlignment) std::int32_t accumulators_[kMostAccumulators];
  alignas(kAlignment) std::int32_t pending_accumulators_[kOverlapped ? kMostAccumulators : 1];
  OverlappedWork overlapped_work_{{pending_accumulators_, nullptr, nullptr, 0, 0, 0}, {}};
};

// A single row against every panel, by way of memory.
inline void multiply_row_in_memory(const GemmPlan& plan, const GemmTask& task,
                                   const MicroKernels& kernels, const std::byte* a) {
  alignas(kAlignment) std::int32_t accumulators[MicroShape::kVectors * vec::kLanes];
  auto* out = static_cast<std::byte*>(task.output);
  MicroOperands operands = row_operands(plan, task, a);
  for (std::int64_t j = 0; j < task.n; j += MicroShape::kWidest) {
    const Panel panel(task.n - j, operands.groups, kernels.weight_bytes);
    kernels.micro_kernel(1, panel.vectors)(operands, accumulators);
    kernels.write_rows(plan, {accumulators, operands.panel, out, 1, panel.columns, panel.vectors});
    operands.panel += panel.bytes;
    out += MicroShape::kWidest * kernels.output_bytes;
  }
}

// The rows of the next block, of those that are left: equal parts in as many blocks as there have
// to be, because a last one of few rows would read all weights for those.
OCTET_INLINE int next_block(std::int64_t left, std::int64_t most) {
  if (left <= most) return static_cast<int>(left);
  const std::int64_t blocks = (left + most - 1) / most;
  return static_cast<int>(detail::round_up((left + blocks - 1) / blocks, MicroShape::kRows));
}

inline void multiply_rows(const GemmPlan& plan, const GemmTask& task, GatherRows gather,
                          const MicroKernels& kernels) {
  auto* const output = static_cast<std::byte*>(task.output);
  const std::int64_t output_stride = plan.output_stride * kernels.output_bytes;
  VectorLoops multiplication(plan, task, kernels, gather);
  std::int64_t i = 0;
  if (plan.is_in_place && !pairs_rows(plan, task)) {
    // The rows behind the last whole register block are packed, and read all weights again. Where
    // that is more than to read and to write all rows, all are packed.
    const bool packs_all = task.m % MicroShape::kRows != 0 && 2 * task.m <= task.n;
    const std::int64_t whole = packs_all ? 0 : task.m / MicroShape::kRows * MicroShape::kRows;
    while (i < whole) {
      const LhsBlock block{.a = row_in_place(plan, task, i),
                           .a_stride = plan.input_stride,
                           .rows = next_block(whole - i, plan.block_rows)};
      multiplication.multiply(block, output + i * output_stride);
      i += block.rows;
    }
  }
  while (i < task.m) {
    LhsBlock block{.a = task.block,
                   .a_stride = plan.block_stride,
                   .rows = next_block(task.m - i, plan.block_rows),
                   .to_pack = task.first_row + i};
    if (plan.filter_zero_point != 0) {
      const detail::GemmBlocking blocking{plan.block_stride, plan.block_rows};
      block.row_start = reinterpret_cast<std::int32_t*>(task.block + blocking.sums_offset());
    }
    multiplication.multiply(block, output + i * output_stride);
    i += block.rows;
  }
  multiplication.finish();
}

// With a single row nothing is to be blocked, and small layers are over in a few dozen cycles.
template <class Out, class Weight>
inline void multiply_matrix(const GemmPlan& plan, const GemmTask& task) {
  static constexpr MicroKernels kKernels = micro_kernels<Out, Weight>();
  if (task.m > 1 || plan.filter_zero_point != 0 || plan.epilogue == Epilogue::wide) {
    return multiply_rows(plan, task, nullptr, kKernels);
  }
  const bool fuses_epilogue = kKernels.has_row && plan.epilogue == Epilogue::vector;
  if (kSplatsBytes && fuses_epilogue) return kKernels.row(plan, task, bytes_of_row(plan, task));
  const std::byte* a = row_in_place(plan, task, 0);
  if (!plan.is_in_place) {
    gather_row(input_matrix(plan, task), task.first_row, task.block);
    a = task.block;
  }
  fuses_epilogue ? kKernels.row(plan, task, a) : multiply_row_in_memory(plan, task, kKernels, a);
}

// The entries of this target in the tables of the operation.
template <class Out>
inline void gemm(const GemmPlan& plan, const GemmTask& task) {
  if constexpr (kBoundsWeights<MatrixDot>) {
    if (!plan.has_lowest_weight) return multiply_matrix<Out, BoundedWeight>(plan, task);
  }
  multiply_matrix<Out, WideWeight>(plan, task);
}
template <class Out>
inline void gemm_small(const GemmPlan& plan, const GemmTask& task) {
  multiply_matrix<Out, std::int8_t>(plan, task);
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
