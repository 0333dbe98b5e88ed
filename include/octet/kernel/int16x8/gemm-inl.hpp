// SPDX-License-Identifier: Apache-2.0
// Matrix multiplication of 16-bit activations with 8-bit weights, and convolution, whose rows are
// gathered. Included inside the region of each target.
//
// Loop nest, outside in: blocks of rows, copied to `block` or read in place; panels of weights;
// blocks of accumulators in registers.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/int16x8/tasks.hpp"
#include "octet/kernel/gemm/micro_kernel-inl.hpp"
#include "octet/kernel/int16x8/sums-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// Where each of kRows rows starts, in bytes from the first one: where there are fewer the last one
// is repeated.
template <int kRows>
struct RepeatedRows {
  std::int64_t start[kRows];

  OCTET_INLINE RepeatedRows(std::int64_t stride, int rows) {
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) start[r] = (r < rows ? r : rows - 1) * stride;
  }
  OCTET_INLINE friend std::int64_t operator*(int row, const RepeatedRows& rows) {
    return rows.start[row];
  }
};

// Adds `dots` dot products to sums[kRows][kVectors * vec::kLanes]. `weights` are those of the first
// one, `step` bytes from one to the next.
template <class Dot, int kRows, int kVectors>
OCTET_INLINE void add_dots(const std::byte* a, const RepeatedRows<kRows>& rows, std::int64_t dots,
                           const std::byte* weights, std::int64_t step, std::int64_t* sums) {
  vec::Acc acc[kRows][kVectors];
  OCTET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) acc[r][v] = vec::splat_acc(0);
  }
  for (; dots > 0; --dots, a += kDotBytes<Dot>, weights += step) {
    add_group<Dot, std::int8_t>(a, rows, weights, acc);
  }
  OCTET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      vec::add_to_sums(sums + (r * kVectors + v) * vec::kLanes, acc[r][v]);
    }
  }
}

// A panel of `columns` columns, of which `used` exist.
struct Panel16x8 {
  const std::byte* data;
  int columns, used;

  OCTET_INLINE detail::Constants16x8 constants() const { return {data, columns}; }
  OCTET_INLINE const std::byte* elements() const {
    return data + detail::constants_bytes_16x8(columns);
  }
};

// kRows rows times kVectors vectors of columns from `column` on, of which `count` exist.
// row_sums: what each row adds, or a null pointer.
template <class Accumulator, class Dot, int kRows, int kVectors>
inline void multiply_16x8(const Plan16x8& plan, const std::byte* a, const RepeatedRows<kRows>& rows,
                          int row_count, const Panel16x8& panel, int column,
                          const std::int64_t* row_sums, std::int16_t* out) {
  constexpr int kWidth = kVectors * vec::kLanes;
  constexpr int kSums = kRows * kWidth;
  const detail::Constants16x8 constants = panel.constants();
  alignas(kAlignment) std::int64_t sums[kSums];
  for (int r = 0; r < kRows; ++r) {
    const std::int64_t of_row = row_sums == nullptr || r >= row_count ? 0 : row_sums[r];
    for (int c = 0; c < kWidth; ++c) sums[r * kWidth + c] = constants.start[column + c] + of_row;
  }
  const std::int64_t step = std::int64_t{panel.columns} * Dot::kDepth;
  const std::byte* weights = panel.elements() + column * Dot::kDepth;
  const std::int64_t groups = (plan.k + Dot::kDepth - 1) / Dot::kDepth;
  for (std::int64_t g = 0; g < groups; g += kExactDots<Dot>) {
    const std::int64_t dots = groups - g < kExactDots<Dot> ? groups - g : kExactDots<Dot>;
    add_dots<Dot, kRows, kVectors>(a, rows, dots, weights, step, sums);
    a += dots * kDotBytes<Dot>;
    weights += dots * step;
  }
  const int count = panel.used - column < kWidth ? panel.used - column : kWidth;
  const OutputOfSums<Accumulator> output{constants, plan.range};
  for (int r = 0; r < row_count; ++r, out += plan.output_stride) {
    const std::int64_t* const of_row = sums + r * kWidth;
    if (count == kWidth) {
      for (int c = 0; c < kWidth; c += vec::kLanes) {
        vec::narrow(out + c, output.vector(of_row + c, column + c));
      }
      continue;
    }
    for (int c = 0; c < count; ++c) {
      out[c] = static_cast<std::int16_t>(output.one(of_row[c], column + c));
    }
  }
}

// kRows rows, or as many as there are, times a panel.
template <class Accumulator, class Dot, int kRows>
inline void multiply_panel_16x8(const Plan16x8& plan, const std::byte* a, std::int64_t stride,
                                int row_count, const Panel16x8& panel, const std::int64_t* row_sums,
                                std::int16_t* out) {
  const RepeatedRows<kRows> rows(stride, row_count);
  constexpr int kWhole = vec::kMicroVectors * vec::kLanes;
  if (panel.columns == kWhole) {
    return multiply_16x8<Accumulator, Dot, kRows, vec::kMicroVectors>(plan, a, rows, row_count,
                                                                      panel, 0, row_sums, out);
  }
  for (int column = 0; column < panel.columns; column += vec::kLanes) {
    multiply_16x8<Accumulator, Dot, kRows, 1>(plan, a, rows, row_count, panel, column, row_sums,
                                              out + column);
  }
}

