// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace octet_bench {

// The columns of a row-major matrix one after the other: weights as convolutions hold them.
template <class T>
std::vector<T> transpose(const T* matrix, std::int32_t rows, std::int32_t columns) {
  std::vector<T> transposed;
  transposed.reserve(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  for (std::int32_t j = 0; j < columns; ++j) {
    for (std::int64_t i = 0; i < rows; ++i) transposed.push_back(matrix[i * columns + j]);
  }
  return transposed;
}

}  // namespace octet_bench
