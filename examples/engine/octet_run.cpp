// SPDX-License-Identifier: Apache-2.0
// Runs an integer-only .tflite model.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "octet/hosted/environment.hpp"
#include "octet_engine/engine.hpp"
#include "octet_engine/files.hpp"
#include "octet_engine/npy.hpp"

namespace {

using octet_engine::Engine;
using octet_engine::Error;
using octet_engine::Expected;
using octet_engine::invalid;
using octet_engine::Model;
using octet_engine::Tensor;
using octet_engine::TensorType;
using octet_engine::to_string;

struct Arguments {
  std::filesystem::path model;
  std::vector<std::filesystem::path> inputs;
  std::vector<std::filesystem::path> outputs;
  std::string backend;
  bool profile = false;
  bool describe = false;
  int repeat = 1;
};

Expected<const octet::Backend*> find_backend(const std::string& name) {
  if (name.empty()) return &octet::backend_from_environment();
  const octet::Backend* const backend = octet::find_backend(name);
  if (backend != nullptr && backend->available()) return backend;
  std::string message = backend == nullptr ? "there is no backend " + name
                                           : "this machine cannot run the backend " + name;
  message += "; it can run";
  for (const octet::Backend* other : octet::kBackends) {
    if (other->available()) message += std::string(" ") + other->name;
  }
  return invalid(message);
}

bool is_npy(const std::filesystem::path& path) { return path.extension() == ".npy"; }

// The type and shape of a tensor as .npy files have them.
Expected<octet_engine::NpyType> npy_type(const Tensor& tensor) {
  if (tensor.type == TensorType::int8) return octet_engine::NpyType::int8;
  if (tensor.type == TensorType::uint8) return octet_engine::NpyType::uint8;
  return invalid(".npy files of " + to_string(tensor.type) + " are not supported");
}

std::vector<std::int64_t> npy_shape(const Tensor& tensor) {
  return {tensor.shape.extent, tensor.shape.extent + tensor.shape.rank};
}

std::optional<Error> read_input(const std::filesystem::path& path, const Tensor& tensor,
                                std::span<std::byte> memory) {
  const auto copy = [&](const std::vector<std::byte>& data) -> std::optional<Error> {
    if (data.size() != memory.size()) {
      return invalid(path.string() + ": " + std::to_string(data.size()) +
                     " bytes, but the model's input of shape " + to_string(tensor.shape) + " has " +
                     std::to_string(memory.size()));
    }
    std::ranges::copy(data, memory.begin());
    return std::nullopt;
  };
  if (!is_npy(path)) {
    const auto bytes = octet_engine::read_file(path);
    return bytes ? copy(*bytes) : bytes.error();
  }
  const auto array = octet_engine::read_npy(path);
  if (!array) return array.error();
  const auto type = npy_type(tensor);
  if (!type) return type.error();
  if (array->type != *type || array->shape != npy_shape(tensor)) {
    return invalid(path.string() + ": the array is not " + to_string(tensor.type) + " of shape " +
                   to_string(tensor.shape));
  }
  return copy(array->data);
}

std::optional<Error> write_output(const std::filesystem::path& path, const Tensor& tensor,
                                  std::span<const std::byte> memory) {
  if (!is_npy(path)) return octet_engine::write_file(path, memory);
  const auto type = npy_type(tensor);
  if (!type) return type.error();
  return octet_engine::write_npy(path, *type, npy_shape(tensor), memory);
}

void print_output(std::size_t i, const Tensor& tensor, std::span<const std::byte> memory) {
  constexpr std::size_t kShown = 16;
  std::cout << "output " << i << "  " << to_string(tensor.type) << " " << to_string(tensor.shape)
            << " ";
  for (const std::byte byte : memory.first(std::min(kShown, memory.size()))) {
    const int value = std::to_integer<int>(byte);
    std::cout << " " << (tensor.type == TensorType::int8 && value > 127 ? value - 256 : value);
  }
  std::cout << (memory.size() > kShown ? " ...\n" : "\n");
}

// The fastest time of each operation: what else the machine does only ever adds.
std::vector<std::int64_t> fastest_times(Engine& engine, int runs) {
  std::vector<std::int64_t> fastest(engine.operations().size(),
                                    std::numeric_limits<std::int64_t>::max());
  std::vector<std::int64_t> times(fastest.size());
  for (int i = 0; i < runs; ++i) {
    engine.run_timed(times);
    std::ranges::transform(fastest, times, fastest.begin(), std::ranges::min);
  }
  return fastest;
}

void print_profile(const Engine& engine, const std::vector<std::int64_t>& nanoseconds) {
  const double all =
      std::max(1.0, static_cast<double>(std::reduce(nanoseconds.begin(), nanoseconds.end())));
  std::size_t shape_width = 5;
  for (const auto& operation : engine.operations()) {
    shape_width = std::max(shape_width, operation.shape.size());
  }
  const auto row = [&](auto index, const auto& name, const auto& shape, const auto& backend,
                       double time, std::int64_t multiply_adds) {
    const double us = time / 1e3;
    std::cout << std::setw(3) << index << "  " << std::left << std::setw(18) << name
              << std::setw(static_cast<int>(shape_width) + 2) << shape << std::setw(11) << backend
              << std::right << std::fixed << std::setprecision(2) << std::setw(10) << us;
    if (multiply_adds != 0 && time > 0) {
      std::cout << std::setw(9) << 2e-3 * static_cast<double>(multiply_adds) / us;
    } else {
      std::cout << std::setw(9) << "-";
    }
    std::cout << std::setw(7) << std::setprecision(1) << 100 * time / all << "%\n";
  };
  std::cout << "  #  operation         " << std::left
            << std::setw(static_cast<int>(shape_width) + 2) << "shape"
            << "backend            us     GOPS   share\n"
            << std::right;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < engine.operations().size(); ++i) {
    const auto& operation = engine.operations()[i];
    row(i, operation.name, operation.shape, operation.backend, static_cast<double>(nanoseconds[i]),
        operation.multiply_adds);
    total += operation.multiply_adds;
  }
  row("", "all", "", "", all, total);
}

