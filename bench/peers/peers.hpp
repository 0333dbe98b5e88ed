// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "peers/peer.hpp"

namespace octet_bench {

// The libraries that were found when the benchmarks were built.
inline const std::vector<Peer>& peers() {
  static const std::vector<Peer> found = {
#ifdef OCTET_BENCH_ONEDNN
      onednn(),
#endif
#ifdef OCTET_BENCH_OPENBLAS
      openblas(),
#endif
  };
  return found;
}

}  // namespace octet_bench
