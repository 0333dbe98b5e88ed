// SPDX-License-Identifier: Apache-2.0
// A tensor surrounded by one value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "octet/detail/check.hpp"
#include "octet/detail/strided_walk.hpp"
#include "octet/reference/pad.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// y[i0][i1]... = x[i0 - before[0]][i1 - before[1]]... where that is an element of x, else `value`.
// x: params.input, y: output_shape(params), dense, of T (int8, uint8, int16) and of the same
// quantization; the value of PAD is its zero point.
// Source: PAD and PADV2 of the TensorFlow Lite 8-bit quantization specification.
template <class T>
class Pad {
 public:
  // Padding bound to memory. Re-entrant as long as y is not shared.
  class Bound {
   public:
    void run() const { pad_.run(x_, y_); }

   private:
    friend class Pad;
    Pad pad_;
    const T* x_ = nullptr;
    T* y_ = nullptr;
  };

  static Result<Pad> prepare(const PadParams& params) {
    if (const Status s = validate(params); !s.ok()) return {s};
    const Shape out = octet::output_shape(params);
    Pad pad;
    pad.prepared_ = true;
    pad.value_ = static_cast<T>(params.value);
    pad.inputs_ = params.input.size();
    pad.outputs_ = out.size();
    // Dimensions that are not padded lie in one run of memory with the one around them.
    std::int32_t row_dimension = params.input.rank - 1;
    std::int64_t stride = 1;
    while (row_dimension > 0 && params.before[row_dimension] == 0 &&
           params.after[row_dimension] == 0) {
      stride *= out.extent[row_dimension];
      --row_dimension;
    }
    if (row_dimension >= 0) {
      pad.row_ = params.input.extent[row_dimension] * stride;
      pad.first_ = params.before[row_dimension] * stride;
      stride *= out.extent[row_dimension];
    }
    std::int64_t strides[kMaxRank] = {};
    for (std::int32_t d = row_dimension - 1; d >= 0; --d) {
      strides[d] = stride;
      pad.first_ += params.before[d] * stride;
      stride *= out.extent[d];
    }
    for (std::int32_t d = 0; d < row_dimension; ++d) {
      pad.rows_.add_dimension(params.input.extent[d], strides[d]);
    }
    return {{}, pad};
  }

  std::size_t scratch_bytes() const { return 0; }

  // The result does not refer to this object.
  Result<Bound> bind(std::span<const T> x, std::span<T> y,
                     std::span<std::byte> /*scratch*/ = {}) const {
    if (!prepared_) return {{StatusCode::unsupported, "pad (not prepared)"}};
    if (const Status s = check::operands("x", x, inputs_, "y", y, outputs_); !s.ok()) {
      return {s};
    }
    Bound bound;
    bound.pad_ = *this;
    bound.x_ = x.data();
    bound.y_ = y.data();
    return {{}, bound};
  }

 private:
  static constexpr Status validate(const PadParams& p) {
    using enum StatusCode;
    constexpr const char* kBefore[] = {"before[0]", "before[1]", "before[2]",
                                       "before[3]", "before[4]", "before[5]"};
    constexpr const char* kAfter[] = {"after[0]", "after[1]", "after[2]",
                                      "after[3]", "after[4]", "after[5]"};
    if (const Status s = check::input_shape(p.input); !s.ok()) return s;
    std::int64_t outputs = 1;
    for (std::int32_t d = 0; d < p.input.rank; ++d) {
      const std::int64_t room = check::kHighestInt32 - p.input.extent[d];
      if (const Status s = check::first_refusal(
              {check::range(invalid_padding, kBefore[d], p.before[d], 0, room),
               check::range(invalid_padding, kAfter[d], p.after[d], 0, room - p.before[d])});
          !s.ok()) {
        return s;
      }
      outputs = check::saturating_multiply(
          outputs, std::int64_t{p.input.extent[d]} + p.before[d] + p.after[d]);
    }
    return check::first_refusal(
        {check::count("output", outputs), check::zero_point<T>("value", p.value)});
  }

  void run(const T* x, T* y) const {
    for (std::int64_t i = 0; i < outputs_; ++i) y[i] = value_;
    detail::StridedWalk row = rows_;
    for (std::int64_t i = 0; i < inputs_; i += row_) {
      std::memcpy(y + first_ + row.position(), x + i, static_cast<std::size_t>(row_) * sizeof(T));
      row.advance();
    }
  }

  bool prepared_ = false;
  T value_ = 0;
  std::int64_t inputs_ = 1;
  std::int64_t outputs_ = 1;
  std::int64_t row_ = 1;    // elements that lie side by side in x and y
  std::int64_t first_ = 0;  // where the first row begins in y
  detail::StridedWalk rows_;
};

}  // namespace OCTET_BASELINE
}  // namespace octet
