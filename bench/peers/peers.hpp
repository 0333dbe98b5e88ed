// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "isa.hpp"
#include "peers/peer.hpp"

namespace octet_bench {

// The libraries that were found when the benchmarks were built, limited to `isa`.
inline std::vector<Peer> find_peers([[maybe_unused]] const Isa& isa) {
  return {
#ifdef OCTET_BENCH_ONEDNN
      onednn(),
#endif
#ifdef OCTET_BENCH_OPENBLAS
      openblas(),
#endif
  };
}

}  // namespace octet_bench
