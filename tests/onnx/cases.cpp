// SPDX-License-Identifier: Apache-2.0
// Reads the cases of a folder that cases.py wrote, runs them in float32 and compares.
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "octet_quantizer/float_evaluator.hpp"
#include "octet_quantizer/onnx.hpp"
#include "onnx/nchw.hpp"

namespace {

using onnx_tests::Reals, onnx_tests::to_network;

std::optional<Reals> read_tensor(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  onnx::TensorProto tensor;
  if (!file || !tensor.ParseFromIstream(&file)) return std::nullopt;
  Reals reals{{tensor.dims().begin(), tensor.dims().end()}, {}};
  reals.values.resize(tensor.raw_data().size() / sizeof(float));
  std::ranges::copy(tensor.raw_data(), reinterpret_cast<char*>(reals.values.data()));
  return reals;
}

std::vector<Reals> read_tensors(const std::filesystem::path& model, const std::string& what) {
  std::vector<Reals> tensors;
  for (int i = 0;; ++i) {
    auto path = model;
    path.replace_extension(what + std::to_string(i));
    auto tensor = read_tensor(path);
    if (!tensor) return tensors;
    tensors.push_back(std::move(*tensor));
  }
}

bool is_close(float a, float b) { return std::abs(a - b) <= 1e-5f * std::max(1.0f, std::abs(b)); }

// Empty if every output is as expected.
std::string compare(const octet_quantizer::Network& network, const std::vector<Reals>& inputs,
                    const std::vector<Reals>& expected) {
  auto evaluator = octet_quantizer::FloatEvaluator::create(network);
  if (!evaluator) return evaluator.error().message;
  octet_quantizer::Sample sample;
  for (const Reals& input : inputs) sample.push_back(to_network(input));
  evaluator->run(sample);
  const auto& outputs = octet_quantizer::graph_of(network).outputs;
  if (outputs.size() != expected.size()) return "there are other outputs";
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::vector<float> right = to_network(expected[i]);
    if (!std::ranges::equal(evaluator->values(outputs[i]), right, is_close)) {
      return "output " + std::to_string(i) + " differs";
    }
  }
  return "";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::puts("usage: octet_onnx_cases FOLDER"), 2;
  std::vector<std::filesystem::path> models;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    if (entry.path().extension() == ".onnx") models.push_back(entry.path());
  }
  std::ranges::sort(models);
  int passed = 0, failed = 0, refused = 0;
  for (const auto& path : models) {
    const auto network = octet_quantizer::read_onnx(path);
    if (!network) {
      const std::string& message = network.error().message;
      std::printf("refused %s: %s\n", path.stem().c_str(),
                  message.substr(path.string().size() + 2).c_str());
      ++refused;
      continue;
    }
    const std::string difference =
        compare(*network, read_tensors(path, "input"), read_tensors(path, "output"));
    if (!difference.empty())
      std::printf("FAILED %s: %s\n", path.stem().c_str(), difference.c_str());
    ++(difference.empty() ? passed : failed);
  }
  std::printf("%d passed, %d failed, %d refused\n", passed, failed, refused);
  return failed == 0 && passed > 0 ? 0 : 1;
}
