// SPDX-License-Identifier: Apache-2.0
// The list of backends, and that those which this machine must have are there: a comma-separated
// list in OCTET_EXPECT_BACKENDS.
#include "octet/backends.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "octet/hosted/aligned_buffer.hpp"
#include "octet/octet.hpp"
#include "octet/quantize/multiplier.hpp"
#include "support/catch.hpp"
#include "support/backends.hpp"
#include "support/refusal.hpp"

static_assert(!std::is_copy_constructible_v<octet::Backend>);
static_assert(!std::is_copy_assignable_v<octet::Backend>);
static_assert(std::is_standard_layout_v<octet::Backend>);
static_assert(octet::find_backend(octet::kBackends[0]->name) == octet::kBackends[0]);

TEST_CASE("the backends come best first") {
  constexpr std::string_view kBestFirst[] = {"amx_int8", "avx512vnni", "avxvnni", "avx2",
                                             "sse41",    "i8mm",       "dotprod", "neon",
                                             "neon32",   "portable",   "scalar"};
  auto place = std::begin(kBestFirst);
  for (const octet::Backend* backend : octet::kBackends) {
    CAPTURE(backend->name);
    place = std::find(place, std::end(kBestFirst), backend->name);
    REQUIRE(place != std::end(kBestFirst));
    ++place;  // so that no name comes twice
  }
}

TEST_CASE("the index of a backend is its place in the list") {
  int index = 0;
  for (const octet::Backend* backend : octet::kBackends) REQUIRE(backend->index == index++);
}

TEST_CASE("backends are found by name") {
  for (const octet::Backend* backend : octet::kBackends) {
    REQUIRE(octet::find_backend(backend->name) == backend);
    REQUIRE(octet::find_backend(std::string(backend->name) + " ") == nullptr);
  }
  REQUIRE(octet::find_backend("") == nullptr);
  REQUIRE(octet::find_backend("SCALAR") == nullptr);
}

TEST_CASE("the best backend is the first that the machine can run") {
  const auto first =
      std::find_if(std::begin(octet::kBackends), std::end(octet::kBackends),
                   [](const octet::Backend* backend) { return backend->available(); });
  REQUIRE(first != std::end(octet::kBackends));
  REQUIRE(&octet::best_backend() == *first);
}

TEST_CASE("a backend stays available or not") {
  for (const octet::Backend* backend : octet::kBackends) {
    CAPTURE(backend->name);
    REQUIRE(backend->available() == backend->available());
  }
}

TEST_CASE("the tests of each backend run on every backend of this machine") {
  std::string ran;
  for_each_backend([&](const octet::Backend& backend) {
    REQUIRE(backend.available());
    ran += backend.name + std::string(" ");
  });
  std::string available;
  for (const octet::Backend* backend : octet::kBackends) {
    if (backend->available()) available += backend->name + std::string(" ");
  }
  REQUIRE(ran == available);
}

TEST_CASE("the expected backends are available") {
  const char* const expected = std::getenv("OCTET_EXPECT_BACKENDS");
  if (expected == nullptr) {
    WARN("OCTET_EXPECT_BACKENDS is not set: whichever backends this machine has are tested");
    return;
  }
  std::istringstream names(expected);
  for (std::string name; std::getline(names, name, ',');) {
    CAPTURE(name);
    const octet::Backend* const backend = octet::find_backend(name);
    CHECK(backend != nullptr);
    CHECK((backend != nullptr && backend->available()));
  }
}

TEST_CASE("what the machine cannot run is not bound") {
  static constexpr octet::Backend never(
      "never", +[] { return false; }, 0);
  std::vector<std::int8_t> x(4), y(4);
  const auto check = [&](const auto& operation) {
    REQUIRE(operation);
    CHECK_REFUSED(operation->bind(x, y), backend_unavailable, "never");
  };
  const octet::Shape shape{1, {4}};
  const auto add = octet::Add<std::int8_t>::prepare(
      octet::add_params<std::int8_t>({shape, {0.5f, 0}, shape, {0.5f, 0}, {1.0f, 0}}), never);
  REQUIRE(add);
  CHECK_REFUSED(add->bind(x, x, y), backend_unavailable, "never");
  check(octet::Requantize<std::int8_t>::prepare(
      octet::requantize_params(shape, {0.5f, 0}, {1.0f, 0}), never));
  const octet::Pool2dParams pool{.input = {{1, 2, 2, 1}}, .filter = {1, 1}};
  check(octet::MaxPool2d<std::int8_t>::prepare(pool, never));
  check(octet::AveragePool2d<std::int8_t>::prepare(pool, never));
  octet::MeanParams mean{.input = {shape}};
  mean.output.rescale = {1 << 30, 1};
  check(octet::Mean<std::int8_t>::prepare(mean, never));

  octet::AlignedBuffer packed(1 << 16), scratch(1 << 16);
  static constexpr std::int32_t kMultiplier[] = {1 << 30}, kShift[] = {-8};
  const octet::OutputStage output{.multiplier = kMultiplier, .shift = kShift};
  const std::vector<std::int8_t> weights(1, 1);
  const auto check_layer = [&](const auto& operation) {
    REQUIRE(operation);
    CHECK_REFUSED(operation->bind(x, y, scratch.span()), backend_unavailable, "never");
  };
  check_layer(
      octet::Gemm<std::int8_t>::prepare({.output = output}, weights, {}, packed.span(), never));
  check_layer(octet::FullyConnected<std::int8_t>::prepare({.output = output}, weights, {},
                                                          packed.span(), never));
  check_layer(
      octet::Conv2d<std::int8_t>::prepare({.output = output}, weights, {}, packed.span(), never));
  check_layer(octet::DepthwiseConv2d<std::int8_t>::prepare({.output = output}, weights, {},
                                                           packed.span(), never));
}
