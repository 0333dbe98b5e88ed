// SPDX-License-Identifier: Apache-2.0
// Parts cover an output once, in whole units, and are as even as units allow.
#include "octet/detail/parts.hpp"

#include <algorithm>
#include <vector>

#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

using octet::Part;
using octet::PartAxis;
using octet::Partition;
using octet::PartRange;
using namespace octet::detail;

// How often each of the axis.count * axis.size rows or columns is among the units.
std::vector<int> places_of(const PartAxis& axis, const PartRange& units) {
  std::vector<int> places(static_cast<std::size_t>(axis.count * axis.size));
  for_each_piece(axis, units, [&](std::int64_t i, const PartRange& range) {
    CHECK(range.first % axis.unit == 0);
    CHECK((range.last % axis.unit == 0 || range.last == axis.size));
    for (std::int64_t place = range.first; place < range.last; ++place) {
      ++places.at(static_cast<std::size_t>(i * axis.size + place));
    }
  });
  return places;
}

PartAxis random_axis(Random& random) {
  return {random.in(1, 50), random.in(1, 16), random.one_in(2) ? 1 : random.in(1, 4)};
}

}  // namespace

TEST_CASE("parts cover every place once") {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(200); i > 0; --i) {
    const PartAxis rows = random_axis(random), columns = random_axis(random);
    const std::int32_t parts = random.in(1, 12);
    const Partition cut = partition(
        {.rows = rows, .columns = columns, .row_cost = random.in(0, 20), .scratch_step = 64},
        parts);
    CAPTURE(rows.size, rows.unit, rows.count, columns.size, columns.unit, columns.count, parts);
    REQUIRE(cut.row_parts * cut.column_parts <= parts);
    const std::int64_t places = rows.count * rows.size * columns.count * columns.size;
    std::vector<int> covered(static_cast<std::size_t>(places));
    for (std::int32_t p = 0; p < cut.row_parts * cut.column_parts; ++p) {
      const Part part = part_of(cut, p);
      REQUIRE(part.scratch == 64 * static_cast<std::size_t>(p));
      const std::vector<int> in_rows = places_of(rows, part.rows);
      const std::vector<int> in_columns = places_of(columns, part.columns);
      std::size_t place = 0;
      for (const int in_row : in_rows) {
        for (const int in_column : in_columns) covered[place++] += in_row * in_column;
      }
    }
    REQUIRE(covered == std::vector<int>(covered.size(), 1));
  }
}

TEST_CASE("the largest part is as large as predicted") {
  for (std::int64_t size = 1; size <= 40; ++size) {
    for (std::int64_t unit = 1; unit <= 8; ++unit) {
      const PartAxis axis{size, unit};
      for (std::int32_t parts = 1; parts <= axis.units(); ++parts) {
        CAPTURE(size, unit, parts);
        std::int64_t largest = 0;
        for (std::int32_t p = 0; p < parts; ++p) {
          const PartRange range = range_of(axis, part_range(axis.units(), parts, p));
          REQUIRE(range.first < range.last);
          largest = std::max(largest, range.last - range.first);
        }
        REQUIRE(largest_part(axis, parts) == largest);
      }
    }
  }
}

TEST_CASE("rows are cut before columns, and columns where rows are few") {
  const auto cut = [](std::int64_t m, std::int64_t n, std::int32_t parts) {
    const Partition p = partition({.rows = {m, 12}, .columns = {n, 64}, .row_cost = 16}, parts);
    return std::vector<std::int32_t>{p.row_parts, p.column_parts};
  };
  CHECK(cut(512, 512, 2) == std::vector<std::int32_t>{2, 1});
  CHECK(cut(12544, 16, 4) == std::vector<std::int32_t>{4, 1});
  CHECK(cut(8, 4096, 4) == std::vector<std::int32_t>{1, 4});
  CHECK(cut(24, 1024, 4) == std::vector<std::int32_t>{2, 2});
  CHECK(cut(36, 4096, 2) == std::vector<std::int32_t>{1, 2});
  // No more parts than there are units, nor than make the largest smaller.
  CHECK(cut(1, 12, 4) == std::vector<std::int32_t>{1, 1});
  CHECK(cut(48, 12, 3) == std::vector<std::int32_t>{2, 1});
}

TEST_CASE("scratch memory of many parts never is too small a number") {
  STATIC_REQUIRE(scratch_of_parts(64, 3) == 192);
  STATIC_REQUIRE(scratch_of_parts(64, 0) == 0);
  STATIC_REQUIRE(scratch_of_parts(64, -1) == 0);
  STATIC_REQUIRE(scratch_of_parts(std::size_t{1} << 60, 1 << 30) == PTRDIFF_MAX);
}

TEST_CASE("no part of a repeated axis is larger than predicted") {
  for (std::int64_t size = 1; size <= 20; ++size) {
    for (std::int64_t unit = 1; unit <= 8; ++unit) {
      for (std::int32_t count = 2; count <= 4; ++count) {
        const PartAxis axis{size, unit, count};
        for (std::int32_t parts = 1; parts <= axis.units(); ++parts) {
          CAPTURE(size, unit, count, parts);
          std::int64_t largest = 0;
          for (std::int32_t p = 0; p < parts; ++p) {
            std::int64_t places = 0;
            for_each_piece(
                axis, part_range(axis.units(), parts, p),
                [&](std::int64_t, const PartRange& range) { places += range.last - range.first; });
            largest = std::max(largest, places);
          }
          REQUIRE(largest <= largest_part(axis, parts));
          const bool alike = axis.units() % parts == 0 && count % parts == 0;
          if (alike) REQUIRE(largest == largest_part(axis, parts));
        }
      }
    }
  }
}
