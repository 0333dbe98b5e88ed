// SPDX-License-Identifier: Apache-2.0
// gemm/<library>[:<backend>]/<types>/<M>x<N>x<K>
#include "octet/gemm.hpp"

#include "peaks.hpp"
#include "register_layer.hpp"
#include "shapes.hpp"

int main(int argc, char** argv) {
  using namespace octet_bench;
  const Contest contest(argc, argv);
  register_peaks(contest.isa.name);
  register_layers<octet::Gemm<std::int8_t>>(contest, "gemm", kGemmShapes, &Peer::gemm);
  return run(contest, argc, argv);
}
