// SPDX-License-Identifier: Apache-2.0
// Eigen chooses its kernels by compiler options, so its product is compiled once for each
// instruction set.
#pragma once

namespace octet_bench {

// c = a b; row-major, c: m x n, b: k x n
using EigenProduct = void(int m, int n, int k, const float* a, const float* b, float* c);

namespace sse41 {
EigenProduct eigen_product;
}
namespace avx2 {
EigenProduct eigen_product;
}
namespace avx512vnni {
EigenProduct eigen_product;
}

}  // namespace octet_bench
