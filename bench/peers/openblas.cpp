// SPDX-License-Identifier: Apache-2.0
// OpenBLAS: sgemm, the fp32 baseline.
#include <cblas.h>

#include "peers/peer.hpp"

namespace octet_bench {
namespace {

Call gemm(const octet::GemmParams& p, const Fp32Operands& o) {
  if (p.m == 1) {
    return [o, n = p.n, k = p.k] {
      cblas_sgemv(CblasRowMajor, CblasTrans, k, n, 1, o.weights, n, o.input, 1, 0, o.output, 1);
    };
  }
  return [o, m = p.m, n = p.n, k = p.k] {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, o.input, k, o.weights, n, 0,
                o.output, n);
  };
}

}  // namespace

Peer openblas() {
  openblas_set_num_threads(1);
  const std::string config = openblas_get_config();  // "OpenBLAS 0.3.21 NO_LAPACKE ..."
  const std::size_t name_and_version = config.find(' ', config.find(' ') + 1);
  return {.name = "openblas",
          .version = config.substr(0, name_and_version) + " (" + openblas_get_corename() + ")",
          .gemm = {.fp32 = gemm}};
}

}  // namespace octet_bench
