// SPDX-License-Identifier: Apache-2.0
// oneDNN 2: int8 and fp32 primitives. The environment variable ONEDNN_MAX_CPU_ISA limits the
// instruction set (limit_isa); the peer's name tells what is in effect.
#include <dlfcn.h>

#include <dnnl.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

#include "peers/peer.hpp"

namespace octet_bench {

#if DNNL_VERSION_MAJOR == 2

namespace {

using dnnl::memory;
using Dims = memory::dims;
using Tag = memory::format_tag;
using Type = memory::data_type;

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

// A tensor as the caller holds it. oneDNN only writes to destinations.
memory wrap(const Dims& dims, Type type, Tag tag, const void* data) {
  return {{dims, type, tag}, engine(), const_cast<void*>(data)};
}

// A primitive with its arguments, executed through the C interface: the C++ one builds the list of
// arguments anew in every call.
class Execution {
 public:
  Execution(dnnl::primitive primitive, std::vector<std::pair<int, memory>> arguments)
      : primitive_(std::move(primitive)), stream_(engine()), memories_(std::move(arguments)) {
    for (const auto& [argument, tensor] : memories_) {
      arguments_.push_back({argument, tensor.get()});
    }
  }

  void operator()() const {
    const dnnl_status_t status = dnnl_primitive_execute(
        primitive_.get(), stream_.get(), static_cast<int>(arguments_.size()), arguments_.data());
    if (status != dnnl_success) throw std::runtime_error("dnnl_primitive_execute failed");
  }

