// SPDX-License-Identifier: Apache-2.0
// model/octet:<backend>/s8s8s8/<file>: whole networks on the example engine. Every backend must
// give the outputs of the last and simplest one.
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "array.hpp"
#include "measure.hpp"
#include "octet/backends.hpp"
#include "octet_engine/engine.hpp"
#include "octet_engine/model.hpp"
#include "peaks.hpp"

namespace octet_bench {
namespace {

using octet_engine::Engine;
using octet_engine::Model;

void fill_inputs(Engine& engine) {
  Generator generator(kSeed);
  for (std::size_t i = 0; i < engine.model().inputs().size(); ++i) {
    for (std::byte& value : engine.input(i)) value = static_cast<std::byte>(generator() & 0xFF);
  }
}

bool equal_outputs(const Engine& one, const Engine& other) {
  for (std::size_t i = 0; i < one.model().outputs().size(); ++i) {
    if (!std::ranges::equal(one.output(i), other.output(i))) return false;
  }
  return true;
}

void run_model(benchmark::State& state, const Model& model, const octet::Backend& backend) {
  auto engine = Engine::create(model, backend);
  auto simplest = Engine::create(model, **std::rbegin(octet::kBackends));
  if (!engine) return fail(state, engine.error().message);
  if (!simplest) return fail(state, simplest.error().message);
  fill_inputs(*engine);
  fill_inputs(*simplest);
  engine->run();
  simplest->run();
  if (!equal_outputs(*engine, *simplest)) {
    return fail(state, "outputs differ between backends");
  }
  std::int64_t multiply_adds = 0;
  for (const octet_engine::OperationInfo& info : engine->operations()) {
    multiply_adds += info.multiply_adds;
  }
  const octet_engine::MemoryUse& memory = engine->memory();
  measure(state, 2 * multiply_adds, static_cast<std::int64_t>(memory.packed + memory.tensors),
          [&] { engine->run(); });
}

// Every .tflite file in or below `folder`, in the order of their names.
std::vector<std::filesystem::path> models_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  if (!std::filesystem::is_directory(folder)) return paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".tflite") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

void register_model(const Isa& isa, const std::filesystem::path& path) {
  const std::string name = "/s8s8s8/" + path.stem().string();
  auto loaded = Model::load(path);
  if (!loaded) {
    register_benchmark(
        "model/octet" + name,
        [message = loaded.error().message](benchmark::State& state) { fail(state, message); });
    return;
  }
  const auto model = std::make_shared<const Model>(std::move(*loaded));
  for (const octet::Backend* backend : backends(isa)) {
    register_benchmark(std::string("model/octet:") + backend->name + name,
                       [=](benchmark::State& state) { run_model(state, *model, *backend); });
  }
}

}  // namespace
}  // namespace octet_bench

int main(int argc, char** argv) {
  using namespace octet_bench;
  const Isa& isa = limit_isa(argc, argv);
  register_peaks(isa.name);
  for (const char* folder : {OCTET_DIGITS_DIR, OCTET_CONFORMANCE_DIR}) {
    for (const auto& path : models_below(folder)) register_model(isa, path);
  }
  return run(isa, argc, argv);
}
