// SPDX-License-Identifier: Apache-2.0
// The checks of memory that bind and prepare are made of, as those of parameters (check.hpp):
// sizes, alignment, and whether what is written is apart from what is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "octet/detail/check.hpp"

namespace octet::inline OCTET_BASELINE::check {

// At least `needed` elements, not null unless none are needed.
template <class T>
constexpr Status buffer(const char* name, std::span<T> data, std::int64_t needed) {
  const auto size = static_cast<std::int64_t>(data.size());
  if (needed > 0 && data.data() == nullptr) return {StatusCode::null_pointer, name, 0, needed};
  if (size < needed) {
    return {StatusCode::buffer_too_small, name, size, needed, Relation::at_least};
  }
  return {};
}

// Exactly `needed` elements: more of them would be those of another shape.
template <class T>
constexpr Status exact_buffer(const char* name, std::span<T> data, std::int64_t needed) {
  const auto size = static_cast<std::int64_t>(data.size());
  if (const Status s = buffer(name, data, needed); !s.ok()) return s;
  if (size > needed) {
    return {StatusCode::size_mismatch, name, size, needed, Relation::exactly};
  }
  return {};
}

// One for each output channel, or none.
template <class Bias>
constexpr Status bias(std::span<const Bias> data, std::int64_t channels) {
  return exact_buffer("bias", data, data.empty() ? 0 : channels);
}

inline Status aligned(const char* name, const void* data) {
  const auto address = reinterpret_cast<std::uintptr_t>(data);
  if (address % kAlignment == 0) return {};
  return {StatusCode::misaligned, name, static_cast<std::int64_t>(address % kAlignment), 0};
}

// Packed weights or scratch: at least `bytes` bytes aligned to kAlignment; anything if bytes is 0.
inline Status memory(const char* name, std::span<const std::byte> data, std::size_t bytes) {
  if (bytes == 0) return {};
  return first_refusal(
      {buffer(name, data, static_cast<std::int64_t>(bytes)), aligned(name, data.data())});
}

// What a run uses of the memory that it is given.
struct Used {
  std::uintptr_t first, end;

  template <class T, class Count>
  Used(const T* data, Count count)
      : first(reinterpret_cast<std::uintptr_t>(data)),
        end(first + static_cast<std::uintptr_t>(count) * sizeof(T)) {}

  bool is_empty() const { return first == end; }
  bool meets(const Used& other) const {
    return first < other.end && other.first < end && !is_empty() && !other.is_empty();
  }
  bool is(const Used& other) const { return first == other.first && end == other.end; }
};

// What is written has no byte in common with the others. Where elements are read before others are
// written in their place, it may also be the very same memory.
inline Status apart(const char* name, const Used& written, std::initializer_list<Used> others,
                    bool may_be_same = false) {
  for (const Used& other : others) {
    if (may_be_same && written.is(other)) continue;
    if (written.meets(other)) return {StatusCode::overlap, name};
  }
  return {};
}

// Rows of a matrix, or matrices of a batch: `width` elements, `stride` elements apart.
struct Rows {
  std::uintptr_t first;
  std::uint64_t stride, width;  // bytes

  template <class T>
  Rows(const T* data, std::int64_t stride_of, std::int64_t width_of)
      : first(reinterpret_cast<std::uintptr_t>(data)),
        stride(static_cast<std::uint64_t>(stride_of) * sizeof(T)),
        width(static_cast<std::uint64_t>(width_of) * sizeof(T)) {}

  // Whether those others lie between these, as the columns of one matrix do.
  bool interleave(const Rows& other) const {
    if (stride != other.stride) return false;
    const std::uint64_t behind = other.first >= first ? (other.first - first) % stride
                                                      : stride - (first - other.first) % stride;
    return behind >= width && behind + other.width <= stride;
  }
};

// Memory for packed weights, which has nothing of what is packed.
template <class Weight, class Bias>
Status packed_weights(std::span<const std::byte> packed, std::size_t bytes,
                      std::span<const Weight> weights, std::span<const Bias> bias,
                      const OutputStage& stage) {
  const auto used = [](const auto& span) { return Used(span.data(), span.size()); };
  return first_refusal(
      {memory("packed", packed, bytes),
       apart("packed", Used(packed.data(), bytes),
             {used(weights), used(bias), used(stage.multiplier), used(stage.shift)})});
}

// What an operation reads and what it writes.
template <class In, class Out>
Status operands(const char* input_name, std::span<const In> input, std::int64_t inputs,
                const char* output_name, std::span<Out> output, std::int64_t outputs,
                bool may_be_same = false) {
  return first_refusal({buffer(input_name, input, inputs), buffer(output_name, output, outputs),
                        apart(output_name, Used(output.data(), outputs),
                              {Used(input.data(), inputs)}, may_be_same)});
}

}  // namespace octet::inline OCTET_BASELINE::check
