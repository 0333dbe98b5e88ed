// SPDX-License-Identifier: Apache-2.0
// {average,max}_pool2d/octet:<backend>/s8/<shape>; GOPS counts one operation for each element of a
// window.
#include <limits>
#include <string>

#include "octet/average_pool2d.hpp"
#include "octet/backends.hpp"
#include "octet/max_pool2d.hpp"
#include "one_input.hpp"
#include "shapes.hpp"

namespace octet_bench {
namespace {

using Reference = void(const octet::Pool2dParams& params, const std::int8_t* x, std::int8_t* y);

template <class Pool>
void run_pool2d(benchmark::State& state, const octet::Pool2dParams& params,
                const octet::Backend& backend, Reference& reference) {
  Generator generator(kSeed);
  const octet::ShapeNhwc out = output_shape(params);
  Array<std::int8_t> input(params.input.shape.size());
  Array<std::int8_t> expected(out.size());
  fill(input.span(), std::numeric_limits<std::int8_t>::min(),
       std::numeric_limits<std::int8_t>::max(), generator);
  reference(params, input.data(), expected.data());
  measure_one_input(state, Pool::prepare(params, backend), input, expected,
                    out.size() * params.filter.h * params.filter.w);
}

template <class Pool>
void register_pool2d(const Isa& isa, const std::string& operation, Reference& reference) {
  for (const Pool2dShape& shape : kPool2dShapes) {
    for (const octet::Backend* backend : backends(isa)) {
      const std::string benchmark = operation + "/octet:" + backend->name + "/s8/" + name(shape);
      register_benchmark(benchmark, [=, &reference](benchmark::State& state) {
        run_pool2d<Pool>(state, params(shape), *backend, reference);
      });
    }
  }
}

}  // namespace
}  // namespace octet_bench

int main(int argc, char** argv) {
  using namespace octet_bench;
  const Isa& isa = limit_isa(argc, argv);
  register_pool2d<octet::AveragePool2d<std::int8_t>>(isa, "average_pool2d",
                                                     octet::reference::average_pool2d<std::int8_t>);
  register_pool2d<octet::MaxPool2d<std::int8_t>>(isa, "max_pool2d",
                                                 octet::reference::max_pool2d<std::int8_t>);
  return run(isa, argc, argv);
}
