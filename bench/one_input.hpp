// SPDX-License-Identifier: Apache-2.0
// Operations of one input: their first result must equal the reference, then they are measured.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "array.hpp"
#include "measure.hpp"
#include "octet/hosted/message.hpp"
#include "octet/types.hpp"

namespace octet_bench {

// A function of the reference, whatever it is overloaded for, as an object.
#define REFERENCE(function) [](const auto&... all) { octet::reference::function(all...); }

template <class Operation, class In, class Out>
void measure_one_input(benchmark::State& state, const octet::Result<Operation>& operation,
                       const Array<In>& input, const Array<Out>& expected,
                       std::int64_t operations) {
  if (!operation) return fail(state, octet::to_string(operation.status()));
  Array<Out> output(static_cast<std::int64_t>(expected.span().size()));
  const auto bound = operation->bind(input.span(), output.span());
  if (!bound) return fail(state, octet::to_string(bound.status()));
  bound->run();
  if (!std::ranges::equal(output.span(), expected.span())) {
    return fail(state, "outputs differ from the reference");
  }
  const std::size_t bytes = input.span().size_bytes() + output.span().size_bytes();
  measure(state, operations, static_cast<std::int64_t>(bytes), [&] { bound->run(); });
}

}  // namespace octet_bench
