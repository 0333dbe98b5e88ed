// SPDX-License-Identifier: Apache-2.0
// VAR_HANDLE, READ_VARIABLE and ASSIGN_VARIABLE; CALL_ONCE, which gives variables their values, is
// the engine's.
#include "variables.hpp"

#include <optional>

#include "operators.hpp"

namespace octet_engine {

namespace {

std::string text(const flatbuffers::String* string) { return string ? string->str() : ""; }

}  // namespace

Expected<NamedVariables> NamedVariables::find(const Model& model) {
  NamedVariables found;
  for (std::size_t g = 0; g < model.graphs().size(); ++g) {
    for (const Operator& operation : model.graphs()[g].operators) {
      if (operation.code != schema::BuiltinOperator_VAR_HANDLE || operation.outputs.empty()) {
        continue;
      }
      const auto* const options = operation.record->builtin_options_as_VarHandleOptions();
      if (options == nullptr) continue;  // its check says so
      const auto [named, is_new] = found.by_name_.insert(
          {{text(options->container()), text(options->shared_name())}, found.variables_.size()});
      if (is_new) found.variables_.emplace_back();
      found.by_handle_[{g, operation.outputs[0]}] = named->second;
    }
  }
  for (std::size_t g = 0; g < model.graphs().size(); ++g) {
    for (std::size_t i = 0; i < model.graphs()[g].operators.size(); ++i) {
      if (auto error = found.add_use(model, g, i)) return *error;
    }
  }
  return found;
}

std::optional<Error> NamedVariables::add_use(const Model& model, std::size_t graph,
                                             std::size_t operation) {
  const Node node(model.graphs()[graph], operation);
  const bool assigns = node.operation().code == schema::BuiltinOperator_ASSIGN_VARIABLE;
  if (!assigns && node.operation().code != schema::BuiltinOperator_READ_VARIABLE) {
    return std::nullopt;
  }
  // Operands that are missing are found when the operator is checked.
  if (!node.has_input(0) || (assigns ? !node.has_input(1) : node.outputs() == 0)) {
    return std::nullopt;
  }
  NamedVariable* const variable = named_by(graph, node.operation().inputs[0]);
  if (variable == nullptr) {
    return node.invalid("tensor " + std::to_string(node.operation().inputs[0]) +
                        " is the handle of no variable");
  }
  const Tensor& tensor = assigns ? node.input(1) : node.output();
  const Tensor* const known = variable->tensor;
  if (known != nullptr && (known->type != tensor.type || known->bytes() != tensor.bytes())) {
    return node.invalid("a variable of " + to_string(known->type) + " and shape " +
                        to_string(known->shape) + " is used as " + to_string(tensor.type) +
                        " of shape " + to_string(tensor.shape));
  }
  if (known == nullptr || (assigns && !variable->is_assigned)) variable->tensor = &tensor;
  variable->is_assigned = variable->is_assigned || assigns;
  return std::nullopt;
}

NamedVariable* NamedVariables::named_by(std::size_t graph, std::int32_t tensor) {
  const auto found = by_handle_.find({graph, tensor});
  return found == by_handle_.end() ? nullptr : &variables_[found->second];
}

// Of operators that the engine sees to while it prepares.
PreparedOrError prepare_nothing(const Node& /*node*/) {
  return std::unique_ptr<Operation>(std::make_unique<Nothing>());
}

// That the variable has as many bytes is known by then.
PreparedOrError prepare_read_variable(const Node& /*node*/) {
  return std::unique_ptr<Operation>(std::make_unique<Copy>());
}

PreparedOrError prepare_assign_variable(const Node& /*node*/) {
  return std::unique_ptr<Operation>(std::make_unique<Copy>(1));
}

}  // namespace octet_engine
