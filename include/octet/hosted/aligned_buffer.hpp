// SPDX-License-Identifier: Apache-2.0
// An owner of memory for packed weights and scratch, for systems that have a heap.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>

#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// `bytes` bytes, not initialized, aligned to kAlignment. Movable, not copyable.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t bytes)
      : data_(static_cast<std::byte*>(::operator new (bytes, std::align_val_t{kAlignment}))),
        bytes_(bytes) {}

  std::span<std::byte> span() { return {data_.get(), data_ == nullptr ? 0 : bytes_}; }

 private:
  struct Delete {
    void operator()(std::byte* data) const {
      ::operator delete (data, std::align_val_t{kAlignment});
    }
  };

  std::unique_ptr<std::byte[], Delete> data_;
  std::size_t bytes_ = 0;
};

}  // namespace octet::inline OCTET_BASELINE
