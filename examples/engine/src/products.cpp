// SPDX-License-Identifier: Apache-2.0
// CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV and FULLY_CONNECTED, with constant weights and
// optional biases; BATCH_MATMUL and layers whose weights are computed.
#include <algorithm>

#include "checks.hpp"
#include "octet/batch_matmul.hpp"
#include "octet/conv2d.hpp"
#include "octet/depthwise_conv2d.hpp"
#include "octet/fully_connected.hpp"
#include "octet/transpose_conv2d.hpp"
#include "operators.hpp"
#include "products.hpp"
#include "scales.hpp"
#include "uint8_weights.hpp"
#include "window.hpp"

namespace octet_engine {

namespace {

// A prepared product and the memory of its weights.
template <class Product>
struct Packed {
  octet::Result<Product> product;
  octet::AlignedBuffer memory;
};

template <class Product, class Params, class Bias>
Expected<Packed<Product>> prepare_packed(const Node& node, const Params& params,
                                         const std::vector<std::int8_t>& filter,
                                         const std::vector<Bias>& bias) {
  const std::size_t packed_bytes = Product::packed_bytes(params, node.backend());
  if (packed_bytes > kMaxBytes) return node.unsupported("the weights take more than 2 GB");
  auto memory = allocate(packed_bytes, "packed weights");
  if (!memory) return node.refused(memory.error());
  auto product = Product::prepare(params, filter, bias, memory->span(), node.backend());
  if (!product) return node.refused(product.status());
  return Packed<Product>{std::move(product), std::move(*memory)};
}

template <class Bias>
std::vector<Bias> bias_of(const Node& node, const ProductInputs& inputs = {}) {
  if (!node.has_input(inputs.bias)) return {};
  return values_of<Bias>(node.input(inputs.bias));
}

// The operation with what profiles say of it. Each output element is a sum of `depth` products.
PreparedOrError with_numbers(const Node& node, PreparedOrError operation, std::int64_t depth,
                             std::size_t packed_bytes) {
  if (operation) {
    (*operation)->multiply_adds = node.output().shape.size() * depth;
    (*operation)->packed_bytes = packed_bytes;
  }
  return operation;
}

// Packs the weights of a product of activations T.
template <class Product, class T, class Params>
PreparedOrError pack(const Node& node, const Params& params, std::int64_t depth,
                     const std::vector<std::int8_t>& filter, const ProductInputs& inputs = {}) {
  auto packed =
      prepare_packed<Product>(node, params, filter, bias_of<typename Product::Bias>(node, inputs));
  if (!packed) return packed.error();
  const std::size_t bytes = packed->memory.span().size();
  const auto bind = [input = inputs.input](const Product& product, const Bindings& bindings) {
    return product.bind(bindings.input<T>(input), bindings.output<T>(0), bindings.scratch);
  };
  return with_numbers(node, finish(node, packed->product, bind, std::move(packed->memory)), depth,
                      bytes);
}

// The same of weights with nine bits: Sums gives the product's sums.
template <class Sums, class T, class Params>
PreparedOrError pack_nine_bits(const Node& node, const Params& params, std::int64_t depth,
                               const CenteredWeights& weights) {
  Params sums = params;
  sums.output = {};
  auto halves = prepare_packed<Sums>(node, sums, weights.halves, std::vector<std::int32_t>());
  if (!halves) return halves.error();
  auto rest = prepare_packed<Sums>(node, sums, weights.rest, bias_of<std::int32_t>(node));
  if (!rest) return rest.error();
  const octet::RequantizeParams output{
      .input = {.shape = node.output().shape},
      .output = {.zero_point = params.output.zero_point,
                 .rescale = {params.output.multiplier[0], params.output.shift[0]},
                 .min = params.output.min,
                 .max = params.output.max,
                 .rounding = params.output.rounding}};
  using NineBit = NineBitProduct<Sums, T, T>;
  const auto requantize = NineBit::Requantize::prepare(output, node.backend());
  if (!requantize) return node.refused(requantize.status());
  const std::size_t bytes = halves->memory.span().size() + rest->memory.span().size();
  std::unique_ptr<Operation> operation = std::make_unique<NineBit>(
      *halves->product, std::move(halves->memory), *rest->product, std::move(rest->memory),
      *requantize, static_cast<std::size_t>(node.output().shape.size()));
  return with_numbers(node, std::move(operation), 2 * depth, bytes);
}

// Older models: weights with a zero point, which fully connected layers take and others do not.
template <template <class, class, class> class Product, class Params>
PreparedOrError finish_uint8(const Node& node, const Params& params, std::int64_t depth) {
  using std::uint8_t, std::int32_t;
  using Narrow = Product<uint8_t, uint8_t, int32_t>;
  if (node.input(1).quantization.scales.size() != 1) {
    return node.unsupported("UINT8 weights have several scales");
  }
  if constexpr (requires { params.filter.zero_point; }) {
    Params lowered = params;
    lowered.filter.zero_point -= 128;
    return pack<Narrow, uint8_t>(node, lowered, depth, as_int8(node.input(1)));
  } else {
    const CenteredWeights weights = center(node.input(1));
    if (weights.fits_int8) return pack<Narrow, uint8_t>(node, params, depth, weights.rest);
    return pack_nine_bits<Product<uint8_t, int32_t, int32_t>, uint8_t>(node, params, depth,
                                                                       weights);
  }
}

// Of int8 weights and the type of the activations, int8 or int16.
template <template <class, class, class> class Product, class Params>
PreparedOrError finish_int8(const Node& node, const Params& params, std::int64_t depth,
                            const std::vector<std::int8_t>& filter, bool is_wide,
                            const ProductInputs& inputs = {}) {
  using std::int16_t, std::int32_t, std::int64_t, std::int8_t;
  if (node.input(inputs.input).type == TensorType::int8) {
    return pack<Product<int8_t, int8_t, int32_t>, int8_t>(node, params, depth, filter, inputs);
  }
  if (node.input(inputs.weights).type == TensorType::int4) {
    return node.unsupported("weights are INT4 where activations are INT16");
  }
  if (is_wide)
    return pack<Product<int16_t, int16_t, int64_t>, int16_t>(node, params, depth, filter, inputs);
  return pack<Product<int16_t, int16_t, int32_t>, int16_t>(node, params, depth, filter, inputs);
}

// Of the type of the activations.
template <template <class, class, class> class Product, class Params>
PreparedOrError finish_product(const Node& node, const Params& params, std::int64_t depth,
                               schema::TensorType sum_type = schema::TensorType_INT64,
                               const ProductInputs& inputs = {}) {
  const TensorType type = node.input(inputs.input).type;
  const Tensor& weights = node.input(inputs.weights);
  const bool is_wide = has_wide_sums(node, sum_type, inputs);
  if ((type == TensorType::uint8) != (weights.type == TensorType::uint8)) {
    return node.unsupported("the weights are " + to_string(weights.type) + ", the activations " +
                            to_string(type));
  }
  if (type != TensorType::int16 && node.has_input(inputs.bias) && is_wide) {
    return node.unsupported("the bias is INT64 instead of INT32");
  }
  if (type == TensorType::uint8) return finish_uint8<Product>(node, params, depth);
  return finish_int8<Product>(node, params, depth, weights_of(weights), is_wide, inputs);
}

// Products with constant matrices, each of which is packed once.
class ConstantMatrices final : public Operation {
 public:
  using Gemm = octet::Gemm<std::int8_t, std::int8_t, std::int32_t>;

