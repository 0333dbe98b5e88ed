// SPDX-License-Identifier: Apache-2.0
// Combining elements along dimensions, in 32-bit lanes. Included inside the region of each target.
//
// Where the innermost dimension is kept, outputs run along the vectors; where it is reduced, its
// elements do. Lanes hold what Reduction::kMostCombined elements combine to; then they are added to
// 64-bit values.

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/rescale.hpp"

#include "octet/kernel/editor_alone.hpp"

#include "octet/kernel/reduce/reduce.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <class Operation>
struct ReduceLanes;

// kVectors vectors of lanes that elements are combined in.
template <class Operation, class T, int kVectors>
class ReduceAccumulators {
 public:
  static constexpr int kColumns = kVectors * vec::kLanes;

  explicit ReduceAccumulators(std::int64_t* values) : values_(values) {
    for (int i = 0; i < kColumns; ++i) values_[i] = Reduction<Operation>::kStart;
    restart();
  }

  // `rows` rows of kColumns elements.
  OCTET_INLINE void combine(const T* row, std::int64_t rows, std::int64_t stride) {
    constexpr std::int64_t kMost = Reduction<Operation>::template kMostCombined<T>;
    while (rows > 0) {
      const std::int64_t piece = rows < kMost - held_ ? rows : kMost - held_;
      // Local, so that they stay in registers.
      vec::Acc lanes[kVectors];
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v) lanes[v] = lanes_[v];
      for (std::int64_t i = 0; i < piece; ++i, row += stride) {
        OCTET_UNROLL
        for (int v = 0; v < kVectors; ++v) {
          lanes[v] = ReduceLanes<Operation>::combine(lanes[v], vec::widen(row + v * vec::kLanes));
        }
      }
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v) lanes_[v] = lanes[v];
      rows -= piece;
      held_ += piece;
      if (held_ == kMost) flush();
    }
  }

  // Adds what the lanes hold to the values.
  void flush() {
    std::int32_t lanes[kColumns];
    for (int v = 0; v < kVectors; ++v) vec::store_acc(lanes + v * vec::kLanes, lanes_[v]);
    for (int i = 0; i < kColumns; ++i) {
      values_[i] = Reduction<Operation>::combine(values_[i], lanes[i]);
    }
    restart();
  }

 private:
  void restart() {
    for (vec::Acc& lanes : lanes_) lanes = vec::splat_acc(Reduction<Operation>::kStart);
    held_ = 0;
  }

  std::int64_t* values_;
  std::int64_t held_ = 0;
  vec::Acc lanes_[kVectors];
};

// The outputs of kVectors vectors of columns.
template <class Operation, class T, int kVectors>
inline void reduce_columns(const ReduceTask& task, const T* x, T* y) {
  using Accumulators = ReduceAccumulators<Operation, T, kVectors>;
  std::int64_t values[Accumulators::kColumns];
  Accumulators accumulators(values);
  detail::StridedWalk walk = task.reduced;
  for (std::int64_t i = walk.count(); i > 0; --i, walk.advance()) {
    accumulators.combine(x + walk.position(), task.rows, task.row_stride);
  }
  accumulators.flush();
  for (int i = 0; i < Accumulators::kColumns; ++i) {
    y[i] = Reduction<Operation>::template finish<T>(task, values[i]);
  }
}

// What `count` elements side by side combine to.
template <class Operation, class T>
inline std::int64_t reduce_run(const T* x, std::int64_t count) {
  using Accumulators = ReduceAccumulators<Operation, T, 4>;
  std::int64_t value = Reduction<Operation>::kStart;
  if (count >= Accumulators::kColumns) {
    std::int64_t values[Accumulators::kColumns];
    Accumulators accumulators(values);
    const std::int64_t rows = count / Accumulators::kColumns;
    accumulators.combine(x, rows, Accumulators::kColumns);
    accumulators.flush();
    for (const std::int64_t other : values) value = Reduction<Operation>::combine(value, other);
    x += rows * Accumulators::kColumns;
    count -= rows * Accumulators::kColumns;
  }
  for (; count > 0; --count) value = Reduction<Operation>::combine(value, *x++);
  return value;
}

// One output.
template <class Operation, class T>
inline T reduce_one(const ReduceTask& task, const T* x) {
  std::int64_t value = Reduction<Operation>::kStart;
  detail::StridedWalk walk = task.reduced;
  for (std::int64_t i = walk.count(); i > 0; --i, walk.advance()) {
    const T* row = x + walk.position();
    for (std::int64_t r = 0; r < task.rows; ++r, row += task.row_stride) {
      value = Reduction<Operation>::combine(
          value, task.run == 1 ? *row : reduce_run<Operation>(row, task.run));
    }
  }
  return Reduction<Operation>::template finish<T>(task, value);
}

template <class Operation, class T>
inline void run_reduce(const ReduceTask& task, const void* input, void* output) {
  constexpr std::int64_t kFew = vec::kLanes, kMany = 4 * vec::kLanes;
  const std::int64_t width = task.width;
  auto* y = static_cast<T*>(output);
  detail::StridedWalk kept = task.kept;
  for (std::int64_t i = kept.count(); i > 0; --i, kept.advance(), y += width) {
    const T* const x = static_cast<const T*>(input) + kept.position();
    std::int64_t c = 0;
    for (; c + kMany <= width; c += kMany) reduce_columns<Operation, T, 4>(task, x + c, y + c);
    // The last vector may overlap the one before it.
    for (; c < width && width >= kFew && task.run == 1; c += kFew) {
      const std::int64_t first = c < width - kFew ? c : width - kFew;
      reduce_columns<Operation, T, 1>(task, x + first, y + first);
    }
    for (; c < width; ++c) y[c] = reduce_one<Operation>(task, x + c);
  }
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
