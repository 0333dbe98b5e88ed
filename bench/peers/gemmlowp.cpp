// SPDX-License-Identifier: Apache-2.0
// gemmlowp: uint8 products in fixed point. It has no interface to pack weights before.
#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "peers/gemmlowp_kernel.hpp"
#include "peers/peer.hpp"
#include "peers/transpose.hpp"

namespace octet_bench {
namespace {

using Product = void(const GemmlowpTask&);

struct Operation {
  std::vector<std::uint8_t> weights;
  std::vector<std::int32_t> multiplier;
  GemmlowpTask task;
};

// The multipliers for one shift for all channels, that of the largest of them.
std::vector<std::int32_t> multipliers(const octet::OutputStage& output, std::int32_t shift) {
  std::vector<std::int32_t> multiplier;
  for (std::size_t i = 0; i < output.multiplier.size(); ++i) {
    multiplier.push_back(output.multiplier[i] >> std::min(shift - output.shift[i], 31));
  }
  return multiplier;
}

template <Product* kProduct>
Call gemm(const octet::GemmParams& p, const Uint8Operands& o) {
  const std::int32_t shift = *std::max_element(p.output.shift.begin(), p.output.shift.end());
  if (shift > 0) throw std::invalid_argument("gemmlowp: a scale above 1");
  const auto operation = std::make_shared<Operation>();
  operation->weights = transpose(o.weights, p.k, p.n);
  operation->multiplier = multipliers(p.output, shift);
  operation->task = {.rows = p.m,
                     .channels = p.n,
                     .depth = p.k,
                     .input = o.input,
                     .weights = operation->weights.data(),
                     .input_zero_point = p.input.zero_point,
                     .weights_zero_point = kUnsignedOffset,
                     .bias = o.bias,
                     .multiplier = operation->multiplier.data(),
                     .right_shift = -shift,
                     .output_zero_point = p.output.zero_point,
                     .output = o.output};
  return [operation] { kProduct(operation->task); };
}

}  // namespace

Peer gemmlowp(const Isa& isa) {
  Peer peer{.name = "gemmlowp:sse41",
            .version = "gemmlowp",
            .gemm = {.uint8 = gemm<sse41::gemmlowp_product>}};
  if (allows(isa, "avx2")) {
    peer.name = "gemmlowp:avx2";
    peer.gemm.uint8 = gemm<avx2::gemmlowp_product>;
  }
  return peer;
}

}  // namespace octet_bench
