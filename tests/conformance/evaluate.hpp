// SPDX-License-Identifier: Apache-2.0
// From run-time element types to templates, and one way to compute a case: by the plain function or
// as the prepared operation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <octet/hosted/aligned_buffer.hpp>
#include <octet/hosted/message.hpp>

#include "operations.hpp"

namespace conformance {

// The dtype whose elements are of an integer type.
template <class T>
constexpr DType dtype_of() {
  switch (sizeof(T)) {
    case 1: return std::is_signed_v<T> ? DType::int8 : DType::uint8;
    case 2: return DType::int16;
    case 4: return DType::int32;
    default: return DType::int64;
  }
}

template <class... Ts>
struct Types {};
using Activations = Types<std::int8_t, std::uint8_t, std::int16_t>;
using Integers = Types<std::int8_t, std::uint8_t, std::int16_t, std::int32_t>;

// visitor(std::type_identity<T>) for the T among `types` that the tensor's dtype stands for. Other
// dtypes make no sense in a case; those that make sense but that octet refuses are for the visitor
// to skip.
template <class... Ts, class Visitor>
Evaluation visit(const TensorInfo& tensor, Types<Ts...> /*types*/, const Visitor& visitor) {
  Evaluation evaluation;
  const auto visit_one = [&]<class T>(std::type_identity<T> type) {
    if (tensor.dtype == dtype_of<T>()) evaluation = visitor(type);
    return tensor.dtype == dtype_of<T>();
  };
  require((visit_one(std::type_identity<Ts>{}) || ...),
          std::string("no operand here is ") + to_string(tensor.dtype));
  return evaluation;
}

// The input of an operation whose output has the same dtype.
inline Tensor input_like(const TensorInfo& output, const CaseFile& file) {
  Tensor input = file.tensor("input");
  require(input.dtype == output.dtype, "input and output differ in dtype");
  return input;
}

// A status as the runner counts it: what octet does not support is skipped, all else has failed.
inline Evaluation rejected(const octet::Status& status) {
  if (status.code == octet::StatusCode::unsupported) return skip(octet::to_string(status));
  return refuse("refused: " + octet::to_string(status));
}

// An output no operation has written yet: a value that a missing store leaves visible.
template <class T>
std::vector<T> unwritten(std::int64_t count) {
  return std::vector<T>(static_cast<std::size_t>(count), T{0x55});
}

template <class T>
Evaluation output_of(const std::vector<T>& values) {
  return {{{"output/data", {values.begin(), values.end()}}}, {}, {}};
}

// What result() makes of a prepared operation that bind(operation) has bound and that has run.
template <class Prepared, class Bind, class Result>
Evaluation run(const octet::Result<Prepared>& operation, const Bind& bind, const Result& result) {
  if (!operation) return rejected(operation.status());
  const auto bound = bind(*operation);
  if (!bound) return rejected(bound.status());
  bound->run();
  return result();
}

// The output, `count` elements of Out, of one case: on no backend reference(inputs..., output) of
// pointers, otherwise the operation in the Result that prepare(backend) gives.
template <class Out, class Reference, class Prepare, class... In>
Evaluation compute(const octet::Backend* backend, std::int64_t count, const Reference& reference,
                   const Prepare& prepare, const std::vector<In>&... inputs) {
  std::vector<Out> output = unwritten<Out>(count);
  if (backend == nullptr) {
    reference(inputs.data()..., output.data());
    return output_of(output);
  }
  octet::AlignedBuffer scratch;
  return run(
      prepare(*backend),
      [&](const auto& operation) {
        if constexpr (requires { operation.scratch_bytes(); }) {
          scratch = octet::AlignedBuffer(operation.scratch_bytes());
          return operation.bind(std::span<const In>(inputs)..., std::span<Out>(output),
                                scratch.span());
        } else {
          return operation.bind(std::span<const In>(inputs)..., std::span<Out>(output));
        }
      },
      [&] { return output_of(output); });
}

// The same of an operation of one input, for the T among `types` that its elements are of: on no
// backend reference(params, input, output), otherwise Prepared<T>.
template <template <class...> class Prepared, class Out = void, class... Ts, class Params,
          class Reference>
Evaluation evaluate(const octet::Backend* backend, const Tensor& input, Types<Ts...> types,
                    const TensorInfo& output, const Params& params, const Reference& reference) {
  return visit(input, types, [&]<class T>(std::type_identity<T>) {
    using To = std::conditional_t<std::is_void_v<Out>, T, Out>;
    return compute<To>(
        backend, output.size(), [&](const T* x, To* y) { reference(params, x, y); },
        [&](const octet::Backend& on) { return Prepared<T>::prepare(params, on); }, input.as<T>());
  });
}

}  // namespace conformance
