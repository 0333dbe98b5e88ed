// SPDX-License-Identifier: Apache-2.0
// What a library must offer to be measured beside octet. An adapter fills in one Peer; all of them
// use one thread, pack weights while they prepare, and throw what their library throws.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "isa.hpp"
#include "octet/reference.hpp"

namespace octet_bench {

// The timed part: everything it needs is prepared.
using Call = std::function<void()>;

// Layouts and formula as octet's operation of these parameters, but out = scale[channel] * acc in
// the library's own rounding. Everything stays in place as long as the call is used.
template <class T>
struct QuantizedOperands {
  const T* input;
  const T* weights;
  const std::int32_t* bias;
  std::span<const float> scale;  // one for each output channel
  T* output;
};
using Int8Operands = QuantizedOperands<std::int8_t>;
// For libraries of unsigned values: all values, and both zero points of the parameters, are larger
// by this, which is the zero point of the weights.
inline constexpr std::int32_t kUnsignedOffset = 128;
using Uint8Operands = QuantizedOperands<std::uint8_t>;

// Sums of products alone.
struct Fp32Operands {
  const float* input;
  const float* weights;
  float* output;
};

template <class Params>
using PrepareInt8 = Call (*)(const Params&, const Int8Operands&);
template <class Params>
using PrepareUint8 = Call (*)(const Params&, const Uint8Operands&);
template <class Params>
using PrepareFp32 = Call (*)(const Params&, const Fp32Operands&);

// Null where the library has no such operation.
template <class Params>
struct PeerOperation {
  PrepareInt8<Params> int8 = nullptr;
  PrepareUint8<Params> uint8 = nullptr;
  PrepareFp32<Params> fp32 = nullptr;
};

struct Peer {
  std::string name = {};     // "openblas", "onednn:avx512vnni"
  std::string version = {};  // "OpenBLAS 0.3.21 (SkylakeX)"
  PeerOperation<octet::GemmParams> gemm = {};
  PeerOperation<octet::Conv2dParams> conv2d = {};
  PeerOperation<octet::DepthwiseConv2dParams> depthwise_conv2d = {};
};

// The adapters, each in the file of its name. Calling one limits its library to one thread, and to
// the instruction set given where limit_isa() has not done so.
Peer openblas();
Peer onednn();
Peer xnnpack(const Isa& isa);
Peer gemmlowp(const Isa& isa);
Peer eigen(const Isa& isa);

// The threads of the calls that oneDNN prepares from now on.
void onednn_use_threads(int threads);

}  // namespace octet_bench
