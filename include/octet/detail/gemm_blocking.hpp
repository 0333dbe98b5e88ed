// SPDX-License-Identifier: Apache-2.0
// How a matrix multiplication is cut into blocks of rows, and the scratch memory that takes.
#pragma once

#include "octet/detail/layout.hpp"
#include "octet/detail/product_tuning.hpp"

namespace octet::inline OCTET_BASELINE::detail {

OCTET_INLINE constexpr std::int64_t block_bytes(const Layout& layout) {
  return cached_bytes(layout.lanes, layout.multiplies_matrices() ? kMatrixBlockBytes : kBlockBytes);
}

struct GemmBlocking {
  std::int64_t stride;  // bytes between the rows of a block
  std::int64_t rows;    // a multiple of the tile's rows

  OCTET_INLINE constexpr std::size_t scratch_bytes() const {
    const auto sums = static_cast<std::int64_t>(sizeof(std::int32_t)) * rows;
    return memory_size(round_up(sums_offset() + sums, kAlignment));
  }
  // Where the sums of the rows lie, behind the rows.
  OCTET_INLINE constexpr std::int64_t sums_offset() const {
    return round_up(rows * stride, kAlignment);
  }
};

// Short rows lie one after the other, so that a dense matrix is copied as one row. The stride of
// longer ones is an odd number of cache lines, so that the rows of a tile never compete for the
// same sets of the first level cache.
//
// Every block needs all weights once more, so there are as many blocks as come nearest to
// block_bytes: one has up to half as much again, and whole tiles of that.
OCTET_INLINE constexpr GemmBlocking gemm_blocking(const Layout& layout, std::int64_t m,
                                                  std::int64_t k) {
  constexpr std::int64_t line = kAlignment;
  const std::int64_t bytes = round_up(k, layout.depth_unit) * layout.element_bytes();
  const std::int64_t stride = bytes <= 4 * line ? bytes : ((bytes + line - 1) / line | 1) * line;
  const std::int64_t fitting = block_bytes(layout) / stride / layout.micro_rows * layout.micro_rows;
  const std::int64_t wanted = fitting < layout.micro_rows ? layout.micro_rows : fitting;
  const std::int64_t blocks = m < wanted ? 1 : (m + wanted / 2) / wanted;
  return {stride, round_up((m + blocks - 1) / blocks, layout.micro_rows)};
}

// Whether a product of m x n x k is too small for a kernel of tile registers.
OCTET_INLINE constexpr bool is_small_matrix_product(std::int64_t m, std::int64_t n,
                                                    std::int64_t k) {
  return m == 1 || k < kLeastMatrixDepth ||
         (m * n < kLeastMatrixProduct && m * n * k < kLeastMatrixProduct);
}

// Whether a product is left to the kernel for small ones.
OCTET_INLINE constexpr bool is_small_product(const ProductLayouts& layouts, std::int64_t m,
                                             std::int64_t n, std::int64_t k) {
  if (!layouts.has_small) return false;
  return layouts.large.multiplies_matrices() ? is_small_matrix_product(m, n, k)
                                             : m < kLeastWideRows;
}

}  // namespace octet::inline OCTET_BASELINE::detail