  explicit ConstantMatrices(const octet::BatchMatmulParams& params) : params_(params) {
    rows_ = params.rows();
    batch1_ = octet::detail::batch_shape(params.input1.shape);
    batch2_ = octet::detail::batch_shape(params.input2.shape);
    // With one matrix all rows are those of one product.
    if (batch2_.size() == 1) {
      rows_ = static_cast<std::int32_t>(batch1_.size() * rows_);
      batch1_ = {};
    }
  }

  std::optional<Error> prepare(const Node& node) {
    const octet::BatchMatmulParams& p = params_;
    octet::GemmParams gemm = octet::detail::one_product(p);
    gemm.m = rows_;
    const std::vector<std::int8_t> values = values_of<std::int8_t>(node.input(1));
    const auto size = static_cast<std::ptrdiff_t>(p.depth()) * p.columns();
    for (auto from = values.begin(); from != values.end(); from += size) {
      auto packed = prepare_packed<Gemm>(node, gemm, std::vector<std::int8_t>(from, from + size),
                                         std::vector<std::int32_t>());
      if (!packed) return packed.error();
      packed_bytes += packed->memory.span().size();
      matrices_.push_back(std::move(*packed));
    }
    multiply_adds = node.output().shape.size() * p.depth();
    return std::nullopt;
  }

