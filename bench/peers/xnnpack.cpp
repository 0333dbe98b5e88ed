// SPDX-License-Identifier: Apache-2.0
// XNNPACK: int8 convolutions with one scale for each channel. Matrix products are 1x1 convolutions:
// its fully connected operator of this generation has one scale for all channels. XNNPACK chooses
// its kernels by what cpuinfo reports, so masking that report limits the instruction set.
#include <cpuinfo.h>
#include <xnnpack.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "array.hpp"
#include "peers/peer.hpp"
#include "peers/transpose.hpp"

namespace octet_bench {
namespace {

void check(xnn_status status, const char* function) {
  if (status != xnn_status_success) {
    throw std::runtime_error(std::string(function) + " failed: " + std::to_string(status));
  }
}

struct Delete {
  void operator()(xnn_operator_t op) const { xnn_delete_operator(op); }
};

// A convolution with what XNNPACK requires of its memory: inputs can be read past their end.
class Convolution {
 public:
  template <class Params>
  Convolution(const Params& p, std::int32_t group_inputs, std::int32_t group_outputs,
              std::uint32_t flags, const Int8Operands& operands)
      : input_(p.input.shape.size() + XNN_EXTRA_BYTES) {
    std::copy_n(operands.input, p.input.shape.size(), input_.data());
    const auto unsign = [](std::int32_t x) { return static_cast<std::uint32_t>(x); };
    const auto size = [](std::int32_t x) { return static_cast<std::size_t>(x); };
    const std::int32_t groups = p.input.shape.c / group_inputs;
    xnn_operator_t op = nullptr;
    check(xnn_create_convolution2d_nhwc_qc8(
              unsign(p.padding.top), unsign(p.padding.right), unsign(p.padding.bottom),
              unsign(p.padding.left), unsign(p.filter.h), unsign(p.filter.w), unsign(p.stride.h),
              unsign(p.stride.w), unsign(p.dilation.h), unsign(p.dilation.w), unsign(groups),
              size(group_inputs), size(group_outputs), size(p.input.shape.c),
              size(groups * group_outputs), static_cast<std::int8_t>(p.input.zero_point), 1,
              operands.scale.data(), operands.weights, operands.bias,
              static_cast<std::int8_t>(p.output.zero_point), 1,
              std::numeric_limits<std::int8_t>::min(), std::numeric_limits<std::int8_t>::max(),
              flags, &op),
          "xnn_create_convolution2d_nhwc_qc8");
    operator_.reset(op);
    check(xnn_setup_convolution2d_nhwc_qc8(op, size(p.input.shape.n), size(p.input.shape.h),
                                           size(p.input.shape.w), input_.data(), operands.output,
                                           nullptr),
          "xnn_setup_convolution2d_nhwc_qc8");
  }

  void run() const { check(xnn_run_operator(operator_.get(), nullptr), "xnn_run_operator"); }

 private:
  Array<std::int8_t> input_;
  std::unique_ptr<std::remove_pointer_t<xnn_operator_t>, Delete> operator_;
};

template <class Params>
Call call(const Params& p, std::int32_t group_inputs, std::int32_t group_outputs,
          std::uint32_t flags, const Int8Operands& operands) {
  const auto convolution =
      std::make_shared<const Convolution>(p, group_inputs, group_outputs, flags, operands);
  return [convolution] { convolution->run(); };
}

Call conv2d(const octet::Conv2dParams& p, const Int8Operands& operands) {
  return call(p, p.filter.i, p.filter.o / (p.input.shape.c / p.filter.i), 0, operands);
}

Call depthwise_conv2d(const octet::DepthwiseConv2dParams& p, const Int8Operands& operands) {
  return call(p, 1, p.depth_multiplier, XNN_FLAG_DEPTHWISE_CONVOLUTION, operands);
}

Call gemm(const octet::GemmParams& p, const Int8Operands& operands) {
  const std::vector<std::int8_t> filters = transpose(operands.weights, p.k, p.n);
  Int8Operands transposed = operands;
  transposed.weights = filters.data();
  return conv2d({.input = {{1, p.m, 1, p.k}, p.input.zero_point},
                 .filter = {p.n, 1, 1, p.k},
                 .output = p.output},
                transposed);
}

// The name of the best kernels that are left.
std::string limit(const Isa& isa) {
  if (!allows(isa, "avx512vnni")) cpuinfo_isa.avx512f = false;
  if (!allows(isa, "avx2")) {
    cpuinfo_isa.avx2 = cpuinfo_isa.avx = cpuinfo_isa.fma3 = cpuinfo_isa.xop = false;
  }
  if (cpuinfo_has_x86_avx512f()) return ":avx512";
  return cpuinfo_has_x86_avx2() ? ":avx2" : ":sse41";
}

}  // namespace

Peer xnnpack(const Isa& isa) {
  if (!cpuinfo_initialize()) return {.name = "xnnpack"};
  const std::string kernels = limit(isa);
  check(xnn_initialize(nullptr), "xnn_initialize");
  return {.name = "xnnpack" + kernels,
          .version = "XNNPACK of 2022 (matrix products as 1x1 convolutions, no VNNI kernels)",
          .gemm = {.int8 = gemm},
          .conv2d = {.int8 = conv2d},
          .depthwise_conv2d = {.int8 = depthwise_conv2d}};
}

}  // namespace octet_bench
