// SPDX-License-Identifier: Apache-2.0
// CUSTOM: what the program that uses the engine has for it.
#include "octet_engine/custom.hpp"

#include "operators.hpp"

namespace octet_engine {

namespace {

class Custom final : public Operation {
 public:
  explicit Custom(std::unique_ptr<CustomOperation> operation) : operation_(std::move(operation)) {}

  std::size_t scratch_bytes() const override { return operation_->scratch_bytes(); }
  octet::Status bind(const Bindings& bindings) override {
    bindings_ = bindings;
    return {};
  }
  void run() const override {
    operation_->run({bindings_.inputs, bindings_.outputs, bindings_.scratch});
  }
  void reset() override { operation_->reset(); }

 private:
  std::unique_ptr<CustomOperation> operation_;
  Bindings bindings_;
};

}  // namespace

const CustomOperator* find_custom(const Operator& operation,
                                  std::span<const CustomOperator> operators) {
  if (operation.code != schema::BuiltinOperator_CUSTOM) return nullptr;
  for (const CustomOperator& entry : operators) {
    if (operation.name == "CUSTOM " + entry.name) return &entry;
  }
  return nullptr;
}

PreparedOrError prepare_custom(const Node& node) {
  CustomNode custom{.inputs = {},
                    .outputs = {},
                    .options = {},
                    .backend = node.backend(),
                    .rounding = node.rounding()};
  for (std::size_t i = 0; i < node.inputs(); ++i) {
    custom.inputs.push_back(node.has_input(i) ? &node.input(i) : nullptr);
  }
  for (std::size_t i = 0; i < node.outputs(); ++i) custom.outputs.push_back(&node.output(i));
  if (const auto* const options = node.operation().record->custom_options()) {
    custom.options = std::as_bytes(std::span(options->data(), options->size()));
  }
  auto operation = find_custom(node.operation(), node.custom_operators())->prepare(custom);
  if (!operation) return node.refused(operation.error());
  return std::unique_ptr<Operation>(std::make_unique<Custom>(std::move(*operation)));
}

}  // namespace octet_engine
