// SPDX-License-Identifier: Apache-2.0
// requantize/octet:<backend>/<types>/<count>; GOPS counts one operation for each element.
#include "octet/requantize.hpp"

#include <limits>
#include <string>

#include "octet/backends.hpp"
#include "octet/quantize/multiplier.hpp"
#include "octet/reference/requantize.hpp"
#include "one_input.hpp"
#include "shapes.hpp"

namespace octet_bench {
namespace {

template <class In, class Out>
void run_requantize(benchmark::State& state, const octet::RequantizeParams& params,
                    const octet::Backend& backend) {
  const std::int64_t count = params.input.shape.size();
  Generator generator(kSeed);
  Array<In> input(count);
  Array<Out> expected(count);
  // int32: sums of about 1000 products of 8-bit values.
  constexpr std::int32_t kHighest = sizeof(In) == 1 ? std::numeric_limits<In>::max() : 500000;
  constexpr std::int32_t kLowest = sizeof(In) == 1 ? std::numeric_limits<In>::min() : -kHighest;
  fill(input.span(), kLowest, kHighest, generator);
  octet::reference::requantize(params, input.data(), expected.data());
  measure_one_input(state, octet::Requantize<In, Out>::prepare(params, backend), input, expected,
                    count);
}

template <class In, class Out>
void register_requantize(const Isa& isa, const std::string& types, double scale,
                         std::int32_t input_zero_point) {
  octet::RequantizeParams params;
  params.input.zero_point = input_zero_point;
  params.output = {.zero_point = -5, .rescale = octet::quantize_multiplier(scale)};
  for (const std::int64_t count : kRequantizeCounts) {
    params.input.shape = {1, {static_cast<std::int32_t>(count)}};
    for (const octet::Backend* backend : backends(isa)) {
      const std::string name = std::string("requantize/octet:") + backend->name + "/" + types +
                               "/" + std::to_string(count);
      register_benchmark(
          name, [=](benchmark::State& state) { run_requantize<In, Out>(state, params, *backend); });
    }
  }
}

}  // namespace
}  // namespace octet_bench

int main(int argc, char** argv) {
  using namespace octet_bench;
  const Isa& isa = limit_isa(argc, argv);
  register_requantize<std::int32_t, std::int8_t>(isa, "s32s8", 0.0003, 0);
  register_requantize<std::int8_t, std::int8_t>(isa, "s8s8", 0.7, 3);
  register_requantize<std::uint8_t, std::int8_t>(isa, "u8s8", 1, 128);
  return run(isa, argc, argv);
}