// `count` rows `stride` bytes apart times all panels of a task.
template <class Accumulator, class Dot>
inline void multiply_rows_16x8(const Plan16x8& plan, const GemmTask& task, const std::byte* a,
                               std::int64_t stride, int count, std::int16_t* out) {
  constexpr int kRows = vec::kMicroRows, kWhole = vec::kMicroVectors * vec::kLanes;
  const std::int64_t depth = detail::round_up(plan.k, Dot::kDepth);
  const std::byte* packed = task.packed;
  for (std::int64_t j = 0; j < task.n; j += kWhole) {
    const auto used = static_cast<int>(task.n - j < kWhole ? task.n - j : kWhole);
    const auto columns = static_cast<int>(detail::round_up(used, vec::kLanes));
    const Panel16x8 panel{packed, columns, used};
    packed += detail::panel_bytes_16x8(depth, columns);
    for (int row = 0; row < count; row += kRows) {
      const int rows = count - row < kRows ? count - row : kRows;
      const std::byte* const first = a + row * stride;
      std::int64_t sums[kRows];
      if (plan.filter_zero_point != 0) {
        for (int r = 0; r < rows; ++r) {
          const auto* x = reinterpret_cast<const std::int16_t*>(first + r * stride);
          std::int64_t sum = 0;
          for (std::int64_t p = 0; p < plan.k; ++p) sum += x[p];
          sums[r] = -sum * plan.filter_zero_point;
        }
      }
      const std::int64_t* const row_sums = plan.filter_zero_point != 0 ? sums : nullptr;
      std::int16_t* const to = out + row * plan.output_stride + j;
      if (rows == 1) {
        multiply_panel_16x8<Accumulator, Dot, 1>(plan, first, stride, rows, panel, row_sums, to);
      } else {
        multiply_panel_16x8<Accumulator, Dot, kRows>(plan, first, stride, rows, panel, row_sums,
                                                     to);
      }
    }
  }
}

// Zeros behind a row, up to the depth of a dot product: the weights are zero there, but memory that
// nobody wrote is not to be read.
template <class Dot>
OCTET_INLINE void pad_row_16x8(std::int16_t* row, std::int64_t k) {
  for (std::int64_t i = k; i % Dot::kDepth != 0; ++i) row[i] = 0;
}

OCTET_INLINE void copy_16x8(std::int16_t* to, const std::int16_t* from, std::int64_t n) {
  std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(std::int16_t));
}
OCTET_INLINE void fill_16x8(std::int16_t* to, std::int32_t value, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<std::int16_t>(value);
}

// The window of output position `position`, [kh][kw][channels], with zero points outside the input.
inline void gather_window_16x8(const ConvolutionWindows& windows, const std::int16_t* input,
                               std::int64_t position, std::int16_t* out) {
  const std::int64_t channels = windows.channels, pixel = windows.input.c, width = windows.input.w;
  const std::int64_t taps = windows.filter.w;
  const std::int64_t x = position % windows.out_w * windows.stride.w - windows.left;
  const std::int64_t oy = position / windows.out_w % windows.out_h;
  std::int64_t y = oy * windows.stride.h - windows.top;
  input += position / windows.out_w / windows.out_h * windows.input.h * width * pixel;
  for (std::int32_t ky = 0; ky < windows.filter.h; ++ky, y += windows.dilation.h) {
    if (y < 0 || y >= windows.input.h) {
      fill_16x8(out, windows.zero_point, taps * channels);
      out += taps * channels;
      continue;
    }
    const std::int16_t* const row = input + y * width * pixel;
    if (windows.dilation.w == 1 && channels == pixel && x >= 0 && x + taps <= width) {
      copy_16x8(out, row + x * pixel, taps * channels);
      out += taps * channels;
      continue;
    }
    for (std::int64_t kx = 0; kx < taps; ++kx, out += channels) {
      const std::int64_t column = x + kx * windows.dilation.w;
      if (column < 0 || column >= width) {
        fill_16x8(out, windows.zero_point, channels);
      } else {
        copy_16x8(out, row + column * pixel, channels);
      }
    }
  }
}

// The rows of a task, which gather(row, out) copies if they are not read in place.
template <class Accumulator, class Dot, class Gather>
OCTET_INLINE void multiply_task_16x8(const Plan16x8& plan, const GemmTask& task, Gather gather) {
  auto* out = static_cast<std::int16_t*>(task.output);
  for (std::int64_t i = 0; i < task.m;) {
    const std::int64_t left = task.m - i;
    const auto count = static_cast<int>(left < plan.block_rows ? left : plan.block_rows);
    const std::byte* a =
        reinterpret_cast<const std::byte*>(task.input) + (task.first_row + i) * plan.input_stride;
    std::int64_t stride = plan.input_stride;
    if (!plan.is_in_place) {
      for (int r = 0; r < count; ++r) {
        auto* const row = reinterpret_cast<std::int16_t*>(task.block + r * plan.block_stride);
        gather(task.first_row + i + r, row);
        pad_row_16x8<Dot>(row, plan.k);
      }
      a = task.block;
      stride = plan.block_stride;
    }
    multiply_rows_16x8<Accumulator, Dot>(plan, task, a, stride, count,
                                         out + i * plan.output_stride);
    i += count;
  }
}

template <class Accumulator>
inline void gemm_16x8(const Plan16x8& plan, const GemmTask& task) {
  multiply_task_16x8<Accumulator, Dot16x8>(plan, task, [&](std::int64_t row, std::int16_t* out) {
    const std::uint8_t* const from = task.input + row * plan.input_stride;
    std::memcpy(out, from, static_cast<std::size_t>(plan.k) * sizeof(std::int16_t));
  });
}

template <class Accumulator>
inline void conv2d_16x8(const Plan16x8& plan, const GemmTask& task) {
  if (plan.is_pointwise) return gemm_16x8<Accumulator>(plan, task);
  multiply_task_16x8<Accumulator, Dot16x8>(plan, task, [&](std::int64_t row, std::int16_t* out) {
    gather_window_16x8(plan.windows, reinterpret_cast<const std::int16_t*>(task.input), row, out);
  });
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
