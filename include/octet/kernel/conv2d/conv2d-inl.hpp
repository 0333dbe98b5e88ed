// SPDX-License-Identifier: Apache-2.0
// The rows that a convolution multiplies with its filter. Included inside the region of each
// target. The convolution itself is the matrix multiplication of gemm-inl.hpp: its rows are
// gathered block by block, straight from the input, or the input is staged (Conv2dBlocking).

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

inline void fill_row(vec::Packed* out, std::int64_t n, std::int32_t value) {
  if constexpr (sizeof(vec::Packed) == 1) {
    std::memset(out, value, static_cast<std::size_t>(n));
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i] = static_cast<vec::Packed>(value);
  }
}

// One row of the filter's window: filter.w positions of `channels` values, zero points where the
// window leaves the input. `row` is the input's row, `x` the column of the first position.
inline void gather_window_row(const ConvolutionRows& rows, const std::uint8_t* row, std::int64_t x,
                              vec::Packed* out) {
  const std::int64_t channels = rows.channels, pixel = rows.input.c;
  const std::int64_t width = rows.input.w, taps = rows.filter.w;
  if (rows.dilation.w == 1 && channels == pixel) {
    // Neighbouring positions are neighbours in memory: one run, and padding on either side.
    const std::int64_t first = x < 0 ? (-x < taps ? -x : taps) : 0;
    const std::int64_t room = width - x;
    const std::int64_t last = room < first ? first : room < taps ? room : taps;
    if (first > 0) fill_row(out, first * channels, rows.zero_point);
    if (last > first) {
      pack_row(out + first * channels, row + (x + first) * pixel, (last - first) * channels,
               rows.is_signed);
    }
    if (last < taps) fill_row(out + last * channels, (taps - last) * channels, rows.zero_point);
    return;
  }
  for (std::int64_t kx = 0; kx < taps; ++kx, x += rows.dilation.w, out += channels) {
    if (x < 0 || x >= width) {
      fill_row(out, channels, rows.zero_point);
    } else {
      pack_row(out, row + x * pixel, channels, rows.is_signed);
    }
  }
}

inline void gather_convolution(const void* source, std::int64_t first, int count, std::byte* block,
                               std::int64_t stride) {
  const auto& rows = *static_cast<const ConvolutionRows*>(source);
  const std::int64_t window_row = std::int64_t{rows.filter.w} * rows.channels;
  const std::int64_t input_row = std::int64_t{rows.input.w} * rows.input.c;
  auto ox = static_cast<std::int32_t>(first % rows.out_w);
  auto oy = static_cast<std::int32_t>(first / rows.out_w % rows.out_h);
  std::int64_t n = first / rows.out_w / rows.out_h;
  for (int r = 0; r < count; ++r, block += stride) {
    auto* out = reinterpret_cast<vec::Packed*>(block);
    const std::int64_t x = std::int64_t{ox} * rows.stride.w - rows.left;
    std::int64_t y = std::int64_t{oy} * rows.stride.h - rows.top;
    for (std::int32_t ky = 0; ky < rows.filter.h; ++ky, y += rows.dilation.h, out += window_row) {
      if (y < 0 || y >= rows.input.h) {
        fill_row(out, window_row, rows.zero_point);
      } else {
        gather_window_row(rows, rows.data + (n * rows.input.h + y) * input_row, x, out);
      }
    }
    pad_row(reinterpret_cast<vec::Packed*>(block), rows.filter.h * window_row);
    if (++ox == rows.out_w) {
      ox = 0;
      if (++oy == rows.out_h) {
        oy = 0;
        ++n;
      }
    }
  }
}

// Writes the staged row of input row `row`, or of padding if that is null.
inline void stage_row(const ConvolutionRows& rows, const std::uint8_t* row, std::int64_t pixels,
                      vec::Packed* out) {
  const std::int64_t channels = rows.channels;
  const std::int64_t left = rows.left < pixels ? rows.left : pixels;
  const std::int64_t room = pixels - left;
  const std::int64_t inside = row == nullptr ? 0 : rows.input.w < room ? rows.input.w : room;
  fill_row(out, (inside == 0 ? pixels : left) * channels, rows.zero_point);
  if (inside == 0) return;
  pack_row(out + left * channels, row, inside * channels, rows.is_signed);
  fill_row(out + (left + inside) * channels, (room - inside) * channels, rows.zero_point);
}

