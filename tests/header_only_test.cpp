// SPDX-License-Identifier: Apache-2.0
// Every family once, with kernels that this unit compiles itself: the way of users who include the
// headers and link nothing. The other tests link octet::compiled.
#include <cstdint>
#include <span>
#include <vector>

#include "octet/hosted/aligned_buffer.hpp"
#include "octet/octet.hpp"
#include "octet/quantize/multiplier.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"

static_assert(OCTET_HAS_KERNELS);

namespace {

using Bytes = std::vector<std::int8_t>;

template <class Operation, class Params>
Bytes run(const octet::Result<Operation>& operation, const Params&, const Bytes& x, std::size_t y) {
  REQUIRE(operation.status().code == octet::StatusCode::ok);
  Bytes output(y);
  const auto bound = operation->bind(x, output);
  REQUIRE(bound.status().code == octet::StatusCode::ok);
  bound->run();
  return output;
}

}  // namespace

TEST_CASE("headers alone run every family") {
  Random random(test_seed());
  CAPTURE(random.seed());
  const auto x = random.vector<std::int8_t>(4 * 5 * 24);
  const octet::ShapeNhwc image{1, 4, 5, 24};
  const octet::Shape shape{4, {1, 4, 5, 24}};
  for_each_backend([&](const octet::Backend& backend) {
    {
      const std::int32_t multiplier[] = {1 << 30}, shift[] = {-6};
      const octet::Conv2dParams params{.input = {image, 3},
                                       .filter = {9, 3, 3, 24},
                                       .output = {.multiplier = multiplier, .shift = shift}};
      const auto filter = random.vector<std::int8_t>(9 * 3 * 3 * 24);
      using Operation = octet::Conv2d<std::int8_t>;
      octet::AlignedBuffer packed(Operation::packed_bytes(params, backend));
      octet::AlignedBuffer scratch(Operation::scratch_bytes(params, backend));
      const auto operation = Operation::prepare(params, filter, {}, packed.span(), backend);
      REQUIRE(operation);
      Bytes output(static_cast<std::size_t>(output_shape(params).size())), expected = output;
      const auto bound = operation->bind(x, output, scratch.span());
      REQUIRE(bound);
      bound->run();
      octet::reference::conv2d(params, x.data(), filter.data(),
                               static_cast<const std::int32_t*>(nullptr), expected.data());
      CHECK(output == expected);
    }
    {
      const auto params =
          octet::mul_params<std::int8_t>({shape, {0.1f, 3}, shape, {0.1f, 3}, {0.5f, -7}});
      const auto operation = octet::Mul<std::int8_t>::prepare(params, backend);
      REQUIRE(operation);
      Bytes output(x.size()), expected = output;
      const auto bound = operation->bind(x, x, output);
      REQUIRE(bound);
      bound->run();
      octet::reference::mul(params, x.data(), x.data(), expected.data());
      CHECK(output == expected);
    }
    {
      const auto params = octet::requantize_params(shape, {0.1f, 3}, {0.2f, -7});
      Bytes expected(x.size());
      octet::reference::requantize(params, x.data(), expected.data());
      CHECK(run(octet::Requantize<std::int8_t>::prepare(params, backend), params, x, x.size()) ==
            expected);
    }
    {
      const octet::Pool2dParams params{.input = {image}, .filter = {2, 2}};
      const auto size = static_cast<std::size_t>(output_shape(params).size());
      Bytes expected(size);
      octet::reference::max_pool2d(params, x.data(), expected.data());
      CHECK(run(octet::MaxPool2d<std::int8_t>::prepare(params, backend), params, x, size) ==
            expected);
    }
    {
      octet::MeanParams params{.input = {shape, 3}, .reduce = {false, true, true}};
      params.output.rescale = octet::mean_multiplier(0.5f, 0.25f, 20);
      Bytes expected(24);
      octet::reference::mean(params, x.data(), expected.data());
      CHECK(run(octet::Mean<std::int8_t>::prepare(params, backend), params, x, 24) == expected);
    }
  });
  {
    octet::AlignedBuffer packed(256);
    const auto params = octet::logistic_params(shape, {0.05f, 3});
    Bytes expected(x.size());
    octet::reference::logistic(params, x.data(), expected.data());
    CHECK(run(octet::Logistic<std::int8_t>::prepare(params, packed.span()), params, x, x.size()) ==
          expected);
  }
  {
    const octet::PadParams params{.input = {shape}, .before = {0, 1}, .after = {0, 0, 2}};
    const auto size = static_cast<std::size_t>(output_shape(params).size());
    Bytes expected(size);
    octet::reference::pad(params, x.data(), expected.data());
    CHECK(run(octet::Pad<std::int8_t>::prepare(params), params, x, size) == expected);
  }
}
