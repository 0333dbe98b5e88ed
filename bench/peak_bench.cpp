// SPDX-License-Identifier: Apache-2.0
// peak/<instruction set>/<sequence>, of all instruction sets that the limit allows.
#include "peaks.hpp"

int main(int argc, char** argv) {
  using namespace octet_bench;
  const Isa& limit = limit_isa(argc, argv);
  for (const Isa& isa : kIsas) {
    if (allows(limit, isa.name)) register_peaks(isa.name);
  }
  return run(limit, argc, argv);
}
