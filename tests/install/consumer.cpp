// SPDX-License-Identifier: Apache-2.0
// A program outside of octet's tree: succeeds if a kernel of the installed headers can be asked.
#include <octet/gemm.hpp>
#include <octet/version.hpp>

int main() {
  const octet::GemmParams params{.m = 4, .n = 16, .k = 32};
  return octet::Gemm<std::int8_t>::packed_bytes(params) > 0 ? 0 : 1;
}
