// SPDX-License-Identifier: Apache-2.0
// The checks of parameters that prepare is made of. Each looks at one argument and returns the
// status that refuses it, or ok; `name` is the argument as users write it ("padding.top") and must
// live as long as the program. Those that only prepare needs are cold: compiled for size, which
// takes a fifth of the time and a quarter of the code of a unit that looks kernels up in
// octet::compiled.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>

#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// Used as `if (Status s = check::extent("input.n", input.n); !s.ok()) return {s};`
namespace check {

inline constexpr std::int64_t kLowestInt32 = std::numeric_limits<std::int32_t>::min();
inline constexpr std::int64_t kHighestInt32 = std::numeric_limits<std::int32_t>::max();

// No tensor may have more elements: the size in bytes of any element type still fits ptrdiff_t.
inline constexpr std::int64_t kMaxElements = PTRDIFF_MAX / 8;

// The first status that is not ok. All of them are evaluated, so none may rely on another. By
// reference: g++ for 32-bit Arm notes at every call by value that its ABI changed in version 7.1.
[[gnu::cold]] constexpr Status first_refusal(const std::initializer_list<Status>& statuses) {
  for (const Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return {};
}

// ok if value is in [lowest, highest]; `limit` is the bound that it breaks.
constexpr Status range(StatusCode code, const char* name, std::int64_t value, std::int64_t lowest,
                       std::int64_t highest) {
  if (lowest == highest && value != lowest) return {code, name, value, lowest, Relation::exactly};
  if (value < lowest) return {code, name, value, lowest, Relation::at_least};
  if (value > highest) return {code, name, value, highest, Relation::at_most};
  return {};
}

// What was found of number `index` of several.
constexpr Status at(std::size_t index, Status status) {
  status.index = static_cast<std::int32_t>(index);
  return status;
}

// What check(value) finds of a value for all channels, or of those of each.
template <class Check>
constexpr Status of_channels(std::span<const std::int32_t> values, const Check& check) {
  for (std::size_t c = 0; c < values.size(); ++c) {
    if (const Status s = check(values[c]); !s.ok()) return values.size() == 1 ? s : at(c, s);
  }
  return {};
}

// What has to be the same as something else.
[[gnu::cold]] constexpr Status equal(const char* name, std::int64_t value, std::int64_t expected) {
  if (value != expected) {
    return {StatusCode::size_mismatch, name, value, expected, Relation::exactly};
  }
  return {};
}

using detail::saturating_multiply;

// Shapes -----------------------------------------------------------------------------------------

constexpr Status extent(const char* name, std::int64_t value) {
  return range(StatusCode::invalid_shape, name, value, 1, kHighestInt32);
}

// Groups of a convolution share channels out evenly: `value` divides `whole`, or is a multiple of
// `part`.
[[gnu::cold]] constexpr Status divides(const char* name, std::int32_t value, const char* whole_name,
                                       std::int32_t whole) {
  if (whole % value == 0) return {};
  return {StatusCode::invalid_shape, name, value, whole, Relation::divides, -1, whole_name};
}
[[gnu::cold]] constexpr Status multiple_of(const char* name, std::int32_t value,
                                           const char* part_name, std::int32_t part) {
  if (value % part == 0) return {};
  return {StatusCode::invalid_shape, name, value, part, Relation::multiple_of, -1, part_name};
}

[[gnu::cold]] constexpr Status count(const char* name, std::int64_t value) {
  return range(StatusCode::invalid_shape, name, value, 1, kMaxElements);
}

// The number of elements of a tensor whose extents, each already checked, are given.
[[gnu::cold]] constexpr Status elements(const char* name,
                                        const std::initializer_list<std::int64_t>& extents) {
  std::int64_t product = 1;
  for (const std::int64_t value : extents) product = saturating_multiply(product, value);
  return count(name, product);
}

[[gnu::cold]] constexpr Status input_shape(const ShapeNhwc& input) {
  return first_refusal({extent("input.shape.n", input.n), extent("input.shape.h", input.h),
                        extent("input.shape.w", input.w), extent("input.shape.c", input.c),
                        elements("input.shape", {input.n, input.h, input.w, input.c})});
}

[[gnu::cold]] constexpr Status input_shape(const NhwcOperand& input) {
  const ShapeNhwc& shape = input.shape;
  return first_refusal({extent("input.shape.n", shape.n), extent("input.shape.h", shape.h),
                        extent("input.shape.w", shape.w), extent("input.shape.c", shape.c),
                        elements("input.shape", {shape.n, shape.h, shape.w, shape.c})});
}

[[gnu::cold]] constexpr Status filter_shape(const ShapeOhwi& filter) {
  return first_refusal({extent("filter.o", filter.o), extent("filter.h", filter.h),
                        extent("filter.w", filter.w), extent("filter.i", filter.i),
                        elements("filter", {filter.o, filter.h, filter.w, filter.i})});
}

[[gnu::cold]] constexpr Status output_shape(const ShapeNhwc& output) {
  return elements("output", {output.n, output.h, output.w, output.c});
}

// A string literal as an argument of a template.
template <std::size_t size>
struct Literal {
  constexpr Literal(const char (&from)[size]) {
    for (std::size_t i = 0; i < size; ++i) text[i] = from[i];
  }
  char text[size];
};

// Literals one behind the other.
template <Literal... parts>
inline constexpr auto kJoined = [] {
  std::array<char, (1 + ... + (sizeof(parts.text) - 1))> text = {};
  std::size_t end = 0;
  const auto append = [&](const auto& part) {
    for (const char* c = part.text; *c != '\0'; ++c) text[end++] = *c;
  };
  (append(parts), ...);
  return text;
}();

// What messages call the entries of a list that has one for each dimension: "before[0]" and so on.
struct EntryNames {
  const char* name[kMaxRank];
  constexpr const char* operator[](std::int32_t d) const { return name[d]; }
};
template <Literal... list>
inline constexpr EntryNames kEntryNames = {
    kJoined<list..., "[0]">.data(), kJoined<list..., "[1]">.data(), kJoined<list..., "[2]">.data(),
    kJoined<list..., "[3]">.data(), kJoined<list..., "[4]">.data(), kJoined<list..., "[5]">.data()};

// What messages call the fields of an operand.
struct OperandNames {
  const char *shape, *rank;
  EntryNames extent;
  const char *zero_point, *multiplier, *shift;
};
template <Literal name>
inline constexpr OperandNames kOperandNames = {kJoined<name, ".shape">.data(),
                                               kJoined<name, ".shape.rank">.data(),
                                               kEntryNames<name, ".shape.extent">,
                                               kJoined<name, ".zero_point">.data(),
                                               kJoined<name, ".rescale.multiplier">.data(),
                                               kJoined<name, ".rescale.shift">.data()};
inline constexpr auto& kInput = kOperandNames<"input">;
inline constexpr auto& kInput1 = kOperandNames<"input1">;
inline constexpr auto& kInput2 = kOperandNames<"input2">;
inline constexpr auto& kInputs = kOperandNames<"inputs[]">;  // with their Status::index
// Of a shape that stands by itself.
template <Literal name>
inline constexpr OperandNames kShapeNames = {
    kJoined<name>.data(), kJoined<name, ".rank">.data(), kEntryNames<name, ".extent">, "", "", ""};

// Of rank lowest_rank or more.
[[gnu::cold]] constexpr Status shape(const OperandNames& names, const Shape& shape,
                                     std::int32_t lowest_rank = 0) {
  if (const Status s =
          range(StatusCode::invalid_shape, names.rank, shape.rank, lowest_rank, kMaxRank);
      !s.ok()) {
    return s;
  }
  for (std::int32_t d = 0; d < shape.rank; ++d) {
    if (const Status s = extent(names.extent[d], shape.extent[d]); !s.ok()) return s;
  }
  return count(names.shape, shape.size());
}

[[gnu::cold]] constexpr Status input_shape(const Operand& input) {
  return shape(kInput, input.shape);
}

// Images of another height and width, all of them of at most kMostResized rows and columns.
inline constexpr std::int64_t kMostResized = std::int64_t{1} << 20;
[[gnu::cold]] constexpr Status resize(const ShapeNhwc& input, Extent2d size) {
  using enum StatusCode;
  if (const Status s = input_shape(input); !s.ok()) return s;
  if (const Status s = first_refusal({extent("size.h", size.h), extent("size.w", size.w)});
      !s.ok()) {
    return s;
  }
  return first_refusal({range(unsupported, "input.shape.h", input.h, 1, kMostResized),
                        range(unsupported, "input.shape.w", input.w, 1, kMostResized),
                        range(unsupported, "size.h", size.h, 1, kMostResized),
                        range(unsupported, "size.w", size.w, 1, kMostResized),
                        output_shape({input.n, size.h, size.w, input.c})});
}

// Shapes that are each valid fit together; `names2` are those of the second one.
[[gnu::cold]] constexpr Status broadcast(const Shape& shape1, const Shape& shape2,
                                         const OperandNames& names2 = kInput2) {
  for (std::int32_t back = 1; back <= shape1.rank && back <= shape2.rank; ++back) {
    const std::int32_t extent1 = shape1.extent[shape1.rank - back];
    const std::int32_t extent2 = shape2.extent[shape2.rank - back];
    if (extent1 != extent2 && extent1 != 1 && extent2 != 1) {
      return {StatusCode::invalid_shape, names2.extent[shape2.rank - back], extent2, extent1,
              Relation::exactly};
    }
  }
  std::int64_t product = 1;
  for (std::int32_t back = 1; back <= shape1.rank || back <= shape2.rank; ++back) {
    const std::int32_t extent1 = back <= shape1.rank ? shape1.extent[shape1.rank - back] : 1;
    const std::int32_t extent2 = back <= shape2.rank ? shape2.extent[shape2.rank - back] : 1;
    product = saturating_multiply(product, extent1 > extent2 ? extent1 : extent2);
  }
  return count("output", product);
}

// A shape that has the extents of another one but in dimension `except`.
[[gnu::cold]] constexpr Status same_shape(const OperandNames& names, const Shape& shape,
                                          const Shape& expected, std::int32_t except = -1) {
  if (const Status s = equal(names.rank, shape.rank, expected.rank); !s.ok()) return s;
  for (std::int32_t d = 0; d < shape.rank; ++d) {
    if (d == except) continue;
    if (const Status s = equal(names.extent[d], shape.extent[d], expected.extent[d]); !s.ok()) {
      return s;
    }
  }
  return {};
}

// Rows of a matrix: `stride` elements apart, 0 meaning dense.
[[gnu::cold]] constexpr Status row_stride(const char* name, std::int64_t stride,
                                          std::int64_t columns) {
  if (stride == 0) return {};
  return range(StatusCode::invalid_stride, name, stride, columns, kMaxElements);
}

// A window that slides over the rows and columns of `input`: every number is positive, the padded
// input is at most 2^31 - 1 wide, and the window fits into it at least once.
[[gnu::cold]] constexpr Status window(const ShapeNhwc& input, Extent2d filter, Extent2d stride,
                                      Extent2d dilation, const Padding& padding) {
  using enum StatusCode;
  if (const Status s = first_refusal({
          extent("filter.h", filter.h),
          extent("filter.w", filter.w),
          range(invalid_stride, "stride.h", stride.h, 1, kHighestInt32),
          range(invalid_stride, "stride.w", stride.w, 1, kHighestInt32),
          range(invalid_dilation, "dilation.h", dilation.h, 1, kHighestInt32),
          range(invalid_dilation, "dilation.w", dilation.w, 1, kHighestInt32),
          range(invalid_padding, "padding.top", padding.top, 0, kHighestInt32 - input.h),
          range(invalid_padding, "padding.left", padding.left, 0, kHighestInt32 - input.w),
          range(invalid_padding, "padding.bottom", padding.bottom, 0,
                kHighestInt32 - input.h - padding.top),
          range(invalid_padding, "padding.right", padding.right, 0,
                kHighestInt32 - input.w - padding.left),
      });
      !s.ok()) {
    return s;
  }
  const std::int64_t span_h = (std::int64_t{filter.h} - 1) * dilation.h + 1;
  const std::int64_t span_w = (std::int64_t{filter.w} - 1) * dilation.w + 1;
  const std::int64_t padded_h = std::int64_t{padding.top} + input.h + padding.bottom;
  const std::int64_t padded_w = std::int64_t{padding.left} + input.w + padding.right;
  return first_refusal(
      {range(invalid_shape, dilation.h == 1 ? "filter.h" : "(filter.h - 1) * dilation.h + 1",
             span_h, 1, padded_h),
       range(invalid_shape, dilation.w == 1 ? "filter.w" : "(filter.w - 1) * dilation.w + 1",
             span_w, 1, padded_w)});
}

// The most padding behind a dimension for which every window still starts inside the input.
constexpr std::int64_t most_pooling_padding(std::int64_t input, std::int64_t before,
                                            std::int64_t window, std::int64_t stride) {
  const std::int64_t first_start_behind = (before + input + stride - 1) / stride * stride;
  return first_start_behind - before - input + window - 1;
}

// The window of a pooling operation: wherever it lies, it holds at least one element of the input.
[[gnu::cold]] constexpr Status pooling_window(const ShapeNhwc& input, Extent2d filter,
                                              Extent2d stride, const Padding& padding) {
  using enum StatusCode;
  if (const Status s = window(input, filter, stride, {1, 1}, padding); !s.ok()) return s;
  const auto& [top, left, bottom, right] = padding;
  return first_refusal({range(invalid_padding, "padding.top", top, 0, std::int64_t{filter.h} - 1),
                        range(invalid_padding, "padding.left", left, 0, std::int64_t{filter.w} - 1),
                        range(invalid_padding, "padding.bottom", bottom, 0,
                              most_pooling_padding(input.h, top, filter.h, stride.h)),
                        range(invalid_padding, "padding.right", right, 0,
                              most_pooling_padding(input.w, left, filter.w, stride.w))});
}

// Quantization -----------------------------------------------------------------------------------

template <class T>
[[gnu::cold]] constexpr Status zero_point(const char* name, std::int32_t value) {
  return range(StatusCode::zero_point_out_of_range, name, value, std::numeric_limits<T>::min(),
               std::numeric_limits<T>::max());
}

// The largest |x - zero_point| of any x of type T.
template <class T>
constexpr std::int64_t largest_difference(std::int32_t zero_point) {
  const std::int64_t above = std::int64_t{std::numeric_limits<T>::max()} - zero_point;
  const std::int64_t below = std::int64_t{zero_point} - std::numeric_limits<T>::min();
  return above > below ? above : below;
}

// The bounds of an output of type T; the defaults of the parameters mean the range of T.
template <class T>
[[gnu::cold]] constexpr Status bounds(const char* min_name, std::int32_t min, const char* max_name,
                                      std::int32_t max) {
  using enum StatusCode;
  constexpr std::int64_t lowest = std::numeric_limits<T>::min();
  constexpr std::int64_t highest = std::numeric_limits<T>::max();
  if (min != kLowestInt32) {
    if (const Status s = range(clamp_out_of_range, min_name, min, lowest, highest); !s.ok()) {
      return s;
    }
  }
  if (max != kHighestInt32) {
    if (const Status s = range(clamp_out_of_range, max_name, max, lowest, highest); !s.ok()) {
      return s;
    }
  }
  return range(clamp_out_of_range, min_name, min, kLowestInt32, max);
}

// 0 or [lowest, 2^31). Where a count is folded into the multiplier, lowest is less than 2^30.
[[gnu::cold]] constexpr Status multiplier(const char* name, std::int32_t value,
                                          std::int32_t lowest = std::int32_t{1} << 30) {
  if (value == 0) return {};
  return range(StatusCode::multiplier_out_of_range, name, value, lowest, kHighestInt32);
}

// A shift in [-31, 30] for which values of magnitude up to `largest` stay within 32 bits:
// largest * 2^shift < 2^31. int32 values satisfy this by themselves unless the shift is positive.
[[gnu::cold]] constexpr Status shift(const char* name, std::int32_t value,
                                     std::int64_t largest = 1) {
  std::int32_t highest = 30;
  while (highest > -31 && (highest >= 0 ? largest > kHighestInt32 >> highest
                                        : largest >> -highest > kHighestInt32)) {
    --highest;
  }
  return range(StatusCode::shift_out_of_range, name, value, -31, highest);
}

// An engine may have it from a file.
[[gnu::cold]] constexpr Status rounding(const char* name, Rounding value) {
  return range(StatusCode::unsupported, name, static_cast<std::int64_t>(value), 0,
               static_cast<std::int64_t>(std::size(kRoundings)) - 1);
}

// What is shifted left by `left_shift` and then by the shift of a factor leaves 32 bits: the first
// of both that can be lower has to be.
[[gnu::cold]] constexpr Status lower_shift(std::int32_t left_shift, const char* shift_name,
                                           std::int32_t shift) {
  const bool is_first = left_shift > 0;
  const std::int64_t value = is_first ? left_shift : shift;
  return {StatusCode::shift_out_of_range, is_first ? "left_shift" : shift_name, value, value - 1,
          Relation::at_most};
}

// Everything of an output of type T but its shift, which depends on what is rescaled.
template <class T>
[[gnu::cold]] constexpr Status output(const Output& output,
                                      std::int32_t lowest_multiplier = std::int32_t{1} << 30) {
  return first_refusal(
      {zero_point<T>("output.zero_point", output.zero_point),
       bounds<T>("output.min", output.min, "output.max", output.max),
       multiplier("output.rescale.multiplier", output.rescale.multiplier, lowest_multiplier),
       rounding("output.rounding", output.rounding)});
}

// Everything of an output stage of `channels` channels but what depends on the accumulators'
// magnitude. Raw accumulators have no output stage.
template <class Out>
[[gnu::cold]] constexpr Status output_stage(const OutputStage& stage, std::int64_t channels) {
  using enum StatusCode;
  const auto multipliers = static_cast<std::int64_t>(stage.multiplier.size());
  const auto shifts = static_cast<std::int64_t>(stage.shift.size());
  if constexpr (sizeof(Out) == 4) {
    return first_refusal({range(unsupported, "output.zero_point", stage.zero_point, 0, 0),
                          range(unsupported, "output.min", stage.min, kLowestInt32, kLowestInt32),
                          range(unsupported, "output.max", stage.max, kHighestInt32, kHighestInt32),
                          range(unsupported, "output.multiplier", multipliers, 0, 0),
                          range(unsupported, "output.shift", shifts, 0, 0)});
  } else {
    if (multipliers != 1 && multipliers != channels) {
      return {channel_count_mismatch, "output.multiplier", multipliers, channels};
    }
    if (shifts != 1 && shifts != channels) {
      return {channel_count_mismatch, "output.shift", shifts, channels};
    }
    if (stage.multiplier.data() == nullptr) return {null_pointer, "output.multiplier"};
    if (stage.shift.data() == nullptr) return {null_pointer, "output.shift"};
    const auto multiplier_of = [](std::int32_t value) {
      return multiplier("output.multiplier", value);
    };
    const auto shift_of = [](std::int32_t value) { return shift("output.shift", value); };
    return first_refusal({of_channels(stage.multiplier, multiplier_of),
                          of_channels(stage.shift, shift_of),
                          zero_point<Out>("output.zero_point", stage.zero_point),
                          bounds<Out>("output.min", stage.min, "output.max", stage.max),
                          rounding("output.rounding", stage.rounding)});
  }
}

}  // namespace check
}  // namespace octet::inline OCTET_BASELINE
