// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/configuration.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace octet_quantizer {

namespace {

using nlohmann::json;

// Takes what an object says over into a choice. `what` names the object.
std::optional<Error> apply(const json& object, const std::string& what, bool is_root,
                           Choice& choice) {
  if (!object.is_object()) return invalid(what + " is not an object");
  for (const auto& [key, value] : object.items()) {
    if (key == "method" && value.is_string()) {
      const auto method = find_method(value.get<std::string>());
      if (!method) return invalid(what + ": there is no method " + value.dump());
      choice.method = *method;
    } else if (key == "percentile" && value.is_number()) {
      choice.percentile = value.get<double>();
      if (!(choice.percentile > 0 && choice.percentile <= 1)) {
        return invalid(what + ": percentile " + value.dump() + " is not in (0, 1]");
      }
    } else if (key == "bits" && (value == 8 || value == 16)) {
      choice.bits = value.get<int>();
    } else if (key == "range" && value.is_array() && value.size() == 2 && value[0].is_number() &&
               value[1].is_number() && value[0] <= value[1]) {
      choice.range = octet::RealRange{value[0].get<float>(), value[1].get<float>()};
    } else if (!(is_root && key == "tensors")) {
      return invalid(what + ": " + key + " " + value.dump() + " is not understood");
    }
  }
  return std::nullopt;
}

// The tensors that a key stands for.
std::vector<std::size_t> find_tensors(const Network& network, const std::string& key) {
  std::vector<std::size_t> found;
  const Graph& graph = graph_of(network);
  for (std::size_t i = 0; i < graph.tensors.size(); ++i) {
    if (graph.tensors[i]->name == key || std::to_string(i) == key) found.push_back(i);
  }
  for (const auto& operation : graph.operators) {
    if (name_of(network, *operation) != key) continue;
    for (const std::int32_t output : operation->outputs) {
      found.push_back(static_cast<std::size_t>(output));
    }
  }
  return found;
}

}  // namespace

Expected<std::vector<Choice>> read_configuration(const Network& network, const Choice& defaults,
                                                 std::string_view text) {
  const json root = json::parse(text, nullptr, false);
  if (root.is_discarded()) return invalid("the configuration is not JSON");
  Choice general = defaults;
  if (auto error = apply(root, "the configuration", true, general)) return *error;
  std::vector<Choice> choices(graph_of(network).tensors.size(), general);
  if (!root.contains("tensors")) return choices;
  const json& tensors = root["tensors"];
  if (!tensors.is_object()) return invalid("tensors is not an object");
  for (const auto& [key, value] : tensors.items()) {
    const std::vector<std::size_t> found = find_tensors(network, key);
    if (found.empty()) return invalid("there is no tensor or operator " + key);
    for (const std::size_t tensor : found) {
      if (auto error = apply(value, key, false, choices[tensor])) return *error;
    }
  }
  return choices;
}

}  // namespace octet_quantizer
