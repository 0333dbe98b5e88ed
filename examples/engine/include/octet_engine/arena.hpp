// SPDX-License-Identifier: Apache-2.0
// Places the tensors of a graph in one block of memory, so that tensors which are never live at the
// same time share bytes.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "octet/types.hpp"

namespace octet_engine {

// The least multiple of octet::kAlignment that holds so many bytes.
constexpr std::size_t align(std::size_t bytes) {
  return (bytes + octet::kAlignment - 1) / octet::kAlignment * octet::kAlignment;
}

// A tensor's size and the steps, both inclusive, during which its bytes must be kept.
struct Lifetime {
  std::size_t bytes = 0;
  std::size_t first = 0;
  std::size_t last = 0;
};

struct ArenaPlan {
  std::vector<std::size_t> offsets;  // of each tensor, multiples of octet::kAlignment
  std::size_t bytes = 0;             // of the whole block
};

// Greedy by size: from the largest to the smallest, each tensor goes to the lowest offset at which
// it meets no tensor placed before it whose lifetime overlaps its own; above all of them where it
// has more than 256 such neighbours. That bounds the time to n log n.
ArenaPlan plan_arena(std::span<const Lifetime> lifetimes);

}  // namespace octet_engine
