// SPDX-License-Identifier: Apache-2.0
// Variables that have names instead of tensors: VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "octet_engine/model.hpp"
#include "octet_engine/result.hpp"

namespace octet_engine {

struct NamedVariable {
  const Tensor* tensor = nullptr;  // one that is assigned to it, or else read from it
  bool is_assigned = false;
  std::span<std::byte> memory;
};

// Those of all graphs of a model, which share them by name.
class NamedVariables {
 public:
  // Fails where one is not used with one type and one number of elements.
  static Expected<NamedVariables> find(const Model& model);

  // The variable that a tensor of a graph names, or a null pointer.
  NamedVariable* named_by(std::size_t graph, std::int32_t tensor);

  std::vector<NamedVariable>& all() { return variables_; }

 private:
  std::optional<Error> add_use(const Model& model, std::size_t graph, std::size_t operation);

  std::vector<NamedVariable> variables_;
  std::map<std::pair<std::string, std::string>, std::size_t> by_name_;
  std::map<std::pair<std::size_t, std::int32_t>, std::size_t> by_handle_;
};

}  // namespace octet_engine
