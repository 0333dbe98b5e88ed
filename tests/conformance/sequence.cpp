// SPDX-License-Identifier: Apache-2.0
// A chain of layers: each is a case without data tensors that reads what the one before it wrote.
#include "operations.hpp"

namespace conformance {
namespace {

Evaluation evaluate_sequence(const CaseFile& file, const octet::Backend* backend) {
  require(file.has("layers") && file.json().at("layers").is_array() &&
              !file.json().at("layers").empty(),
          "layers is not a list");
  Json activations = file.tensor("input").data;
  Evaluation evaluation;
  for (const Json& description : file.json().at("layers")) {
    Json layer = description;
    const std::string name = CaseFile(layer).text("op");
    const std::string reason = missing(name, CaseFile(layer));
    if (!reason.empty()) return skip("layer " + name + ": " + reason);
    const Operation* operation = find_operation(name);
    require(operation != nullptr && name != "sequence" && operation->runs != Runs::unprepared &&
                layer.contains("input") && layer.at("input").is_object(),
            "layer " + name + " cannot be chained");
    layer["input"]["data"] = std::move(activations);
    evaluation = operation->evaluate(CaseFile(layer), backend);
    if (evaluation.columns.empty()) return evaluation;
    activations = evaluation.columns.front().values;
  }
  return evaluation;
}

constexpr Operation kSequence[] = {
    {"sequence", Runs::everywhere, evaluate_sequence},
};

}  // namespace

constinit const std::span<const Operation> families::sequence = kSequence;

}  // namespace conformance
