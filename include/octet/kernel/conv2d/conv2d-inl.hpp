// SPDX-License-Identifier: Apache-2.0
// The rows that a convolution multiplies with its filter. Included inside the region of each
// target. The convolution itself is the matrix multiplication of gemm-inl.hpp: its rows are
// gathered block by block, straight from the input, or the input is staged (Conv2dBlocking).

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/gemm/gemm-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

inline void fill_row(MatrixDot::Packed* out, std::int64_t n, std::int32_t value) {
  if constexpr (sizeof(MatrixDot::Packed) == 1) {
    std::memset(out, value, static_cast<std::size_t>(n));
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<MatrixDot::Packed>(value);
  }
}

// One row of the filter's window: filter.w positions of `channels` values, zero points where the
// window leaves the input. `row` is the input's row, `x` the column of the first position.
inline void gather_window_row(const ConvolutionWindows& windows, bool is_signed,
                              const std::uint8_t* row, std::int64_t x, MatrixDot::Packed* out) {
  const std::int64_t channels = windows.channels, pixel = windows.input.c;
  const std::int64_t width = windows.input.w, taps = windows.filter.w;
  if (windows.dilation.w == 1 && channels == pixel) {
    // Neighbouring positions are neighbours in memory: one run, and padding on either side.
    const std::int64_t first = x < 0 ? (-x < taps ? -x : taps) : 0;
    const std::int64_t room = width - x;
    const std::int64_t last = room < first ? first : room < taps ? room : taps;
    if (first > 0) fill_row(out, first * channels, windows.zero_point);
    if (last > first) {
      pack_row(out + first * channels, row + (x + first) * pixel, (last - first) * channels,
               is_signed);
    }
    if (last < taps) fill_row(out + last * channels, (taps - last) * channels, windows.zero_point);
    return;
  }
  for (std::int64_t kx = 0; kx < taps; ++kx, x += windows.dilation.w, out += channels) {
    if (x < 0 || x >= width) {
      fill_row(out, channels, windows.zero_point);
    } else {
      pack_row(out, row + x * pixel, channels, is_signed);
    }
  }
}

// As GatherRows.
inline void gather_windows(const ConvolutionWindows& windows, bool is_signed,
                           const std::uint8_t* input, std::int64_t first, int count,
                           std::byte* block, std::int64_t stride) {
  const std::int64_t window_row = std::int64_t{windows.filter.w} * windows.channels;
  const std::int64_t input_row = std::int64_t{windows.input.w} * windows.input.c;
  // Rows of the filter's window that are copied as they are, where they lie inside the input.
  const bool may_be_copied = kCopiesBytes && window_row >= kBytesStep && windows.dilation.w == 1 &&
                             windows.channels == windows.input.c;
  auto ox = static_cast<std::int32_t>(first % windows.out_w);
  auto oy = static_cast<std::int32_t>(first / windows.out_w % windows.out_h);
  std::int64_t n = first / windows.out_w / windows.out_h;
  for (int r = 0; r < count; ++r, block += stride) {
    auto* out = reinterpret_cast<MatrixDot::Packed*>(block);
    const std::int64_t x = std::int64_t{ox} * windows.stride.w - windows.left;
    std::int64_t y = std::int64_t{oy} * windows.stride.h - windows.top;
    const bool is_copied = may_be_copied && x >= 0 && x + windows.filter.w <= windows.input.w;
    for (std::int32_t ky = 0; ky < windows.filter.h;
         ++ky, y += windows.dilation.h, out += window_row) {
      if (y < 0 || y >= windows.input.h) {
        fill_row(out, window_row, windows.zero_point);
      } else {
        const std::uint8_t* const row = input + (n * windows.input.h + y) * input_row;
        if (is_copied) {
          copy_vectors(out, row + x * windows.channels, window_row, is_signed);
        } else {
          gather_window_row(windows, is_signed, row, x, out);
        }
      }
    }
    pad_row(reinterpret_cast<MatrixDot::Packed*>(block), windows.filter.h * window_row);
    if (++ox == windows.out_w) {
      ox = 0;
      if (++oy == windows.out_h) {
        oy = 0;
        ++n;
      }
    }
  }
}

// Writes the staged row of input row `row`, or of padding if that is null.
inline void stage_row(const ConvolutionWindows& windows, bool is_signed, const std::uint8_t* row,
                      std::int64_t pixels, MatrixDot::Packed* out) {
  const std::int64_t channels = windows.channels;
  const std::int64_t left = windows.left < pixels ? windows.left : pixels;
  const std::int64_t room = pixels - left;
  const std::int64_t inside = row == nullptr ? 0 : windows.input.w < room ? windows.input.w : room;
  fill_row(out, (inside == 0 ? pixels : left) * channels, windows.zero_point);
  if (inside == 0) return;
  pack_row(out + left * channels, row, inside * channels, is_signed);
  fill_row(out + (left + inside) * channels, (room - inside) * channels, windows.zero_point);
}

