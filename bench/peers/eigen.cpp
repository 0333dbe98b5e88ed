// SPDX-License-Identifier: Apache-2.0
// Eigen: an fp32 product that every C++ program can have. It packs both matrices in every call.
#include <Eigen/src/Core/util/Macros.h>

#include <string>

#include "peers/eigen_kernel.hpp"
#include "peers/peer.hpp"

namespace octet_bench {
namespace {

template <EigenProduct* kProduct>
Call gemm(const octet::GemmParams& p, const Fp32Operands& o) {
  return [=, m = p.m, n = p.n, k = p.k] { kProduct(m, n, k, o.input, o.weights, o.output); };
}

}  // namespace

Peer eigen(const Isa& isa) {
  Peer peer{.name = "eigen:sse41",
            .version = "Eigen " + std::to_string(EIGEN_WORLD_VERSION) + "." +
                       std::to_string(EIGEN_MAJOR_VERSION) + "." +
                       std::to_string(EIGEN_MINOR_VERSION),
            .gemm = {.fp32 = gemm<sse41::eigen_product>}};
  if (allows(isa, "avx512vnni")) {
    peer.name = "eigen:avx512";
    peer.gemm.fp32 = gemm<avx512vnni::eigen_product>;
  } else if (allows(isa, "avx2")) {
    peer.name = "eigen:avx2";
    peer.gemm.fp32 = gemm<avx2::eigen_product>;
  }
  return peer;
}

}  // namespace octet_bench
