// SPDX-License-Identifier: Apache-2.0
// Resizing of images: nearest neighbour and bilinear.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "octet/resize_bilinear.hpp"
#include "octet/resize_nearest_neighbor.hpp"
#include "support/backends.hpp"
#include "support/lift.hpp"
#include "support/one_input.hpp"
#include "support/roundings.hpp"

namespace {

using octet::Resize2dParams;
using octet::ResizeBilinear;
using octet::ResizeNearestNeighbor;
using octet::Rounding;

using Bytes = std::vector<std::int8_t>;

struct Nearest {
  static constexpr const char* kName = "resize_nearest_neighbor";
  static constexpr auto reference = OCTET_LIFT(octet::reference::resize_nearest_neighbor);
  template <class T>
  using Prepared = ResizeNearestNeighbor<T>;
};

struct Bilinear {
  static constexpr const char* kName = "resize_bilinear";
  static constexpr auto reference = OCTET_LIFT(octet::reference::resize_bilinear);
  template <class T>
  using Prepared = ResizeBilinear<T>;
};

template <class Resize>
Bytes resized(const Bytes& row, std::int32_t size, Resize2dParams params = {}) {
  params.input = {.shape = {1, 1, static_cast<std::int32_t>(row.size()), 1}};
  params.size = {1, size};
  return run_guarded<std::int8_t>(Resize::template Prepared<std::int8_t>::prepare(params), row,
                                  size);
}

// As tflite-micro computes it.
std::int32_t nearest_in_float(const Resize2dParams& p, std::int32_t position, std::int32_t inputs,
                              std::int32_t outputs) {
  const float scale = p.align_corners && outputs > 1
                          ? static_cast<float>(inputs - 1) / static_cast<float>(outputs - 1)
                          : static_cast<float>(inputs) / static_cast<float>(outputs);
  const float offset = p.half_pixel_centers ? 0.5f : 0.0f;
  const float product = (static_cast<float>(position) + offset) * scale;
  const float whole = p.align_corners ? std::round(product) : std::floor(product);
  return std::min(static_cast<std::int32_t>(whole), inputs - 1);
}

}  // namespace

TEMPLATE_PRODUCT_TEST_CASE("resizing equals the reference on every backend", "", std::pair,
                           ((Nearest, std::int8_t), (Nearest, std::int16_t),
                            (Nearest, std::int32_t), (Bilinear, std::int8_t),
                            (Bilinear, std::uint8_t), (Bilinear, std::int16_t))) {
  using Resize = typename TestType::first_type;
  using T = typename TestType::second_type;
  Random random(test_seed());
  CAPTURE(random.seed());
  for_each_backend([&](const octet::Backend& backend) {
    for (std::int64_t i = test_iterations(200); i > 0; --i) {
      Resize2dParams params{
          .input = {.shape = {random.in(1, 2), random.in(1, 9), random.in(1, 9),
                              random.one_in(2) ? random.in(1, 5) : random.in(1, 150)}},
          .size = {random.in(1, 12), random.in(1, 12)},
          .align_corners = random.one_in(3),
          .half_pixel_centers = random.one_in(2),
          .rounding = random_rounding(random)};
      if (params.align_corners) params.half_pixel_centers = false;
      const octet::ShapeNhwc& in = params.input.shape;
      CAPTURE(in.n, in.h, in.w, in.c, params.size.h, params.size.w, params.align_corners,
              params.half_pixel_centers);
      const auto x =
          random.one_in(4) ? random.extreme_vector<T>(in.size()) : random.vector<T>(in.size());
      std::vector<T> expected(static_cast<std::size_t>(output_shape(params).size()));
      Resize::reference(params, x.data(), expected.data());
      REQUIRE(run_guarded<T>(Resize::template Prepared<T>::prepare(params, backend), x,
                             output_shape(params).size(),
                             random.one_in(2) ? Guard::before : Guard::after) == expected);
    }
  });
}

TEST_CASE("the nearest pixel is that of float32") {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto check = [](const Resize2dParams& p, std::int32_t position, std::int32_t inputs,
                        std::int32_t outputs) {
    const std::int32_t expected = nearest_in_float(p, position, inputs, outputs);
    if (octet::reference::nearest_neighbor(p, position, inputs, outputs) != expected) {
      CAPTURE(position, inputs, outputs, p.align_corners, p.half_pixel_centers);
      REQUIRE(octet::reference::nearest_neighbor(p, position, inputs, outputs) == expected);
    }
  };
  for (const bool align_corners : {false, true}) {
    for (const bool half_pixel_centers : {false, true}) {
      const Resize2dParams params{.align_corners = align_corners,
                                  .half_pixel_centers = half_pixel_centers};
      for (std::int32_t inputs = 1; inputs <= 60; ++inputs) {
        for (std::int32_t outputs = 1; outputs <= 60; ++outputs) {
          for (std::int32_t i = 0; i < outputs; ++i) check(params, i, inputs, outputs);
        }
      }
      for (std::int64_t n = test_iterations(100000); n > 0; --n) {
        const std::int32_t inputs = random.in(1, 1 << random.in(1, 20));
        const std::int32_t outputs = random.in(1, 1 << random.in(1, 20));
        check(params, random.in(0, outputs - 1), inputs, outputs);
      }
    }
  }
  SUCCEED();
}