 private:
  dnnl::primitive primitive_;
  dnnl::stream stream_;
  std::vector<std::pair<int, memory>> memories_;
  std::vector<dnnl_exec_arg_t> arguments_;
};

// The weights in the layout that the primitive has chosen, with the sums it needs for zero points.
memory pack(memory weights, const memory::desc& layout) {
  memory packed(layout, engine());
  dnnl::stream stream(engine());
  dnnl::reorder(weights, packed).execute(stream, weights, packed);
  stream.wait();
  return packed;
}

// out = scale[channel] * acc + zero point; channels are the second dimension of every destination.
dnnl::primitive_attr quantization(std::int32_t input_zero_point, const octet::OutputStage& output,
                                  std::span<const float> scale) {
  dnnl::primitive_attr attributes;
  attributes.set_output_scales(1 << 1, {scale.begin(), scale.end()});
  attributes.set_zero_points(DNNL_ARG_SRC, 0, {input_zero_point});
  attributes.set_zero_points(DNNL_ARG_DST, 0, {output.zero_point});
  return attributes;
}

Call gemm_int8(const octet::GemmParams& p, const Int8Operands& operands) {
  const memory a = wrap({p.m, p.k}, Type::s8, Tag::ab, operands.input);
  const memory b = wrap({p.k, p.n}, Type::s8, Tag::ab, operands.weights);
  const memory bias = wrap({1, p.n}, Type::s32, Tag::ab, operands.bias);
  const memory c = wrap({p.m, p.n}, Type::s8, Tag::ab, operands.output);
  const dnnl::matmul::desc product(a.get_desc(), {{p.k, p.n}, Type::s8, Tag::any}, bias.get_desc(),
                                   c.get_desc());
  const dnnl::matmul::primitive_desc chosen(
      product, quantization(p.input.zero_point, p.output, operands.scale), engine());
  return Execution(dnnl::matmul(chosen), {{DNNL_ARG_SRC, a},
                                          {DNNL_ARG_WEIGHTS, pack(b, chosen.weights_desc())},
                                          {DNNL_ARG_BIAS, bias},
                                          {DNNL_ARG_DST, c}});
}

Call gemm_fp32(const octet::GemmParams& p, const Fp32Operands& operands) {
  const memory a = wrap({p.m, p.k}, Type::f32, Tag::ab, operands.input);
  const memory b = wrap({p.k, p.n}, Type::f32, Tag::ab, operands.weights);
  const memory c = wrap({p.m, p.n}, Type::f32, Tag::ab, operands.output);
  const dnnl::matmul::primitive_desc chosen(
      dnnl::matmul::desc(a.get_desc(), {{p.k, p.n}, Type::f32, Tag::any}, c.get_desc()), engine());
  return Execution(
      dnnl::matmul(chosen),
      {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, pack(b, chosen.weights_desc())}, {DNNL_ARG_DST, c}});
}

// A convolution in oneDNN's terms: logical dimensions N, C, H, W in an order of memory of their
// own.
struct Geometry {
  Dims input, weights, output, stride, dilation, before, after;
  Tag weights_tag;
};

template <class Params>
Geometry geometry(const Params& p, const Dims& weights, Tag weights_tag) {
  const octet::ShapeNhwc out = octet::output_shape(p);
  return {.input = {p.input.shape.n, p.input.shape.c, p.input.shape.h, p.input.shape.w},
          .weights = weights,
          .output = {out.n, out.c, out.h, out.w},
          .stride = {p.stride.h, p.stride.w},
          .dilation = {p.dilation.h - 1, p.dilation.w - 1},
          .before = {p.padding.top, p.padding.left},
          .after = {p.padding.bottom, p.padding.right},
          .weights_tag = weights_tag};
}

Geometry geometry(const octet::Conv2dParams& p) {
  return geometry(p, {p.filter.o, p.filter.i, p.filter.h, p.filter.w}, Tag::ohwi);
}

Geometry geometry(const octet::DepthwiseConv2dParams& p) {
  return geometry(p, {p.input.shape.c, p.depth_multiplier, 1, p.filter.h, p.filter.w}, Tag::hwigo);
}

constexpr auto kForward = dnnl::prop_kind::forward_inference;
constexpr auto kDirect = dnnl::algorithm::convolution_direct;

template <class Params>
Call convolution_int8(const Params& p, const Int8Operands& operands) {
  const Geometry g = geometry(p);
  const memory input = wrap(g.input, Type::s8, Tag::nhwc, operands.input);
  const memory weights = wrap(g.weights, Type::s8, g.weights_tag, operands.weights);
  const memory bias = wrap({g.output[1]}, Type::s32, Tag::a, operands.bias);
  const memory output = wrap(g.output, Type::s8, Tag::nhwc, operands.output);
  const dnnl::convolution_forward::desc convolution(
      kForward, kDirect, input.get_desc(), {g.weights, Type::s8, Tag::any}, bias.get_desc(),
      output.get_desc(), g.stride, g.dilation, g.before, g.after);
  const dnnl::convolution_forward::primitive_desc chosen(
      convolution, quantization(p.input.zero_point, p.output, operands.scale), engine());
  return Execution(dnnl::convolution_forward(chosen),
                   {{DNNL_ARG_SRC, input},
                    {DNNL_ARG_WEIGHTS, pack(weights, chosen.weights_desc())},
                    {DNNL_ARG_BIAS, bias},
                    {DNNL_ARG_DST, output}});
}

template <class Params>
Call convolution_fp32(const Params& p, const Fp32Operands& operands) {
  const Geometry g = geometry(p);
  const memory input = wrap(g.input, Type::f32, Tag::nhwc, operands.input);
  const memory weights = wrap(g.weights, Type::f32, g.weights_tag, operands.weights);
  const memory output = wrap(g.output, Type::f32, Tag::nhwc, operands.output);
  const dnnl::convolution_forward::desc convolution(
      kForward, kDirect, input.get_desc(), {g.weights, Type::f32, Tag::any}, output.get_desc(),
      g.stride, g.dilation, g.before, g.after);
  const dnnl::convolution_forward::primitive_desc chosen(convolution, engine());
  return Execution(dnnl::convolution_forward(chosen),
                   {{DNNL_ARG_SRC, input},
                    {DNNL_ARG_WEIGHTS, pack(weights, chosen.weights_desc())},
                    {DNNL_ARG_DST, output}});
}

// In octet's names where both know the instruction set.
std::string instruction_set() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41: return ":sse41";
    case dnnl::cpu_isa::avx: return ":avx";
    case dnnl::cpu_isa::avx2: return ":avx2";
    case dnnl::cpu_isa::avx2_vnni: return ":avxvnni";
    case dnnl::cpu_isa::avx512_mic: return ":avx512mic";
    case dnnl::cpu_isa::avx512_mic_4ops: return ":avx512mic_4ops";
    case dnnl::cpu_isa::avx512_core: return ":avx512";
    case dnnl::cpu_isa::avx512_core_vnni: return ":avx512vnni";
    case dnnl::cpu_isa::avx512_core_bf16: return ":avx512bf16";
    case dnnl::cpu_isa::avx512_core_amx: return ":amx_int8";
    case dnnl::cpu_isa::all: return "";
  }
  return "";
}

}  // namespace

// oneDNN has no function for its number of threads. Its usual threading runtime, OpenMP, does, but
// which OpenMP library it loads is known at run time only.
void onednn_use_threads(int threads) {
  if (void* const function = dlsym(RTLD_DEFAULT, "omp_set_num_threads")) {
    reinterpret_cast<void (*)(int)>(function)(threads);
  }
}

Peer onednn() {
  onednn_use_threads(1);
  const dnnl_version_t& version = *dnnl_version();
  return {.name = "onednn" + instruction_set(),
          .version = "oneDNN " + std::to_string(version.major) + "." +
                     std::to_string(version.minor) + "." + std::to_string(version.patch),
          .gemm = {.int8 = gemm_int8, .fp32 = gemm_fp32},
          .conv2d = {.int8 = convolution_int8<octet::Conv2dParams>,
                     .fp32 = convolution_fp32<octet::Conv2dParams>},
          .depthwise_conv2d = {.int8 = convolution_int8<octet::DepthwiseConv2dParams>,
                               .fp32 = convolution_fp32<octet::DepthwiseConv2dParams>}};
}

#else

// Version 3 has another interface, which this adapter does not speak: it offers nothing.
Peer onednn() { return {.name = "onednn"}; }
void onednn_use_threads(int) {}

#endif

}  // namespace octet_bench