// Stages the input for blocks of output rows, one run of an LhsBlock each: multiply(block, output).
// The outputs are that many bytes each.
template <class Multiply>
inline void stage_blocks(const Conv2dPlan& plan, const GemmTask& task, bool is_signed, int bytes,
                         Multiply multiply) {
  const ConvolutionWindows& windows = plan.windows;
  const Conv2dBlocking& blocking = plan.staging;
  constexpr std::int64_t kElement = sizeof(MatrixDot::Packed);
  const std::int64_t pixel = windows.channels * kElement, pixels = blocking.row_bytes / pixel;
  const std::int64_t input_row = std::int64_t{windows.input.w} * windows.input.c;
  auto* output = static_cast<std::byte*>(task.output);
  const std::int64_t behind = blocking.bytes - blocking.input_rows * blocking.row_bytes;
  const std::int64_t first_row = task.first_row / windows.out_w;
  const PartRange output_rows{first_row, first_row + task.m / windows.out_w};
  for (std::int32_t n = 0; n < windows.input.n; ++n) {
    const std::uint8_t* const image = task.input + std::int64_t{n} * windows.input.h * input_row;
    const PartRange part =
        detail::within(output_rows, std::int64_t{n} * windows.out_h, windows.out_h);
    for (std::int64_t oy = part.first; oy < part.last; oy += blocking.output_rows) {
      const std::int64_t rest = part.last - oy;
      const int runs = rest < blocking.output_rows ? static_cast<int>(rest) : blocking.output_rows;
      const std::int64_t window = (windows.filter.h - 1) * std::int64_t{windows.dilation.h} + 1;
      const std::int64_t needed = (runs - 1) * std::int64_t{windows.stride.h} + window;
      for (std::int64_t i = 0; i < needed; ++i) {
        const std::int64_t y = oy * windows.stride.h - windows.top + i;
        stage_row(windows, is_signed,
                  y >= 0 && y < windows.input.h ? image + y * input_row : nullptr, pixels,
                  reinterpret_cast<MatrixDot::Packed*>(task.block + i * blocking.row_bytes));
      }
      // What lies behind the last row is multiplied by zeros, or ends up in rows that nobody
      // stores.
      std::memset(task.block + needed * blocking.row_bytes, 0, static_cast<std::size_t>(behind));
      const std::int64_t output_run_step = windows.out_w * plan.output_stride * bytes;
      multiply(LhsBlock{.a = task.block,
                        .a_stride = windows.stride.w * pixel,
                        .rows = windows.out_w,
                        .segments = windows.filter.h,
                        .segment_step = windows.dilation.h * blocking.row_bytes,
                        .runs = runs,
                        .a_run_step = windows.stride.h * blocking.row_bytes,
                        .output_run_step = output_run_step},
               output);
      output += runs * output_run_step;
    }
  }
}

inline void gather_convolution(const GemmPlan& plan, const std::uint8_t* input, std::int64_t first,
                               int count, std::byte* block, std::int64_t stride) {
  const auto& windows = static_cast<const Conv2dPlan&>(plan).windows;
  gather_windows(windows, plan.is_signed, input, first, count, block, stride);
}

// The convolution of a staged input.
inline void convolve_staged(const Conv2dPlan& plan, const GemmTask& task,
                            const MicroKernels& kernels) {
  VectorLoops multiplication(plan, task, kernels, nullptr);
  stage_blocks(
      plan, task, plan.is_signed, kernels.output_bytes,
      [&](const LhsBlock& block, std::byte* output) { multiplication.multiply(block, output); });
  multiplication.finish();
}

template <class Out, class Weight>
inline void convolve(const Conv2dPlan& plan, const GemmTask& task) {
  static constexpr MicroKernels kKernels = micro_kernels<Out, Weight>();
  if (plan.is_pointwise) return multiply_matrix<Out, Weight>(plan, task);
  if (plan.staging.staged) return convolve_staged(plan, task, kKernels);
  multiply_rows(plan, task, gather_convolution, kKernels);
}

// The entries of this target in the tables of the operation.
template <class Out>
inline void conv2d(const Conv2dPlan& plan, const GemmTask& task) {
  if constexpr (kBoundsWeights<MatrixDot>) {
    if (!plan.has_lowest_weight) return convolve<Out, BoundedWeight>(plan, task);
  }
  convolve<Out, WideWeight>(plan, task);
}
template <class Out>
inline void conv2d_small(const Conv2dPlan& plan, const GemmTask& task) {
  convolve<Out, std::int8_t>(plan, task);
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
