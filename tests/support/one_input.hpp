// SPDX-License-Identifier: Apache-2.0
// What the tests of operations of one input and one output share: running them in guarded memory of
// exactly the sizes they ask for, and the memory that bind and rebind refuse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "octet/hosted/message.hpp"
#include "octet/types.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/random.hpp"
#include "support/refusal.hpp"

// What an operation makes of `input`, in memory that ends, or begins, at a page nobody may touch:
// bound to it from the start, and bound to other memory first.
template <class Out, class In, class Operation>
std::vector<Out> run_guarded(const octet::Result<Operation>& operation,
                             const std::vector<In>& input, std::int64_t outputs,
                             Guard guard = Guard::after) {
  static_assert(sizeof(void*) > 8 || sizeof(typename Operation::Bound) <= 160);
  INFO(octet::to_string(operation.status()));
  REQUIRE(operation);
  GuardedBuffer<In> memory(input, guard);
  GuardedBuffer<Out> output(outputs, guard), again(outputs, guard);
  auto bound = operation->bind(memory.span(), output.span());
  INFO(octet::to_string(bound.status()));
  REQUIRE(bound);
  bound->run();
  REQUIRE(bound->rebind(memory.span(), again.span()).ok());
  bound->run();
  std::vector<Out> result(output.span().begin(), output.span().end());
  REQUIRE(std::vector<Out>(again.span().begin(), again.span().end()) == result);
  return result;
}

// Checks that bind and rebind refuse memory that is null, too small, or written while it is read;
// the very same memory only where an operation does not work in place.
template <class In, class Out, class Operation>
void check_memory_refusals(const Operation& operation, std::int64_t inputs, std::int64_t outputs,
                           const char* name, bool in_place = false) {
  constexpr std::size_t kRoom = sizeof(In) > sizeof(Out) ? sizeof(In) : sizeof(Out);
  const auto in = static_cast<std::size_t>(inputs), out = static_cast<std::size_t>(outputs);
  alignas(8) std::vector<std::uint64_t> memory((in + out) * kRoom / 8 + 2);
  auto* const bytes = reinterpret_cast<std::byte*>(memory.data());
  const std::span<In> input(reinterpret_cast<In*>(bytes), in);
  std::vector<Out> elsewhere(out);
  const std::span<Out> output(elsewhere);
  const std::span<In> no_input;
  const std::span<Out> no_output;
  auto bound = operation.bind(input, output);
  REQUIRE(bound);
  const auto refused = [&](std::span<In> x, std::span<Out> y, octet::StatusCode code,
                           const char* argument) {
    for (const octet::Status status : {operation.bind(x, y).status(), bound->rebind(x, y)}) {
      INFO(octet::to_string(status));
      CHECK(status.code == code);
      CHECK(std::string(status.argument) == argument);
    }
  };
  using enum octet::StatusCode;
  refused(no_input, output, null_pointer, "input");
  refused(input, no_output, null_pointer, "output");
  refused(input.first(in - 1), output, buffer_too_small, "input");
  refused(input, output.first(out - 1), buffer_too_small, "output");
  // The last bytes of the input are the first of the output, and the other way round.
  auto* const last = reinterpret_cast<Out*>(bytes + in * sizeof(In) - sizeof(Out));
  if (sizeof(Out) <= sizeof(In)) refused(input, {last, out}, overlap, "output");
  const std::span<Out> same(reinterpret_cast<Out*>(bytes), out);
  if (in_place) {
    CHECK(operation.bind(input, same));
  } else {
    refused(input, same, overlap, "output");
  }
  typename Operation::Bound unbound;
  CHECK(unbound.rebind(input, output).code == not_prepared);
  const octet::Status unprepared = Operation().bind(input, output).status();
  CHECK(unprepared.code == not_prepared);
  CHECK(std::string(unprepared.argument) == name);
}