std::optional<Error> run(const Arguments& arguments) {
  const auto backend = find_backend(arguments.backend);
  if (!backend) return backend.error();
  const auto model = Model::load(arguments.model);
  if (!model) return model.error();
  if (arguments.describe) {
    describe(*model, std::cout);
    std::cout << "\n";
  }
  auto engine = Engine::create(*model, **backend);
  if (!engine) return engine.error();
  if (arguments.describe) {
    describe(*engine, std::cout);
    if (arguments.inputs.empty() && arguments.outputs.empty() && !arguments.profile) {
      return std::nullopt;
    }
    std::cout << "\n";
  }

  if (!arguments.inputs.empty() && arguments.inputs.size() != model->inputs().size()) {
    return invalid("the model has " + std::to_string(model->inputs().size()) + " inputs, " +
                   std::to_string(arguments.inputs.size()) + " were given");
  }
  if (arguments.outputs.size() > model->outputs().size()) {
    return invalid("the model has " + std::to_string(model->outputs().size()) + " outputs, " +
                   std::to_string(arguments.outputs.size()) + " were asked for");
  }
  for (std::size_t i = 0; i < arguments.inputs.size(); ++i) {
    if (auto error =
            read_input(arguments.inputs[i], model->tensor(model->inputs()[i]), engine->input(i))) {
      return error;
    }
  }

  std::vector<std::int64_t> nanoseconds;
  if (arguments.profile) {
    nanoseconds = fastest_times(*engine, arguments.repeat);
  } else {
    for (int i = 0; i < arguments.repeat; ++i) engine->run();
  }

  const octet_engine::MemoryUse& memory = engine->memory();
  std::cout << "arena  " << memory.arena << " bytes for tensors of " << memory.tensors
            << " bytes, backend " << (*backend)->name << "\n";
  if (arguments.profile) print_profile(*engine, nanoseconds);
  for (std::size_t i = 0; i < model->outputs().size(); ++i) {
    const Tensor& tensor = model->tensor(model->outputs()[i]);
    if (i >= arguments.outputs.size()) {
      print_output(i, tensor, engine->output(i));
    } else if (auto error = write_output(arguments.outputs[i], tensor, engine->output(i))) {
      return error;
    }
  }
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kFailure = 1;
  constexpr int kUsage = 2;
  Arguments arguments;
  CLI::App app("Runs a .tflite model on integers alone.");
  app.add_option("model", arguments.model, "the .tflite file")->required();
  app.add_option("--input", arguments.inputs,
                 "a file for each input, .npy or raw bytes; without it inputs hold zero");
  app.add_option("--output", arguments.outputs,
                 "a file for each output, .npy or raw bytes; outputs without one are printed");
  app.add_option("--backend", arguments.backend, "the instruction set (default: the best here)");
  app.add_flag("--profile", arguments.profile, "print the time of every operation");
  app.add_flag("--describe", arguments.describe, "print tensors, operators and memory");
  app.add_option("--repeat", arguments.repeat, "runs; profiles show the fastest of them")
      ->check(CLI::PositiveNumber);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (const std::optional<Error> error = run(arguments)) {
    std::cerr << "octet_run: " << error->message << "\n";
    return kFailure;
  }
}
