// SPDX-License-Identifier: Apache-2.0
#include "peers/eigen_kernel.hpp"

#include <Eigen/Core>

namespace octet_bench::OCTET_BENCH_ISA {

void eigen_product(int m, int n, int k, const float* a, const float* b, float* c) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const Matrix> right(b, k, n);
  if (m == 1) {  // which type says it, so that Eigen multiplies a vector
    const Eigen::Map<const Eigen::RowVectorXf> left(a, k);
    Eigen::Map<Eigen::RowVectorXf>(c, n).noalias() = left * right;
  } else {
    const Eigen::Map<const Matrix> left(a, m, k);
    Eigen::Map<Matrix>(c, m, n).noalias() = left * right;
  }
}

}  // namespace octet_bench::OCTET_BENCH_ISA
