// SPDX-License-Identifier: Apache-2.0
#include "octet_engine/arena.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

namespace octet_engine {

namespace {

// The tensors placed so far, asked for those whose lifetimes overlap a given one: a tree over all
// tensors in the order of their first steps, with the latest last step below each node.
class Placed {
 public:
  explicit Placed(std::span<const Lifetime> lifetimes)
      : lifetimes_(lifetimes), by_first_(lifetimes.size()), leaf_of_(lifetimes.size()) {
    std::iota(by_first_.begin(), by_first_.end(), std::size_t{0});
    std::ranges::sort(by_first_, {}, [&](std::size_t i) { return lifetimes[i].first; });
    for (std::size_t leaf = 0; leaf < by_first_.size(); ++leaf) leaf_of_[by_first_[leaf]] = leaf;
    end_.resize(2 * leaves());
  }

  void add(std::size_t tensor) {
    const std::size_t end = lifetimes_[tensor].last + 1;
    for (std::size_t node = leaves() + leaf_of_[tensor]; node > 0; node /= 2) {
      end_[node] = std::max(end_[node], end);
    }
  }

  // Sets `neighbours` to those that overlap, or returns false if they are more than `most`.
  bool find(const Lifetime& lifetime, std::size_t most,
            std::vector<std::size_t>& neighbours) const {
    neighbours.clear();
    const auto begun = std::ranges::upper_bound(by_first_, lifetime.last, {},
                                                [&](std::size_t i) { return lifetimes_[i].first; });
    const Query query{lifetime.first, static_cast<std::size_t>(begun - by_first_.begin()), most};
    return end_.empty() || collect(query, 1, 0, leaves(), neighbours);
  }

 private:
  struct Query {
    std::size_t first;   // step that a lifetime must reach
    std::size_t leaves;  // those that begin early enough
    std::size_t most;
  };

  std::size_t leaves() const { return std::bit_ceil(by_first_.size()); }

  bool collect(const Query& query, std::size_t node, std::size_t begin, std::size_t size,
               std::vector<std::size_t>& neighbours) const {
    if (begin >= query.leaves || end_[node] <= query.first) return true;
    if (size == 1) {
      neighbours.push_back(by_first_[begin]);
      return neighbours.size() <= query.most;
    }
    return collect(query, 2 * node, begin, size / 2, neighbours) &&
           collect(query, 2 * node + 1, begin + size / 2, size / 2, neighbours);
  }

  std::span<const Lifetime> lifetimes_;
  std::vector<std::size_t> by_first_;
  std::vector<std::size_t> leaf_of_;
  std::vector<std::size_t> end_;  // by node, 1 the root: one behind the last step; 0 where empty
};

}  // namespace

ArenaPlan plan_arena(std::span<const Lifetime> lifetimes) {
  constexpr std::size_t kMostNeighbours = 256;
  std::vector<std::size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // Not std::stable_sort: libstdc++ 12 has it call what clang 19 calls deprecated.
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return lifetimes[a].bytes != lifetimes[b].bytes ? lifetimes[a].bytes > lifetimes[b].bytes
                                                    : a < b;
  });

  ArenaPlan plan{.offsets = std::vector<std::size_t>(lifetimes.size())};
  Placed placed(lifetimes);
  std::vector<std::size_t> neighbours;
  for (const std::size_t next : order) {
    if (lifetimes[next].bytes == 0) break;
    std::size_t offset = 0;
    if (placed.find(lifetimes[next], kMostNeighbours, neighbours)) {
      std::ranges::sort(neighbours, {}, [&](std::size_t i) { return plan.offsets[i]; });
      for (const std::size_t other : neighbours) {
        if (offset + lifetimes[next].bytes <= plan.offsets[other]) break;
        offset = std::max(offset, align(plan.offsets[other] + lifetimes[other].bytes));
      }
    } else {
      offset = plan.bytes;
    }
    plan.offsets[next] = offset;
    plan.bytes = std::max(plan.bytes, align(offset + lifetimes[next].bytes));
    placed.add(next);
  }
  return plan;
}

}  // namespace octet_engine
