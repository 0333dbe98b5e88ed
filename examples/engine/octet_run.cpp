// SPDX-License-Identifier: Apache-2.0
// Runs an integer-only .tflite model.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <map>
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
  std::string rounding = "tflite";
  bool profile = false;
  bool describe = false;
  int repeat = 1;
};

octet::BackendChoice find_backend(const std::string& name) {
  return name.empty() ? octet::backend_from_environment()
                      : octet::choose_backend(name, "--backend " + name);
}

std::map<std::string, octet::Rounding> roundings_by_name() {
  std::map<std::string, octet::Rounding> roundings;
  for (const octet::Rounding rounding : octet::kRoundings) {
    roundings[octet::to_string(rounding)] = rounding;
  }
  return roundings;
}

bool is_npy(const std::filesystem::path& path) { return path.extension() == ".npy"; }

std::vector<std::int64_t> npy_shape(const Tensor& tensor) {
  return {tensor.shape.extent, tensor.shape.extent + tensor.shape.rank};
}

std::string to_string(const std::vector<std::int64_t>& shape) {
  if (shape.empty()) return "scalar";
  std::string text;
  for (const std::int64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

// Copies the values of a file to the memory of an input.
std::optional<Error> read_input(const std::filesystem::path& path, const Tensor& tensor,
                                std::span<std::byte> memory) {
  const auto mismatch = [&](const std::string& held) {
    return invalid(path.string() + " holds " + held + ", but the model's input is " +
                   to_string(tensor.type) + " of shape " + to_string(tensor.shape) + ", " +
                   std::to_string(memory.size()) + " bytes");
  };
  if (!is_npy(path)) {
    const auto bytes = octet_engine::read_file(path);
    if (!bytes) return bytes.error();
    if (bytes->size() != memory.size()) return mismatch(std::to_string(bytes->size()) + " bytes");
    std::ranges::copy(*bytes, memory.begin());
    return std::nullopt;
  }
  const auto array = octet_engine::read_npy(path);
  if (!array) return array.error();
  if (array->type != tensor.type || array->shape != npy_shape(tensor)) {
    return mismatch(to_string(array->type) + " of shape " + to_string(array->shape));
  }
  std::ranges::copy(array->data, memory.begin());
  return std::nullopt;
}

std::optional<Error> write_output(const std::filesystem::path& path, const Tensor& tensor,
                                  std::span<const std::byte> memory) {
  if (!is_npy(path)) return octet_engine::write_file(path, memory);
  if (octet_engine::element_bytes(tensor.type) == 0) {
    return invalid(".npy files of " + to_string(tensor.type) + " are not supported");
  }
  return octet_engine::write_npy(path, tensor.type, npy_shape(tensor), memory);
}

// One element of an integer tensor, little-endian.
std::int64_t element(const Tensor& tensor, std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  }
  if (tensor.type == TensorType::uint8) return static_cast<std::int64_t>(value);
  const std::uint64_t sign = std::uint64_t{1} << (8 * bytes.size() - 1);
  return static_cast<std::int64_t>((value ^ sign) - sign);
}

void print_output(std::size_t i, const Tensor& tensor, std::span<const std::byte> memory) {
  constexpr std::size_t kShown = 16;
  const std::size_t bytes = octet_engine::element_bytes(tensor.type);
  const std::size_t count = bytes == 0 ? 0 : memory.size() / bytes;
  std::cout << "output " << i << "  " << to_string(tensor.type) << " " << to_string(tensor.shape)
            << " ";
  for (std::size_t k = 0; k < std::min(kShown, count); ++k) {
    std::cout << " " << element(tensor, memory.subspan(k * bytes, bytes));
  }
  std::cout << (count > kShown ? " ...\n" : "\n");
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
  const octet::BackendChoice choice = find_backend(arguments.backend);
  if (!choice) return invalid(choice.refusal);
  const auto model = Model::load(arguments.model);
  if (!model) return model.error();
  if (arguments.describe) {
    describe(*model, std::cout);
    std::cout << "\n";
  }
  auto engine = Engine::create(
      *model, {.backend = *choice.backend, .rounding = roundings_by_name().at(arguments.rounding)});
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
            << " bytes, backend " << choice.backend->name << "\n";
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
  const std::map<std::string, octet::Rounding> roundings = roundings_by_name();
  app.add_option("--rounding", arguments.rounding,
                 "whose bits: those of tflite-micro (tflite, the default), or another rounding "
                 "that docs/quantization.md defines")
      ->check(CLI::IsMember(roundings));
  app.add_flag("--profile", arguments.profile, "print the time of every operation");
  app.add_flag("--describe", arguments.describe, "print tensors, operators and memory");
  app.add_option("--repeat", arguments.repeat, "runs; profiles show the fastest of them")
      ->check([](const std::string& text) {
        const bool is_count = text.find_first_not_of("0123456789") == std::string::npos &&
                              text.find_first_not_of('0') != std::string::npos;
        return is_count ? std::string() : text + " is not a number of runs, 1 or more";
      });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  try {
    if (const std::optional<Error> error = run(arguments)) {
      std::cerr << "octet_run: " << error->message << "\n";
      return kFailure;
    }
  } catch (const std::bad_alloc&) {
    std::cerr << "octet_run: out of memory\n";
    return kFailure;
  }
}