  std::size_t scratch_bytes() const override { return matrices_[0].product->scratch_bytes(); }
  octet::Status bind(const Bindings& bindings) override {
    bounds_.clear();
    const auto input = bindings.input<std::int8_t>(0);
    const auto output = bindings.output<std::int8_t>(0);
    const octet::Shape batches = octet::broadcast_shape(batch1_, batch2_);
    const auto size1 = static_cast<std::size_t>(rows_) * static_cast<std::size_t>(params_.depth());
    const auto size = static_cast<std::size_t>(rows_) * static_cast<std::size_t>(params_.columns());
    for (std::int64_t b = 0; b < batches.size(); ++b) {
      const auto place = [&](const octet::Shape& batch) {
        return static_cast<std::size_t>(octet::detail::batch_of(batch, batches, b));
      };
      const auto bound = matrices_[place(batch2_)].product->bind(
          input.subspan(place(batch1_) * size1, size1),
          output.subspan(static_cast<std::size_t>(b) * size, size), bindings.scratch);
      if (!bound) return bound.status();
      bounds_.push_back(*bound);
    }
    return {};
  }
  void run() const override {
    for (const Gemm::Bound& bound : bounds_) bound.run();
  }
  const char* backend() const override { return matrices_[0].product->backend().name; }

 private:
  octet::BatchMatmulParams params_;
  std::int32_t rows_;  // of one product
  octet::Shape batch1_, batch2_;
  std::vector<Packed<Gemm>> matrices_;
  std::vector<Gemm::Bound> bounds_;
};

// A product of two inputs.
PreparedOrError prepare_matrices(const Node& node, const octet::BatchMatmulParams& params) {
  return for_type<std::int8_t, std::int16_t>(node.input(0), [&]<class T>(T) -> PreparedOrError {
    const octet::Status status = octet::BatchMatmul<T>::validate(params);
    if (!status.ok()) return node.refused(status);
    if (auto error = check_output_size(node, output_shape(params).size())) return *error;
    if (sizeof(T) == 1 && node.input(1).is_constant() && !params.transposed1) {
      auto product = std::make_unique<ConstantMatrices>(params);
      if (auto error = product->prepare(node)) return *error;
      return std::unique_ptr<Operation>(std::move(product));
    }
    const auto bind = [](const auto& prepared, const Bindings& bindings) {
      return prepared.bind(bindings.input<T>(0), bindings.input<T>(1), bindings.output<T>(0),
                           bindings.scratch);
    };
    auto operation = finish(node, octet::BatchMatmul<T>::prepare(params, node.backend()), bind);
    if (operation) {
      (*operation)->multiply_adds = output_shape(params).size() * params.depth();
    }
    return operation;
  });
}

// A fully connected layer whose weights another operator computes: those have no bias.
PreparedOrError prepare_computed_weights(const Node& node, const octet::FullyConnectedParams& p) {
  const Tensor &input = node.input(0), &weights = node.input(1);
  if (input.type != TensorType::int8 || weights.type != TensorType::int8 ||
      weights.quantization.scales.size() != 1) {
    return node.unsupported("weights that are computed are not INT8 with one scale");
  }
  const bool has_bias = node.has_input(2) && std::ranges::any_of(node.input(2).data, [](auto byte) {
                          return byte != std::byte{0};
                        });
  if (has_bias) return node.unsupported("a bias is added to products of computed weights");
  return prepare_matrices(node, {.input1 = {{2, {p.batches, p.inputs}}, p.input.zero_point, {}},
                                 .input2 = {{2, {p.outputs, p.inputs}}, p.filter.zero_point, {}},
                                 .transposed2 = true,
                                 .output = {.zero_point = p.output.zero_point,
                                            .rescale = {p.output.multiplier[0], p.output.shift[0]},
                                            .min = p.output.min,
                                            .max = p.output.max,
                                            .rounding = p.output.rounding}});
}

}  // namespace

Expected<OutputScales> fully_connected_scales(const Node& node) {
  const auto activation = fused_activation<schema::FullyConnectedOptions>(node);
  if (!activation) return activation.error();
  if (node.input(1).quantization.scales.size() > 1) {
    return output_scales(node, 0, *activation, octet::convolution_multiplier);
  }
  if (auto error = check_bias_scale(node)) return *error;
  return output_scales(node, 0, *activation, octet::fully_connected_multiplier);
}

bool has_wide_sums(const Node& node, schema::TensorType sum_type, const ProductInputs& inputs) {
  return node.has_input(inputs.bias) ? node.input(inputs.bias).type == TensorType::int64
                                     : sum_type != schema::TensorType_INT32;
}

PreparedOrError prepare_conv2d(const Node& node) {
  const auto window = filter_window<schema::Conv2DOptions>(node);
  if (!window) return window.error();
  const auto scales = convolution_scales<schema::Conv2DOptions>(node, 0);
  if (!scales) return scales.error();
  const octet::Shape& filter = node.input(1).shape;
  const octet::Conv2dParams params{
      .input = nhwc_operand(node.input(0)),
      .filter = {filter.extent[0], filter.extent[1], filter.extent[2], filter.extent[3]},
      .stride = window->stride,
      .dilation = window->dilation,
      .padding = window->padding,
      .output = scales->stage(),
  };
  if (auto error = check_output_shape(node, output_shape(params))) return *error;
  return finish_product<octet::Conv2d>(
      node, params, params.filter.size() / params.filter.o,
      node.options<schema::Conv2DOptions>()->quantized_bias_type());
}

PreparedOrError prepare_depthwise_conv2d(const Node& node) {
  const octet::NhwcOperand input = nhwc_operand(node.input(0));
  const octet::Shape& filter = node.input(1).shape;
  if (filter.extent[0] != 1 || filter.extent[3] % input.shape.c != 0) {
    return node.invalid("the filter has shape " + to_string(filter) + " instead of 1 x rows x " +
                        "columns x a multiple of " + std::to_string(input.shape.c));
  }
  const auto window = filter_window<schema::DepthwiseConv2DOptions>(node);
  if (!window) return window.error();
  const auto scales = convolution_scales<schema::DepthwiseConv2DOptions>(node, 3);
  if (!scales) return scales.error();
  const octet::DepthwiseConv2dParams params{
      .input = input,
      .filter = window->extent,
      .depth_multiplier = filter.extent[3] / input.shape.c,
      .stride = window->stride,
      .dilation = window->dilation,
      .padding = window->padding,
      .output = scales->stage(),
  };
  if (auto error = check_output_shape(node, output_shape(params))) return *error;
  return finish_product<octet::DepthwiseConv2d>(node, params,
                                                std::int64_t{window->extent.h} * window->extent.w);
}

PreparedOrError prepare_fully_connected(const Node& node) {
  const auto* const options = node.options<schema::FullyConnectedOptions>();
  if (options != nullptr &&
      options->weights_format() != schema::FullyConnectedOptionsWeightsFormat_DEFAULT) {
    return node.unsupported("shuffled weights are not supported");
  }
  const Tensor& filter = node.input(1);
  const std::int32_t outputs = filter.shape.extent[0];
  const std::int32_t inputs = filter.shape.extent[1];
  const std::int64_t elements = node.input(0).shape.size();
  if (elements % inputs != 0) {
    return node.invalid("input of shape " + to_string(node.input(0).shape) +
                        " is not made of rows of " + std::to_string(inputs) + " elements");
  }
  const std::int64_t batches = elements / inputs;
  if (auto error = check_output_size(node, batches * outputs)) return *error;
  const auto scales = fully_connected_scales(node);
  if (!scales) return scales.error();
  const octet::FullyConnectedParams params{
      .batches = static_cast<std::int32_t>(batches),
      .inputs = inputs,
      .outputs = outputs,
      .input = {.zero_point = zero_point_of(node.input(0))},
      .filter = {.zero_point = zero_point_of(filter)},
      .output = scales->stage(),
  };
  if (!filter.is_constant()) return prepare_computed_weights(node, params);
  return finish_product<octet::FullyConnected>(
      node, params, inputs,
      options == nullptr ? schema::TensorType_INT64 : options->quantized_bias_type());
}

PreparedOrError prepare_transpose_conv(const Node& node) {
  constexpr ProductInputs kInputs{.input = 2, .weights = 1, .bias = 3};
  const auto& options = *node.options<schema::TransposeConvOptions>();
  const Tensor &input = node.input(2), &filter = node.input(1), &output = node.output();
  if (output.type != input.type) {
    return node.unsupported("the output is " + to_string(output.type) + " instead of " +
                            to_string(input.type));
  }
  const auto activation = fused_activation<schema::TransposeConvOptions>(node);
  if (!activation) return activation.error();
  const auto scales = output_scales(node, 0, *activation, octet::convolution_multiplier, kInputs);
  if (!scales) return scales.error();
  octet::TransposeConv2dParams params{
      .input = nhwc_operand(input),
      .filter = {filter.shape.extent[0], filter.shape.extent[1], filter.shape.extent[2],
                 filter.shape.extent[3]},
      .stride = {options.stride_h(), options.stride_w()},
      .output = scales->stage(),
  };
  if (params.stride.h < 1 || params.stride.w < 1) return node.invalid("a stride is not positive");
  // The output's shape is the file's: what is cut off is what a convolution of it would pad.
  const octet::ShapeNhwc all = output_shape(params), shape = nhwc(output.shape);
  const auto cut = [&](std::int32_t extent, std::int32_t whole, std::int32_t stride,
                       std::int32_t taps, std::int32_t& before, std::int32_t& behind) {
    const std::int64_t needed = (std::int64_t{extent} - 1) / stride * stride + taps;
    const bool pads = options.padding() == schema::Padding_SAME && needed > extent;
    before = pads ? static_cast<std::int32_t>((needed - extent) / 2) : 0;
    behind = whole - before - extent;
  };
  cut(shape.h, all.h, params.stride.h, params.filter.h, params.padding.top, params.padding.bottom);
  cut(shape.w, all.w, params.stride.w, params.filter.w, params.padding.left, params.padding.right);
  if (auto error = check_output_shape(node, output_shape(params))) return *error;
  // Without a bias the source has sums of 64 bits, whatever the options say of its type.
  return finish_product<octet::TransposeConv2d>(
      node, params, params.filter.size() / params.filter.o, schema::TensorType_INT64, kInputs);
}

PreparedOrError prepare_batch_matmul(const Node& node) {
  const auto* const options = node.options<schema::BatchMatMulOptions>();
  const Tensor &input1 = node.input(0), &input2 = node.input(1), &output = node.output();
  const octet::BatchMatmulParams params{
      .input1 = {input1.shape, zero_point_of(input1), {}},
      .input2 = {input2.shape, zero_point_of(input2), {}},
      .transposed1 = options != nullptr && options->adj_x(),
      .transposed2 = options != nullptr && options->adj_y(),
      .output = {.zero_point = zero_point_of(output),
                 .rescale = octet::fully_connected_multiplier(scale_of(input1), scale_of(input2),
                                                              scale_of(output), node.rounding()),
                 .rounding = node.rounding()}};
  auto operation = prepare_matrices(node, params);
  if (!operation) return operation;
  if (auto error = check_output_shape(node, output_shape(params))) return *error;
  return operation;
}

}  // namespace octet_engine
