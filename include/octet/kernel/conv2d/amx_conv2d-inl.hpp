// SPDX-License-Identifier: Apache-2.0
// Convolutions with tile registers: the rows of conv2d-inl.hpp for the blocks of
// gemm_matrix-inl.hpp. Included inside the region of a target that has them.

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

// Bytes are copied as they are, which is what the target of vectors does to unsigned ones.
inline ConvolutionRows as_they_are(const void* source) {
  ConvolutionRows rows = *static_cast<const ConvolutionRows*>(source);
  rows.is_signed = false;
  return rows;
}

inline void gather_windows(const void* source, std::int64_t first, int count, std::byte* block,
                           std::int64_t stride) {
  const ConvolutionRows rows = as_they_are(source);
  gather_convolution(&rows, first, count, block, stride);
}

template <class Out>
inline void convolve_staged_matrix(const GemmTask& task, const ConvolutionRows& source,
                                   const Conv2dBlocking& blocking) {
  Blocks<Out> blocks(task, source.out_w);
  stage_blocks(task, as_they_are(&source), blocking, sizeof(Out),
               [&](const RowBlock& rows, std::byte* c) { blocks.multiply(rows, c); });
  blocks.finish();
}

template <class Out>
inline constexpr ConvolutionKernel kConvolutionKernel{gather_windows, convolve_staged_matrix<Out>,
                                                      true, &vectors::kConvolutionKernel<Out>};

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
