// SPDX-License-Identifier: Apache-2.0
// Runs an integer-only .tflite model.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
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
#include "octet/quantize/quantize.hpp"
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
  bool float_io = false;
  bool integer_io = false;
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

// An input or output of the model as files and people see it: `real` for integers that are float32
// outside (--float-io).
struct Port {
  const Tensor& tensor;
  bool real = false;

  TensorType type() const { return real ? TensorType::float32 : tensor.type; }
  std::size_t bytes() const {
    return static_cast<std::size_t>(tensor.shape.size()) * octet_engine::element_bytes(type());
  }
};

// convert(T{}, quantization) for the type of a quantized tensor.
template <class Convert>
void with_quantization(const Tensor& tensor, const Convert& convert) {
  const octet::TensorQuantization quantization{
      tensor.quantization.scales[0], static_cast<std::int32_t>(tensor.quantization.zero_point(0))};
  switch (tensor.type) {
    case TensorType::int8: return convert(std::int8_t{}, quantization);
    case TensorType::uint8: return convert(std::uint8_t{}, quantization);
    default: return convert(std::int16_t{}, quantization);
  }
}

template <class T>
std::vector<T> elements_of(std::span<const std::byte> bytes) {
  std::vector<T> elements(bytes.size() / sizeof(T));
  if (!elements.empty()) std::memcpy(elements.data(), bytes.data(), bytes.size());
  return elements;
}

// Bytes as they are outside to bytes as the engine has them, and back.
std::vector<std::byte> to_engine(const Port& port, std::vector<std::byte> bytes) {
  if (!port.real) return bytes;
  std::vector<std::byte> quantized(port.tensor.bytes());
  with_quantization(port.tensor, [&]<class T>(T, const octet::TensorQuantization& to) {
    std::vector<T> values(static_cast<std::size_t>(port.tensor.shape.size()));
    octet::quantize<T>(elements_of<float>(bytes), to, values);
    std::ranges::copy(std::as_bytes(std::span(values)), quantized.begin());
  });
  return quantized;
}
std::vector<std::byte> from_engine(const Port& port, std::span<const std::byte> memory) {
  if (!port.real) return {memory.begin(), memory.end()};
  std::vector<std::byte> bytes(port.bytes());
  with_quantization(port.tensor, [&]<class T>(T, const octet::TensorQuantization& from) {
    std::vector<float> reals(static_cast<std::size_t>(port.tensor.shape.size()));
    octet::dequantize<T>(elements_of<T>(memory), from, reals);
    std::ranges::copy(std::as_bytes(std::span(reals)), bytes.begin());
  });
  return bytes;
}

// With --float-io every integer has to stand for a real number.
Expected<Port> make_port(const Tensor& tensor, const std::string& what, bool float_io) {
  if (!float_io || tensor.type == TensorType::float32) return Port{tensor};
  const bool is_narrow = tensor.type == TensorType::int8 || tensor.type == TensorType::uint8 ||
                         tensor.type == TensorType::int16;
  if (is_narrow && tensor.quantization.scales.size() == 1) return Port{tensor, true};
  return invalid("--float-io: " + what + " is " + to_string(tensor.type) + " with " +
                 std::to_string(tensor.quantization.scales.size()) +
                 " scales, instead of INT8, UINT8 or INT16 with one");
}

// Copies the values of a file to the memory of an input.
std::optional<Error> read_input(const std::filesystem::path& path, const Port& port,
                                std::span<std::byte> memory) {
  const auto mismatch = [&](const std::string& held) {
    return invalid(path.string() + " holds " + held + ", but the model's input is " +
                   to_string(port.type()) + " of shape " + to_string(port.tensor.shape) + ", " +
                   std::to_string(port.bytes()) + " bytes");
  };
  std::vector<std::byte> bytes;
  if (is_npy(path)) {
    auto array = octet_engine::read_npy(path);
    if (!array) return array.error();
    if (array->type != port.type() || array->shape != npy_shape(port.tensor)) {
      return mismatch(to_string(array->type) + " of shape " + to_string(array->shape));
    }
    bytes = std::move(array->data);
  } else {
    auto content = octet_engine::read_file(path);
    if (!content) return content.error();
    if (content->size() != port.bytes()) {
      return mismatch(std::to_string(content->size()) + " bytes");
    }
    bytes = std::move(*content);
  }
  std::ranges::copy(to_engine(port, std::move(bytes)), memory.begin());
  return std::nullopt;
}

std::optional<Error> write_output(const std::filesystem::path& path, const Port& port,
                                  std::span<const std::byte> memory) {
  const std::vector<std::byte> bytes = from_engine(port, memory);
  if (!is_npy(path)) return octet_engine::write_file(path, bytes);
  if (octet_engine::element_bytes(port.type()) == 0) {
    return invalid(".npy files of " + to_string(port.type()) + " are not supported");
  }
  return octet_engine::write_npy(path, port.type(), npy_shape(port.tensor), bytes);
}

// One element, little-endian: an integer, or the shortest decimal that means this float32.
std::string element(TensorType type, std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  }
  if (type == TensorType::float32) {
    char text[32];
    const float real = std::bit_cast<float>(static_cast<std::uint32_t>(value));
    return {text, std::to_chars(text, std::end(text), real).ptr};
  }
  if (type == TensorType::uint8) return std::to_string(value);
  const std::uint64_t sign = std::uint64_t{1} << (8 * bytes.size() - 1);
  return std::to_string(static_cast<std::int64_t>((value ^ sign) - sign));
}

void print_output(std::size_t i, const Port& port, std::span<const std::byte> memory) {
  constexpr std::size_t kShown = 16;
  const std::vector<std::byte> values = from_engine(port, memory);
  const std::size_t bytes = octet_engine::element_bytes(port.type());
  const std::size_t count = bytes == 0 ? 0 : values.size() / bytes;
  std::cout << "output " << i << "  " << to_string(port.type()) << " "
            << to_string(port.tensor.shape) << " ";
  for (std::size_t k = 0; k < std::min(kShown, count); ++k) {
    std::cout << " " << element(port.type(), std::span(values).subspan(k * bytes, bytes));
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
  const octet_engine::EngineOptions options{.backend = *choice.backend,
                                            .rounding = roundings_by_name().at(arguments.rounding),
                                            .integer_edges = arguments.integer_io};
  if (arguments.describe) {
    describe(*model, std::cout, options);
    std::cout << "\n";
  }
  auto engine = Engine::create(*model, options);
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
    const auto port =
        make_port(engine->input_tensor(i), "input " + std::to_string(i), arguments.float_io);
    if (!port) return port.error();
    if (auto error = read_input(arguments.inputs[i], *port, engine->input(i))) return error;
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
    const auto port =
        make_port(engine->output_tensor(i), "output " + std::to_string(i), arguments.float_io);
    if (!port) return port.error();
    if (i >= arguments.outputs.size()) {
      print_output(i, *port, engine->output(i));
    } else if (auto error = write_output(arguments.outputs[i], *port, engine->output(i))) {
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
  app.add_flag("--float-io", arguments.float_io,
               "quantized inputs and outputs are float32 in files and in print");
  app.add_flag("--integer-io", arguments.integer_io,
               "start behind the QUANTIZE of a float32 input, stop before a DEQUANTIZE");
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
