// SPDX-License-Identifier: Apache-2.0
// Operators that a program brings along: those that a file calls CUSTOM, by their names.
//
//   class Negate : public octet_engine::CustomOperation { void run(...) override { ... } };
//   const octet_engine::CustomOperator custom[] = {
//       {"Negate", [](const octet_engine::CustomNode& node) { ... }}};
//   auto engine = octet_engine::Engine::create(model, {.custom_operators = custom});
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "octet/backends.hpp"
#include "octet_engine/model.hpp"
#include "octet_engine/result.hpp"

namespace octet_engine {

// The memory of a run: a span for each input and output in the order of the file, empty where an
// optional input is absent, and scratch memory that other operations use too.
struct CustomMemory {
  std::span<const std::span<const std::byte>> inputs;
  std::span<const std::span<std::byte>> outputs;
  std::span<std::byte> scratch;
};

class CustomOperation {
 public:
  virtual ~CustomOperation() = default;

  virtual std::size_t scratch_bytes() const { return 0; }
  // Cannot fail; whatever it keeps from run to run, `reset` makes fresh.
  virtual void run(const CustomMemory& memory) = 0;
  virtual void reset() {}
};

// An operator of a model that is being prepared. All it refers to lives as long as the model, but
// for constants that were folded: look at them now.
struct CustomNode {
  std::vector<const Tensor*> inputs;  // null pointers for absent ones
  std::vector<const Tensor*> outputs;
  std::span<const std::byte> options;  // custom_options, as the file has them
  const octet::Backend& backend;
  octet::Rounding rounding;
};

struct CustomOperator {
  std::string name;  // custom_code in the file
  std::function<Expected<std::unique_ptr<CustomOperation>>(const CustomNode&)> prepare;
};

}  // namespace octet_engine
