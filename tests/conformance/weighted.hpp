// SPDX-License-Identifier: Apache-2.0
// What conv2d, depthwise_conv2d and fully_connected share: a filter, a bias and an output stage.
#pragma once

#include "evaluate.hpp"

namespace conformance {

inline std::vector<std::int32_t> one_or_per_channel(std::vector<std::int64_t> values,
                                                    const std::string& name,
                                                    std::int32_t channels) {
  require(values.size() == 1 || values.size() == static_cast<std::size_t>(channels),
          name + " does not have one entry or one per output channel");
  return {values.begin(), values.end()};
}

// The case on `backend`. Layer gives the operation:
//   using Params; template <class In, class Out> using Prepared;
//   template <class Out, class In, class Accumulator>
//   static void reference(const Params&, const In*, const std::int8_t*, const Accumulator*, Out*);
// `params` lacks the output stage only; the shapes in it agree with the case's tensors.
template <class Layer>
Evaluation evaluate_weighted(const CaseFile& file, typename Layer::Params params,
                             std::int32_t channels, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const Tensor filter_tensor = file.tensor("filter");
  const TensorInfo output = file.tensor_info("output");
  require(filter_tensor.dtype == DType::int8 || filter_tensor.dtype == DType::int4,
          "filter.dtype is not int8 or int4");
  const std::vector<std::int8_t> filter = filter_tensor.as<std::int8_t>();

  const bool wide = file.text("accumulator") == "int64";
  require(wide || file.text("accumulator") == "int32", "accumulator is not int32 or int64");
  // The int64 form of multiply_by_quantized_multiplier takes no larger accumulators and shifts.
  constexpr std::int64_t kMaxWideBias = std::int64_t{1} << 46;
  constexpr std::int64_t kMaxWideShift = 7;
  std::vector<std::int64_t> bias;
  if (file.has("bias")) {
    bias = file.tensor("bias").data;
    require(bias.size() == static_cast<std::size_t>(channels), "bias is not one per channel");
    for (const std::int64_t value : bias) {
      require(wide ? -kMaxWideBias <= value && value <= kMaxWideBias : value == std::int32_t(value),
              "bias does not fit the accumulator");
    }
  }

  const std::vector<std::int32_t> multiplier =
      one_or_per_channel(file.integers("multiplier", 0), "multiplier", channels);
  const std::vector<std::int32_t> shift =
      one_or_per_channel(file.integers("shift", -31, wide ? kMaxWideShift : 30), "shift", channels);
  params.output.zero_point = output.zero_point;
  params.output.multiplier = multiplier;
  params.output.shift = shift;
  file.activation(params.output.min, params.output.max);

  const auto with_types = [&](auto in, auto out) -> Evaluation {
    using In = typename decltype(in)::type;
    using Out = typename decltype(out)::type;
    const std::vector<In> x = input.as<In>();
    std::vector<Out> y = unwritten<Out>(output.size());
    const auto reference = [&](auto accumulator) {
      using Accumulator = typename decltype(accumulator)::type;
      const std::vector<Accumulator> b(bias.begin(), bias.end());
      Layer::template reference<Out, In, Accumulator>(params, x.data(), filter.data(),
                                                      b.empty() ? nullptr : b.data(), y.data());
      return output_of(y);
    };
    if (backend == nullptr) {
      return wide ? reference(std::type_identity<std::int64_t>{})
                  : reference(std::type_identity<std::int32_t>{});
    }
    if constexpr (sizeof(In) == 1) {
      if (wide) return skip("int64 accumulators on backends");
      using Prepared = typename Layer::template Prepared<In, Out>;
      const std::vector<std::int32_t> b(bias.begin(), bias.end());
      octet::AlignedBuffer packed(Prepared::packed_bytes(params, *backend));
      return run_prepared(Prepared::prepare(params, filter, b, packed.span(), *backend),
                          std::move(y), x);
    } else {
      return skip("int16 activations on backends");
    }
  };
  return visit_type<std::int8_t, std::uint8_t, std::int16_t>(
      input.dtype, "activations", [&](auto in) {
        return visit_type<std::int8_t, std::uint8_t, std::int16_t>(
            output.dtype, "outputs", [&](auto out) { return with_types(in, out); });
      });
}

}  // namespace conformance
