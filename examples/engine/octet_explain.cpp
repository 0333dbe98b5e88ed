// SPDX-License-Identifier: Apache-2.0
// octet_explain: why two results of one model differ.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "octet_engine/explain.hpp"
#include "octet_engine/files.hpp"
#include "octet_engine/model.hpp"
#include "octet_engine/npy.hpp"

namespace {

using Bytes = std::vector<std::byte>;
using octet_engine::Error;

struct Arguments {
  std::filesystem::path model, a, b;
  std::vector<std::filesystem::path> inputs;
  std::int32_t tensor = -1;
};

// The elements of a file, .npy or raw.
octet_engine::Expected<Bytes> read(const std::filesystem::path& path) {
  if (path.extension() != ".npy") return octet_engine::read_file(path);
  auto array = octet_engine::read_npy(path);
  if (!array) return array.error();
  return Bytes(array->data.begin(), array->data.end());
}

std::optional<Error> run(const Arguments& arguments) {
  const auto model = octet_engine::Model::load(arguments.model);
  if (!model) return model.error();
  std::vector<Bytes> inputs;
  for (const auto& path : arguments.inputs) {
    auto bytes = read(path);
    if (!bytes) return bytes.error();
    inputs.push_back(std::move(*bytes));
  }
  const auto a = read(arguments.a), b = read(arguments.b);
  if (!a) return a.error();
  if (!b) return b.error();
  const std::int32_t tensor = arguments.tensor < 0 ? model->outputs()[0] : arguments.tensor;
  return explain(*model, inputs, {tensor, *a, *b}, std::cout);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Says why two results of a .tflite model differ, and which rounding gives each.");
  app.add_option("model", arguments.model, "the .tflite file")->required();
  app.add_option("A", arguments.a, "one result, .npy or raw bytes")->required();
  app.add_option("B", arguments.b, "the other one")->required();
  app.add_option("--input", arguments.inputs, "a file for each input of the model")->required();
  app.add_option("--tensor", arguments.tensor,
                 "the tensor that both are results of (default: the first output)")
      ->check(CLI::NonNegativeNumber);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto error = run(arguments);
  if (!error) return 0;
  std::cerr << error->message << "\n";
  return 1;
}
