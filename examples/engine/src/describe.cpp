// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <string>

#include "octet_engine/engine.hpp"

namespace octet_engine {

namespace {

std::string number(float value) {
  std::ostringstream text;
  text << std::setprecision(7) << value;
  return text.str();
}

// "scale 0.5847 zero_point 83", "32 scales 0.001..0.004 zero_point 0", or "-".
std::string text_of(const Quantization& quantization) {
  if (quantization.scales.empty()) return "-";
  const std::string zero_point = " zero_point " + std::to_string(quantization.zero_point(0));
  if (quantization.scales.size() == 1) {
    return "scale " + number(quantization.scales[0]) + zero_point;
  }
  const auto [lowest, highest] = std::ranges::minmax(quantization.scales);
  return std::to_string(quantization.scales.size()) + " scales " + number(lowest) + ".." +
         number(highest) + zero_point;
}

// Converters name a tensor after every node that was fused into it.
std::string shorten(std::string_view name) {
  constexpr std::size_t kLongest = 48;
  if (name.size() <= kLongest) return std::string(name);
  return std::string(name.substr(0, kLongest)) + "...";
}

std::string join(std::span<const std::int32_t> indices) {
  std::string text;
  for (const std::int32_t index : indices) {
    if (!text.empty()) text += ' ';
    text += index == kAbsent ? "-" : std::to_string(index);
  }
  return text;
}

std::size_t widest(std::span<const OperationInfo> operations,
                   const std::string OperationInfo::*column) {
  std::size_t width = 0;
  for (const OperationInfo& operation : operations) {
    width = std::max(width, (operation.*column).size());
  }
  return width;
}

}  // namespace

void describe(const Model& model, std::ostream& out, const EngineOptions& options) {
  out << "description  " << model.description() << "\n"
      << "inputs       " << join(model.inputs()) << "\n"
      << "outputs      " << join(model.outputs()) << "\n"
      << "subgraphs    " << model.graphs().size() << "\n\n"
      << "tensor  kind        type   shape           quantization, name\n";
  for (std::size_t i = 0; i < model.tensors().size(); ++i) {
    const Tensor& tensor = model.tensors()[i];
    const char* const kind = tensor.is_constant() ? "constant"
                             : tensor.is_variable ? "variable"
                                                  : "activation";
    out << std::right << std::setw(6) << i << "  " << std::left << std::setw(10) << kind << "  "
        << std::setw(5) << to_string(tensor.type) << "  " << std::setw(14)
        << to_string(tensor.shape) << "  " << text_of(tensor.quantization) << "  "
        << shorten(tensor.name) << "\n";
  }
  out << "\noperator\n";
  for (std::size_t i = 0; i < model.operators().size(); ++i) {
    const Operator& operation = model.operators()[i];
    out << std::right << std::setw(8) << i << "  " << std::left << std::setw(18) << operation.name
        << " " << join(operation.inputs) << " -> " << join(operation.outputs) << "\n";
  }
  const std::vector<UnsupportedOperator> unsupported =
      unsupported_operators(model, options.custom_operators);
  if (!unsupported.empty()) out << "\nnot supported\n";
  for (const UnsupportedOperator& entry : unsupported) {
    out << std::right << std::setw(8) << entry.count << "  " << entry.name << "\n";
  }
  const std::vector<std::string> refused = refusals(model, options);
  if (!refused.empty()) out << "\nrefused\n";
  for (const std::string& refusal : refused) out << "  " << refusal << "\n";
}

void describe(const Engine& engine, std::ostream& out) {
  const std::span<const OperationInfo> operations = engine.operations();
  const int name = static_cast<int>(widest(operations, &OperationInfo::name));
  const int shape = static_cast<int>(widest(operations, &OperationInfo::shape));
  out << "operation\n";
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const OperationInfo& operation = operations[i];
    out << std::right << std::setw(9) << i << "  " << std::left << std::setw(name) << operation.name
        << "  " << std::setw(shape) << operation.shape << "  " << operation.backend << "\n";
  }
  const MemoryUse& memory = engine.memory();
  out << "\narena    " << memory.arena << " bytes for tensors of " << memory.tensors << " bytes\n"
      << "scratch  " << memory.scratch << " bytes\n"
      << "weights  " << memory.packed << " bytes packed\n";
}

}  // namespace octet_engine
