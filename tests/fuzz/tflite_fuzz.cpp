// SPDX-License-Identifier: Apache-2.0
// The .tflite reader and the engine: a file gives an error in words, or a model that runs on every
// backend with the same outputs.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <sstream>
#include <vector>

#include "octet_engine/engine.hpp"

namespace {

using octet_engine::Engine;
using octet_engine::Model;

// Larger models are not run: files may name tensors of gigabytes, and as many operations on them.
constexpr std::size_t kMostBytes = std::size_t{1} << 22;
constexpr std::int64_t kMostMultiplyAdds = 10'000'000;

void expect(bool condition) {
  if (!condition) std::abort();
}

std::size_t bytes_of_tensors(const Model& model) {
  std::size_t bytes = 0;
  for (const octet_engine::Graph& graph : model.graphs()) {
    // Each has fewer than 2^30 elements.
    for (const octet_engine::Tensor& tensor : graph.tensors) bytes += tensor.bytes();
  }
  return bytes;
}

std::vector<std::byte> run(const Model& model, const octet::Backend& backend) {
  auto engine = Engine::create(model, backend);
  if (!engine) {
    expect(!engine.error().message.empty());
    return {};
  }
  std::int64_t multiply_adds = 0;
  for (const octet_engine::OperationInfo& operation : engine->operations()) {
    expect(operation.multiply_adds >= 0);
    if (operation.name == "WHILE") return {};  // which may never end
    multiply_adds += std::min(operation.multiply_adds, kMostMultiplyAdds);
  }
  std::ostringstream description;
  describe(*engine, description);
  if (multiply_adds >= kMostMultiplyAdds) return {};
  engine->run();
  engine->run();
  std::vector<std::byte> outputs;
  for (std::size_t i = 0; i < model.outputs().size(); ++i) {
    const std::span<const std::byte> output = engine->output(i);
    outputs.insert(outputs.end(), output.begin(), output.end());
  }
  return outputs;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto model = Model::parse({bytes.begin(), bytes.end()});
  if (!model) {
    expect(!model.error().message.empty());
    return 0;
  }
  std::ostringstream description;
  describe(*model, description);
  if (bytes_of_tensors(*model) > kMostBytes) return 0;
  const std::vector<std::byte> best = run(*model, octet::best_backend());
  expect(run(*model, *octet::kBackends[octet::detail::kBackendCount - 1]) == best);
  return 0;
}
