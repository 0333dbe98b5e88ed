// SPDX-License-Identifier: Apache-2.0
// The body of both checks, without include guard: OCTET_ODR_CHECK names the function.
#include <array>
#include <cstddef>
#include <cstdint>

#include "check.hpp"
#include "octet/gemm.hpp"

// A product whose result is known without another implementation: every row of a is 1, 2, ... k,
// every column j of b is j + 1, so that the accumulator is (j + 1) * k * (k + 1) / 2.
int OCTET_ODR_CHECK() {
  constexpr std::int32_t m = 5, n = 37, k = 19;
  std::array<std::int8_t, m * k> a;
  std::array<std::int8_t, k * n> b;
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<std::int8_t>(i % k + 1);
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<std::int8_t>(i % n + 1);

  using Gemm = octet::Gemm<std::int8_t, std::int32_t>;
  const octet::GemmParams params{.m = m, .n = n, .k = k};
  alignas(octet::kAlignment) static std::byte packed[1 << 16], scratch[1 << 16];
  const auto gemm = Gemm::prepare(params, b, {}, packed);
  if (!gemm) return 1;
  std::array<std::int32_t, m * n> c{};
  const auto bound = gemm->bind(a, c, scratch);
  if (!bound) return 1;
  bound->run();

  int wrong = 0;
  for (std::size_t i = 0; i < c.size(); ++i) {
    const std::int32_t column = static_cast<std::int32_t>(i) % n;
    wrong += c[i] != (column + 1) * k * (k + 1) / 2;
  }
  return wrong;
}
