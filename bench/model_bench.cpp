// SPDX-License-Identifier: Apache-2.0
// model/octet:<backend>/s8s8s8/<file>: whole networks on the example engine. Every backend must
// give the outputs of the last and simplest one. With --slowest a table of the operations that take
// the most time of each model instead, on the best backend.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
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
  std::uniform_real_distribution<float> real(-1, 1);
  for (std::size_t i = 0; i < engine.model().inputs().size(); ++i) {
    const std::span<std::byte> input = engine.input(i);
    const bool is_float =
        engine.model().tensor(engine.model().inputs()[i]).type == octet_engine::TensorType::float32;
    for (std::byte& value : input) value = static_cast<std::byte>(generator() & 0xFF);
    for (std::size_t k = 0; is_float && k + sizeof(float) <= input.size(); k += sizeof(float)) {
      const float value = real(generator);
      std::memcpy(input.data() + k, &value, sizeof value);
    }
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

// | model | us | CONV_2D x3 62 % | ... |: operators of one name and shape are one.
void print_slowest(const std::filesystem::path& path, const octet::Backend& backend) {
  constexpr int kRuns = 20;
  constexpr std::size_t kShown = 3;
  const std::string name = path.stem().string();
  const auto refuse = [&](const std::string& message) {
    std::printf("| %s | | %s | | |\n", name.c_str(), message.c_str());
  };
  const auto model = Model::load(path);
  if (!model) return refuse(model.error().message);
  auto engine = Engine::create(*model, backend);
  if (!engine) return refuse(engine.error().message);
  fill_inputs(*engine);
  const auto operations = engine->operations();
  std::vector<std::int64_t> times(operations.size());
  std::vector<std::int64_t> fastest(times.size(), std::numeric_limits<std::int64_t>::max());
  for (int run = 0; run < kRuns; ++run) {
    engine->run_timed(times);
    std::ranges::transform(times, fastest, fastest.begin(), std::ranges::min);
  }
  std::map<std::string, std::pair<std::int64_t, int>> together;
  std::int64_t total = 1;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    auto& [time, count] = together[operations[i].name + " " + operations[i].shape];
    time += fastest[i];
    total += fastest[i];
    ++count;
  }
  std::vector<std::pair<std::int64_t, std::string>> slowest;
  for (const auto& [what, entry] : together) {
    const std::string times_many = entry.second > 1 ? " x" + std::to_string(entry.second) : "";
    slowest.emplace_back(entry.first, what + times_many);
  }
  std::ranges::sort(slowest, std::greater());
  slowest.resize(std::max(slowest.size(), kShown));
  std::printf("| %s | %.1f |", name.c_str(), 1e-3 * static_cast<double>(total));
  for (std::size_t i = 0; i < kShown; ++i) {
    const double share = 100 * static_cast<double>(slowest[i].first) / static_cast<double>(total);
    std::printf(slowest[i].second.empty() ? " |" : " %s: %.0f %% |", slowest[i].second.c_str(),
                share);
  }
  std::printf("\n");
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
  const bool only_slowest = argc == 2 && std::string_view(argv[1]) == "--slowest";
  if (only_slowest) std::printf("| model | us | slowest | | |\n|:--|--:|:--|:--|:--|\n");
  for (const char* folder : {OCTET_DIGITS_DIR, OCTET_CONFORMANCE_DIR, OCTET_REAL_MODELS_DIR}) {
    for (const auto& path : models_below(folder)) {
      only_slowest ? print_slowest(path, *backends(isa).front()) : register_model(isa, path);
    }
  }
  if (only_slowest) return 0;
  return run(isa, argc, argv);
}
