// SPDX-License-Identifier: Apache-2.0
// What a prepared and bound operation hands to its kernel: plain data, checked beforehand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "octet/detail/conv2d_blocking.hpp"
#include "octet/detail/depthwise_blocking.hpp"
#include "octet/detail/layout.hpp"
#include "octet/detail/parts.hpp"
#include "octet/fixed_point.hpp"
#include "octet/types.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// Rows of a matrix, `stride` bytes apart.
struct MatrixRows {
  const std::uint8_t* data;
  std::int64_t stride;
  std::int32_t k;
  bool is_signed;
};

// Rows of the matrix that a convolution multiplies with its filter: row (n * out_h + oy) * out_w +
// ox holds the window of output position (oy, ox), [kh][kw][channels]. It is never stored as a
// whole.
struct ConvolutionRows {
  const std::uint8_t* data;  // first channel of the group
  ShapeNhwc input;
  std::int32_t out_h, out_w;
  Extent2d filter, stride, dilation;
  std::int32_t top, left;
  std::int32_t channels;    // of one group
  std::int32_t zero_point;  // in the domain of the target
  bool is_signed;
};

// Packs rows [first, first + count) into `block`, `stride` bytes apart, zero filled up to the depth
// of a dot product of vectors; what lies behind stays as it is.
using GatherRows = void (*)(const void* source, std::int64_t first, int count, std::byte* block,
                            std::int64_t stride);

// A part of a multiplication is a task too: fewer rows of the same source, fewer panels, another
// place in c.
struct GemmTask {
  std::int64_t m;
  std::int32_t n, k;
  const std::byte* packed;    // panels
  std::int32_t b_zero_point;  // 0: no row sums needed
  OutputRange range;
  Epilogue epilogue;
  void* c;
  std::int64_t c_stride;         // elements
  GatherRows gather;             // packs rows of the source; a null pointer: it is MatrixRows
  const std::byte* in_place;     // rows that need no packing, or a null pointer
  std::int64_t in_place_stride;  // bytes
  std::byte* block;              // as GemmBlocking says
  std::int64_t block_stride;
  std::int32_t block_rows;  // a multiple of the tile's rows
  std::int64_t first_row;   // of the source; those before belong to other parts
  bool is_signed;           // the activations, where they are read as they are
};

// One target's entry in the table of matrix multiplications.
struct GemmKernel {
  Layout layout;
  void (*run)(const GemmTask&, const void* rows);  // MatrixRows, or what task.gather reads
  // Another one for products that are too small for it, if there is. A flag tells, because g++ 12
  // with -fsanitize=undefined takes no comparison of such a pointer for constant.
  bool has_small = false;
  const GemmKernel* small = nullptr;
};

// One target's entry in the table of convolutions, beside the GemmKernel that does the arithmetic.
struct ConvolutionKernel {
  GatherRows gather;  // of ConvolutionRows
  void (*run_staged)(const GemmTask&, const ConvolutionRows&, const Conv2dBlocking&);
  bool has_small = false;  // as GemmKernel
  const ConvolutionKernel* small = nullptr;
};

// A part of it is a task too.
struct DepthwiseTask {
  const std::uint8_t* input;
  ShapeNhwc input_shape;
  std::int32_t out_h, out_w;
  std::int32_t channels;  // of the output
  PartRange rows;         // of the output, those of all images counted on; others, and channels
                          // outside [first_channel, last_channel), belong to other parts
  std::int32_t first_channel, last_channel;
  std::int32_t depth_multiplier;
  Extent2d stride, dilation;
  std::int32_t top, left;
  const std::byte* packed;  // one panel for each block of channels
  OutputRange range;
  Epilogue epilogue;
  bool is_signed;
  std::uint8_t zero_point;  // the byte that stands for it in the input
  void* output;
  DepthwiseBlocking blocking;
  std::uint8_t* zero_pixel;  // zero points, as many as vectors may read
  std::byte* staged;         // interleaved cells
};

struct DepthwiseKernel {
  Layout layout;
  void (*run)(const DepthwiseTask&);
};

}  // namespace OCTET_BASELINE
}  // namespace octet