// Stages the input for blocks of output rows, one run of a RowBlock each: multiply(block, c). The
// outputs are that many bytes each.
template <class Multiply>
inline void stage_blocks(const GemmTask& task, const ConvolutionRows& rows,
                         const Conv2dBlocking& blocking, int bytes, Multiply multiply) {
  constexpr std::int64_t kElement = sizeof(vec::Packed);
  const std::int64_t pixel = rows.channels * kElement, pixels = blocking.row_bytes / pixel;
  const std::int64_t input_row = std::int64_t{rows.input.w} * rows.input.c;
  auto* c = static_cast<std::byte*>(task.c);
  const std::int64_t behind = blocking.bytes - blocking.input_rows * blocking.row_bytes;
  const std::int64_t first_row = task.first_row / rows.out_w;
  const PartRange output_rows{first_row, first_row + task.m / rows.out_w};
  for (std::int32_t n = 0; n < rows.input.n; ++n) {
    const std::uint8_t* const image = rows.data + std::int64_t{n} * rows.input.h * input_row;
    const PartRange part = detail::within(output_rows, std::int64_t{n} * rows.out_h, rows.out_h);
    for (std::int64_t oy = part.first; oy < part.last; oy += blocking.output_rows) {
      const std::int64_t rest = part.last - oy;
      const int runs = rest < blocking.output_rows ? static_cast<int>(rest) : blocking.output_rows;
      const std::int64_t window = (rows.filter.h - 1) * std::int64_t{rows.dilation.h} + 1;
      const std::int64_t needed = (runs - 1) * std::int64_t{rows.stride.h} + window;
      for (std::int64_t i = 0; i < needed; ++i) {
        const std::int64_t y = oy * rows.stride.h - rows.top + i;
        stage_row(rows, y >= 0 && y < rows.input.h ? image + y * input_row : nullptr, pixels,
                  reinterpret_cast<vec::Packed*>(task.block + i * blocking.row_bytes));
      }
      // What lies behind the last row is multiplied by zeros, or ends up in rows that nobody
      // stores.
      std::memset(task.block + needed * blocking.row_bytes, 0, static_cast<std::size_t>(behind));
      const std::int64_t c_run_step = rows.out_w * task.c_stride * bytes;
      multiply(RowBlock{.a = task.block,
                        .a_stride = rows.stride.w * pixel,
                        .rows = rows.out_w,
                        .segments = rows.filter.h,
                        .segment_step = rows.dilation.h * blocking.row_bytes,
                        .runs = runs,
                        .a_run_step = rows.stride.h * blocking.row_bytes,
                        .c_run_step = c_run_step},
               c);
      c += runs * c_run_step;
    }
  }
}

// The convolution of a staged input.
inline void convolve(const GemmTask& task, const ConvolutionRows& rows,
                     const Conv2dBlocking& blocking, const TileKernels& kernels) {
  Multiplication multiplication(task, kernels);
  stage_blocks(task, rows, blocking, kernels.output_bytes,
               [&](const RowBlock& block, std::byte* c) { multiplication.multiply(block, c); });
  multiplication.finish();
}

template <class Out, class Weight>
inline void convolve_staged(const GemmTask& task, const ConvolutionRows& rows,
                            const Conv2dBlocking& blocking) {
  static constexpr TileKernels kKernels = tile_kernels<Out, Weight>();
  convolve(task, rows, blocking, kKernels);
}

template <class Out>
inline constexpr ConvolutionKernel kByteConvolutionKernel{gather_convolution,
                                                          convolve_staged<Out, std::int8_t>};
template <class Out>
inline constexpr ConvolutionKernel kConvolutionKernel{gather_convolution,
                                                      convolve_staged<Out, WideWeight>,
                                                      kWidensWeights, &kByteConvolutionKernel<Out>};

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
