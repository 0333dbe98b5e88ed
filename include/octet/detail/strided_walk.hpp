// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE::detail {

// Visits the elements of a strided tensor in row-major order: position() is where the current one
// lies, advance() goes to the next and from the last back to the first.
class StridedWalk {
 public:
  // Adds the next dimension, from the outermost to the innermost.
  constexpr void add_dimension(std::int64_t extent, std::int64_t stride) {
    extent_[rank_] = extent;
    stride_[rank_] = stride;
    ++rank_;
  }

  constexpr std::int64_t count() const {
    std::int64_t product = 1;
    for (std::int32_t d = 0; d < rank_; ++d) product *= extent_[d];
    return product;
  }

  constexpr std::int64_t position() const { return position_; }

  constexpr void advance() {
    for (std::int32_t d = rank_ - 1; d >= 0; --d) {
      position_ += stride_[d];
      if (++index_[d] < extent_[d]) return;
      position_ -= extent_[d] * stride_[d];
      index_[d] = 0;
    }
  }

 private:
  std::int32_t rank_ = 0;
  std::int64_t position_ = 0;
  std::int64_t extent_[kMaxRank] = {};
  std::int64_t stride_[kMaxRank] = {};
  std::int64_t index_[kMaxRank] = {};
};

}  // namespace octet::inline OCTET_BASELINE::detail
