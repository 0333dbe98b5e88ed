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
#ifdef OCTET_BENCH_XNNPACK
      xnnpack(isa),
#endif
#ifdef OCTET_BENCH_GEMMLOWP
      gemmlowp(isa),
#endif
#ifdef OCTET_BENCH_OPENBLAS
      openblas(),
#endif
#ifdef OCTET_BENCH_EIGEN
      eigen(isa),
#endif
  };
}

}  // namespace octet_bench