TEST_CASE("resizing by hand") {
  CHECK(resized<Nearest>({1, 2, 3}, 6) == Bytes{1, 1, 2, 2, 3, 3});
  CHECK(resized<Nearest>({1, 2, 3, 4}, 2) == Bytes{1, 3});
  CHECK(resized<Nearest>({1, 2, 3, 4}, 2, {.align_corners = true}) == Bytes{1, 4});
  CHECK(resized<Nearest>({1, 2, 3, 4}, 2, {.half_pixel_centers = true}) == Bytes{2, 4});
  CHECK(resized<Bilinear>({0, 10}, 4) == Bytes{0, 5, 10, 10});
  CHECK(resized<Bilinear>({0, 9}, 4, {.align_corners = true}) == Bytes{0, 3, 6, 9});
  CHECK(resized<Bilinear>({0, 8}, 4, {.half_pixel_centers = true}) == Bytes{0, 2, 6, 8});
  CHECK(resized<Bilinear>({0, 1}, 4) == Bytes{0, 1, 1, 1});
  CHECK(resized<Bilinear>({0, -1}, 4) == Bytes{0, -1, -1, -1});
  CHECK(resized<Bilinear>({0, -1}, 4, {.rounding = Rounding::single}) == Bytes{0, 0, -1, -1});
}

// 2^10 * 2 / 3000 rounds to 1, so that the last position is 2999 / 2^10, almost 3.
TEST_CASE("rows behind the last one are the last one") {
  const Bytes row = resized<Bilinear>({10, 20}, 3000);
  CHECK(row[1023] == 20);
  CHECK(std::all_of(row.begin() + 1024, row.end(), [](std::int8_t x) { return x == 20; }));
}

TEMPLATE_TEST_CASE("resizing refuses bad parameters", "", Nearest, Bilinear) {
  const auto prepare = [](const Resize2dParams& params) {
    return TestType::template Prepared<std::int8_t>::prepare(params);
  };
  using enum octet::StatusCode;
  check_refused(
      Resize2dParams{.input = {.shape = {1, 4, 5, 2}}, .size = {8, 10}}, prepare,
      {
          {invalid_shape, "input.shape.n", [](auto& p) { p.input.shape.n = 0; }},
          {invalid_shape, "input.shape.c", [](auto& p) { p.input.shape.c = -1; }},
          {invalid_shape, "size.h", [](auto& p) { p.size.h = 0; }},
          {invalid_shape, "size.w", [](auto& p) { p.size.w = -1; }},
          {unsupported, "input.shape.h", [](auto& p) { p.input.shape.h = (1 << 20) + 1; }},
          {unsupported, "input.shape.w", [](auto& p) { p.input.shape.w = (1 << 20) + 1; }},
          {unsupported, "size.h", [](auto& p) { p.size.h = (1 << 20) + 1; }},
          {unsupported, "size.w",
           [](auto& p) { p.size.w = std::numeric_limits<std::int32_t>::max(); }},
          {invalid_shape, "output",
           [](auto& p) {
             p.input.shape = {1 << 20, 1, 1, 1 << 30};
             p.size = {1 << 20, 1 << 20};
           }},
      });
  const Resize2dParams both{.input = {.shape = {1, 4, 5, 2}},
                            .size = {8, 10},
                            .align_corners = true,
                            .half_pixel_centers = true};
  const bool is_nearest = TestType::kName == Nearest::kName;
  CHECK(prepare(both).status().ok() == is_nearest);
  const Resize2dParams unrounded{.input = {.shape = {1, 4, 5, 2}},
                                 .size = {8, 10},
                                 .rounding = static_cast<octet::Rounding>(6)};
  CHECK(prepare(unrounded).status().ok() == is_nearest);
}

TEMPLATE_TEST_CASE("resizing refuses bad memory", "", Nearest, Bilinear) {
  const auto resize = TestType::template Prepared<std::int8_t>::prepare(
      Resize2dParams{.input = {.shape = {1, 2, 2, 3}}, .size = {2, 1}});
  REQUIRE(resize);
  check_memory_refusals<std::int8_t, std::int8_t>(*resize, 12, 6, TestType::kName);
}
