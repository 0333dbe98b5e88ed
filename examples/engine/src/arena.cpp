// SPDX-License-Identifier: Apache-2.0
#include "octet_engine/arena.hpp"

#include <algorithm>
#include <numeric>

#include "octet/types.hpp"

namespace octet_engine {

namespace {

std::size_t align(std::size_t bytes) {
  return (bytes + octet::kAlignment - 1) / octet::kAlignment * octet::kAlignment;
}

bool overlap(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

}  // namespace

ArenaPlan plan_arena(std::span<const Lifetime> lifetimes) {
  std::vector<std::size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{},
                           [&](std::size_t i) { return lifetimes[i].bytes; });

  ArenaPlan plan{.offsets = std::vector<std::size_t>(lifetimes.size())};
  std::vector<std::size_t> placed;  // by offset
  for (const std::size_t next : order) {
    if (lifetimes[next].bytes == 0) break;
    std::size_t offset = 0;
    for (const std::size_t other : placed) {
      if (!overlap(lifetimes[next], lifetimes[other])) continue;
      if (offset + lifetimes[next].bytes <= plan.offsets[other]) break;
      offset = std::max(offset, align(plan.offsets[other] + lifetimes[other].bytes));
    }
    plan.offsets[next] = offset;
    plan.bytes = std::max(plan.bytes, align(offset + lifetimes[next].bytes));
    placed.insert(std::ranges::upper_bound(placed, offset, {},
                                           [&](std::size_t i) { return plan.offsets[i]; }),
                  next);
  }
  return plan;
}

}  // namespace octet_engine
