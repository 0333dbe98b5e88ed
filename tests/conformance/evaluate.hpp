// SPDX-License-Identifier: Apache-2.0
// From run-time element types to templates, and one way to run a prepared operation.
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

template <class T>
inline constexpr DType kDTypeOf = DType::float32;
template <>
inline constexpr DType kDTypeOf<std::int8_t> = DType::int8;
template <>
inline constexpr DType kDTypeOf<std::uint8_t> = DType::uint8;
template <>
inline constexpr DType kDTypeOf<std::int16_t> = DType::int16;
template <>
inline constexpr DType kDTypeOf<std::int32_t> = DType::int32;
template <>
inline constexpr DType kDTypeOf<std::int64_t> = DType::int64;

// visitor(std::type_identity<T>) for the T among Types that `dtype` stands for; skipped as
// "<dtype> <what>" if there is none.
template <class... Types, class Visitor>
Evaluation visit_type(DType dtype, const std::string& what, const Visitor& visitor) {
  Evaluation evaluation = skip(std::string(to_string(dtype)) + " " + what);
  const auto visit = [&](auto type) {
    if (dtype == kDTypeOf<typename decltype(type)::type>) evaluation = visitor(type);
  };
  (visit(std::type_identity<Types>{}), ...);
  return evaluation;
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

template <class Prepared, class Out, class... In>
Evaluation run_prepared(const octet::Result<Prepared>& operation, std::vector<Out> output,
                        const std::vector<In>&... inputs) {
  if (!operation) return rejected(operation.status());
  octet::AlignedBuffer scratch(operation->scratch_bytes());
  const auto bound =
      operation->bind(std::span<const In>(inputs)..., std::span<Out>(output), scratch.span());
  if (!bound) return rejected(bound.status());
  bound->run();
  return output_of(output);
}

}  // namespace conformance
