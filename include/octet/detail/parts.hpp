// SPDX-License-Identifier: Apache-2.0
// How the output of an operation is cut into parts that run at the same time. A part is a rectangle
// of the output; its task is the task of the whole with other bounds, and scratch memory of its
// own.
#pragma once

#include "octet/detail/layout.hpp"

namespace octet::inline OCTET_BASELINE {

// One direction of an output: `count` times `size` rows or columns. Each `size` of them is cut into
// units, of which the last may be smaller.
struct PartAxis {
  std::int64_t size = 1, unit = 1, count = 1;

  OCTET_INLINE constexpr std::int64_t units_of_each() const { return (size - 1) / unit + 1; }
  OCTET_INLINE constexpr std::int64_t units() const { return count * units_of_each(); }
};

// Neighbouring units, rows, columns or channels: from `first` on and before `last`.
struct PartRange {
  std::int64_t first, last;
};

// The units of one part, and its scratch memory as an offset in bytes.
struct Part {
  PartRange rows, columns;
  std::size_t scratch;
};

// row_parts * column_parts parts.
struct Partition {
  PartAxis rows, columns;
  std::int32_t row_parts = 1, column_parts = 1;
  // What a row costs each part that has some of its columns, as a number of columns: the copy that
  // is made of it.
  std::int32_t row_cost = 0;
  std::size_t scratch_step = 0;  // bytes for each part
};

namespace detail {

// Bytes for `parts` parts, of which each needs that many; more than there is where that does not
// fit.
constexpr std::size_t scratch_of_parts(std::size_t each, std::int32_t parts) {
  constexpr std::size_t kMost = PTRDIFF_MAX;
  if (parts < 1) return 0;
  const auto count = static_cast<std::size_t>(parts);
  return each > kMost / count ? kMost : each * count;
}

// Part `index` of `parts` parts whose units differ by one at most. The last part is one of those
// with more units, because its last unit may be smaller than others.
constexpr PartRange part_range(std::int64_t units, std::int32_t parts, std::int32_t index) {
  const std::int64_t each = units / parts, more = units % parts;
  const auto first = [&](std::int64_t i) {
    const std::int64_t fewer = parts - more;
    return i * each + (i > fewer ? i - fewer : 0);
  };
  return {first(index), first(std::int64_t{index} + 1)};
}

// The rows or columns of the largest part; if the axis is repeated, the most that so many units can
// have.
constexpr std::int64_t largest_part(const PartAxis& axis, std::int32_t parts) {
  const std::int64_t units = axis.units(), more = units % parts;
  if (axis.count > 1) {
    const std::int64_t most = (units - 1) / parts + 1, each = axis.units_of_each();
    return most / each * axis.size + most % each * axis.unit;
  }
  const std::int64_t last =
      (units + parts - 1) / parts * axis.unit - (axis.units_of_each() * axis.unit - axis.size);
  const std::int64_t others = (units / parts + (more > 1 ? 1 : 0)) * axis.unit;
  return parts > 1 && others > last ? others : last;
}

// What is in one part, in at most `parts` parts, the largest of which is as small as can be, and no
// more than that takes.
constexpr Partition partition(const Partition& uncut, std::int32_t parts) {
  const PartAxis &rows = uncut.rows, &columns = uncut.columns;
  const auto at_most = [](std::int64_t units, std::int32_t most) {
    return units < most ? static_cast<std::int32_t>(units) : most;
  };
  Partition best = uncut;
  std::uint64_t least = 0;
  for (std::int32_t r = at_most(rows.units(), parts); r > 0; --r) {
    const std::int64_t each = (columns.units() - 1) / at_most(columns.units(), parts / r) + 1;
    const auto c = static_cast<std::int32_t>((columns.units() - 1) / each + 1);
    const auto cost = static_cast<std::uint64_t>(largest_part(rows, r)) *
                      static_cast<std::uint64_t>(largest_part(columns, c) + uncut.row_cost);
    const bool fewer = std::int64_t{r} * c < std::int64_t{best.row_parts} * best.column_parts;
    if (least != 0 && (cost > least || (cost == least && !fewer))) continue;
    least = cost;
    best.row_parts = r;
    best.column_parts = c;
  }
  return best;
}

constexpr Part part_of(const Partition& partition, std::int32_t index) {
  const std::int32_t row = index / partition.column_parts, column = index % partition.column_parts;
  return {part_range(partition.rows.units(), partition.row_parts, row),
          part_range(partition.columns.units(), partition.column_parts, column),
          static_cast<std::size_t>(index) * partition.scratch_step};
}

constexpr Part whole(const Partition& partition) {
  return {{0, partition.rows.units()}, {0, partition.columns.units()}, 0};
}

// What a range has of the `size` places from `start` on, counted from there; first >= last if
// nothing.
OCTET_INLINE constexpr PartRange within(const PartRange& range, std::int64_t start,
                                        std::int64_t size) {
  const std::int64_t first = range.first - start, last = range.last - start;
  return {first < 0 ? 0 : first, last > size ? size : last};
}

// The rows or columns of these units of an axis that is not repeated.
OCTET_INLINE constexpr PartRange range_of(const PartAxis& axis, const PartRange& units) {
  return {units.first * axis.unit, units.last == axis.units() ? axis.size : units.last * axis.unit};
}

// body(i, range) for every i of axis.count that a part has units of: `range` of the axis.size rows
// or columns.
template <class Body>
OCTET_INLINE void for_each_piece(const PartAxis& axis, const PartRange& units, Body body) {
  const std::int64_t each = axis.units_of_each();
  for (std::int64_t unit = units.first; unit < units.last;) {
    const std::int64_t i = unit / each, start = i * each;
    const std::int64_t end = units.last - start < each ? units.last - start : each;
    body(i, PartRange{(unit - start) * axis.unit, end == each ? axis.size : end * axis.unit});
    unit = start + end;
  }
}

// run_part(part) for every part, by way of the caller's parallel_for.
template <class ParallelFor, class RunPart>
void run_parts(const Partition& partition, ParallelFor&& parallel_for, const RunPart& run_part) {
  const std::int32_t count = partition.row_parts * partition.column_parts;
  if (count == 1) return run_part(whole(partition));
  parallel_for(
      count, [&partition, &run_part](std::int32_t index) { run_part(part_of(partition, index)); });
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
