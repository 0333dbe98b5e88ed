// SPDX-License-Identifier: Apache-2.0
// What products hand to their kernels: plain data, checked beforehand. A plan is what prepare works
// out, once; a task is what one run, or one part of a run, is to compute: memory, rows, columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "octet/detail/conv2d_blocking.hpp"
#include "octet/detail/depthwise_blocking.hpp"
#include "octet/detail/gemm_loop.hpp"
#include "octet/detail/layout.hpp"
#include "octet/detail/parts.hpp"
#include "octet/fixed_point.hpp"
#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// A matrix multiplication, or one of several alike: the matrices of a batch, which share their
// weights, or the groups of a convolution, which have panels of their own.
struct GemmPlan {
  std::int64_t m;
  std::int32_t n, k;
  std::int32_t filter_zero_point;  // 0: no row sums needed
  OutputRange range;
  Epilogue epilogue;
  GemmLoop loop;                   // for users; kernels look at the rows of their task
  bool is_signed;                  // the activations, where they are read as they are
  bool is_in_place;                // rows of the input need no packing
  std::int64_t input_stride;       // bytes between rows of the input, where it is a matrix
  std::int64_t output_stride;      // elements
  std::int64_t block_stride;       // as GemmBlocking says
  std::int32_t block_rows;         // a multiple of the rows of the micro-kernel
  const std::byte* packed;         // panels of weights; a whole one has
  std::int32_t panel_columns;      // so many columns,
  bool has_lowest_weight;          // of which some may be -128,
  std::int64_t panel_bytes;        // and bytes
  std::int64_t batch_input;        // elements from one matrix to the next of a batch,
  std::int64_t batch_output;       // of the input and of the output
  std::int64_t conv_group_input;   // elements from one group to the next,
  std::int64_t conv_group_packed;  // and bytes of its panels
};

// Some rows and some whole panels of columns of it. Each row of the input is a row of a matrix,
// `input_stride` apart, or the window of a position of the output (ConvolutionWindows).
struct GemmTask {
  std::int64_t m;
  std::int32_t n;
  const std::byte* packed;    // the first panel
  const std::uint8_t* input;  // all rows, also those before the first one of this task
  std::int64_t first_row;
  void* output;
  std::byte* block;  // scratch memory, as GemmBlocking says
};

// Rows of a matrix, `stride` bytes apart.
struct MatrixView {
  const std::uint8_t* data;
  std::int64_t stride;
  std::int32_t k;
  bool is_signed;
};

// Rows of the matrix that a convolution multiplies with its filter: row (n * out_h + oy) * out_w +
// ox holds the window of output position (oy, ox), [kh][kw][channels]. It is never stored as a
// whole.
struct ConvolutionWindows {
  ShapeNhwc input;
  std::int32_t out_h, out_w;
  Extent2d filter, stride, dilation;
  std::int32_t top, left;
  std::int32_t channels;    // of one group
  std::int32_t zero_point;  // in the domain of the target
};

struct Conv2dPlan : GemmPlan {
  bool is_pointwise;  // the input itself is the matrix
  ConvolutionWindows windows;
  Conv2dBlocking staging;
};

// Packs rows [first, first + count) of the input into `block`, `stride` bytes apart, zero filled up
// to the depth of a dot product of vectors; what lies behind stays as it is.
using GatherRows = void (*)(const GemmPlan& plan, const std::uint8_t* input, std::int64_t first,
                            int count, std::byte* block, std::int64_t stride);

// A depthwise convolution, or a part of it: the output rows `rows`, those of all images counted on,
// and channels [first_channel, last_channel).
struct DepthwiseExtents {
  ShapeNhwc input_shape;
  std::int32_t out_h, out_w;
  std::int32_t channels;  // of the output
  PartRange rows;
  std::int32_t first_channel, last_channel;
  std::int32_t depth_multiplier;
  Extent2d stride, dilation;
  std::int32_t top, left;
  const std::byte* packed;  // one panel for each block of channels
  OutputRange range;
};

struct DepthwiseTask : DepthwiseExtents {
  const std::uint8_t* input;
  bool has_lowest_weight;  // of the weights some may be -128
  Epilogue epilogue;
  bool is_signed;
  std::uint8_t zero_point;  // the byte that stands for it in the input
  void* output;
  DepthwiseBlocking blocking;
  std::uint8_t* zero_pixel;  // zero points, as many as vectors may read
  std::byte* staged;         // interleaved cells
};

}  // namespace octet::inline OCTET_BASELINE
