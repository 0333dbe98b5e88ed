// SPDX-License-Identifier: Apache-2.0
// Operators that call other graphs of a model: IF and WHILE; CALL_ONCE, which the engine sees to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "octet_engine/engine.hpp"
#include "operation.hpp"

namespace octet_engine {

// Whether the operator is IF or WHILE.
bool calls_subgraphs(const Operator& operation);

// A graph that may be called: any but the model itself.
Expected<std::size_t> find_callee(const Node& node, const Model& model, std::int32_t index);

// The two graphs that IF or WHILE calls, whose inputs and outputs are those of the operator.
Expected<std::array<std::size_t, 2>> find_callees(const Node& node, const Model& model);

// The operation, from the engines of these graphs.
std::unique_ptr<Operation> make_call(const Node& node, std::vector<Engine> engines);

}  // namespace octet_engine
