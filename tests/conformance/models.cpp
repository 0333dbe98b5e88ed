// SPDX-License-Identifier: Apache-2.0
// Whole models through the example engine: every output, and what every operator wrote where the
// manifest has it.
#include <octet_engine/engine.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "runner.hpp"

namespace conformance {
namespace {

namespace fs = std::filesystem;

using Bytes = std::vector<std::byte>;

// Little-endian elements of an integer type.
std::vector<std::int64_t> elements(std::span<const std::byte> bytes, const std::string& dtype) {
  const bool is_signed = dtype.starts_with("int");
  const std::size_t size = dtype.ends_with("8") ? 1 : dtype.ends_with("16") ? 2 : 4;
  require(dtype == "int8" || dtype == "uint8" || dtype == "int16" || dtype == "int32",
          "dtype " + dtype + " is not compared");
  require(bytes.size() % size == 0, "a tensor does not hold whole elements");
  std::vector<std::int64_t> values(bytes.size() / size);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::int64_t value = 0;
    for (std::size_t b = 0; b < size; ++b) {
      value |= std::to_integer<std::int64_t>(bytes[i * size + b]) << (8 * b);
    }
    const std::int64_t sign = std::int64_t{1} << (8 * size - 1);
    values[i] = is_signed ? (value ^ sign) - sign : value;
  }
  return values;
}

// A file that the manifest names, with the size it states.
Bytes read_file(const fs::path& folder, const CaseFile& manifest, const std::string& field) {
  const std::string name = manifest.text(field + "/file");
  require(fs::path(name).filename() == name, field + ".file is not a file name");
  std::ifstream stream(folder / name, std::ios::binary);
  require(stream.good(), name + " cannot be opened");
  const std::string content{std::istreambuf_iterator<char>(stream), {}};
  Bytes bytes(content.size());
  std::transform(content.begin(), content.end(), bytes.begin(),
                 [](char c) { return static_cast<std::byte>(c); });
  require(static_cast<std::int64_t>(bytes.size()) == manifest.integer(field + "/bytes", 0),
          name + " does not have the size that the manifest states");
  return bytes;
}

const Json& list(const CaseFile& manifest, const std::string& name) {
  require(manifest.has(name) && manifest.json().at(name).is_array(), name + " is not a list");
  return manifest.json().at(name);
}

// The entry of `cases` for input number `index`.
CaseFile case_of(const CaseFile& manifest, std::int32_t index) {
  for (const Json& entry : list(manifest, "cases")) {
    if (CaseFile(entry).integer("index") == index) return CaseFile(entry);
  }
  throw CaseError("cases has no index " + std::to_string(index));
}

class ModelRun {
 public:
  ModelRun(const fs::path& folder, const CaseFile& manifest, const octet_engine::Model& model,
           const octet::Backend& backend, Report& report)
      : folder_(folder), manifest_(manifest), model_(model), backend_(backend), report_(report) {}

  void run() {
    auto engine = octet_engine::Engine::create(model_, backend_);
    if (!engine && engine.error().code == octet_engine::ErrorCode::unsupported) {
      return report_.skip("model", engine.error().message);
    }
    require(static_cast<bool>(engine), engine ? "" : engine.error().message);

    // Where the inputs are one stream, the engine carries its state from case to case.
    const bool reset = manifest_.json().value("reset_variables_between_inputs", true);
    for (const Json& entry : list(manifest_, "cases")) {
      guarded("model", [&] {
        if (reset) engine = octet_engine::Engine::create(model_, backend_);
        compare_output(CaseFile(entry), *engine);
      });
    }
    if (!manifest_.has("intermediates")) return;
    for (const Json& entry : list(manifest_, "intermediates")) {
      guarded("model operator", [&] {
        engine = octet_engine::Engine::create(model_, backend_);
        compare_operators(CaseFile(entry), *engine);
      });
    }
  }

 private:
  template <class Body>
  void guarded(const std::string& operation, const Body& body) {
    try {
      body();
    } catch (const std::exception& error) {
      report_.fail(operation, folder_.generic_string(), backend_.name, error.what());
    }
  }

  void set_input(const CaseFile& entry, octet_engine::Engine& engine) {
    const Bytes input = read_file(folder_, entry, "input");
    const std::span<std::byte> destination = engine.input(0);
    require(destination.size() == input.size(), "the input file is not as long as the input");
    std::copy(input.begin(), input.end(), destination.begin());
  }

  void compare_output(const CaseFile& entry, octet_engine::Engine& engine) {
    set_input(entry, engine);
    engine.run();
    const std::string where =
        folder_.generic_string() + " case " + std::to_string(entry.integer("index"));
    const std::string dtype = manifest_.text("output/dtype");
    report_.compare("model", where, backend_.name, "output",
                    elements(read_file(folder_, entry, "output"), dtype),
                    elements(engine.output(0), dtype));
  }

  void compare_operators(const CaseFile& dump, octet_engine::Engine& engine) {
    const std::int32_t index = dump.integer("of_input");
    const Bytes bytes = read_file(folder_, dump, "data");
    const Json& tensors = list(dump, "tensors");
    set_input(case_of(manifest_, index), engine);

    std::size_t next = 0;
    engine.run([&](std::size_t number) {
      for (const std::int32_t tensor : model_.operators()[number].outputs) {
        if (next == tensors.size()) return;  // the count is checked below
        const CaseFile expected(tensors[next++]);
        const std::int64_t offset = expected.integer("offset", 0);
        const std::int64_t size = expected.integer("bytes", 0);
        require(offset + size <= static_cast<std::int64_t>(bytes.size()),
                "an intermediate lies outside of its file");
        const std::string where = folder_.generic_string() + " case " + std::to_string(index) +
                                  " operator " + std::to_string(number);
        const std::span<const std::byte> dumped = std::span(bytes).subspan(
            static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
        const std::string dtype = expected.text("dtype");
        report_.compare("model operator", where, backend_.name, expected.text("op"),
                        elements(dumped, dtype), elements(engine.tensor(tensor), dtype));
      }
    });
    std::size_t outputs = 0;
    for (const octet_engine::Operator& operation : model_.operators()) {
      outputs += operation.outputs.size();
    }
    require(outputs == tensors.size(), "the manifest has " + std::to_string(tensors.size()) +
                                           " intermediates, the model " + std::to_string(outputs));
  }

  const fs::path& folder_;
  const CaseFile& manifest_;
  const octet_engine::Model& model_;
  const octet::Backend& backend_;
  Report& report_;
};

}  // namespace

void run_model(const fs::path& folder, const Json& json, const Selection& selection,
               Report& report) {
  const CaseFile manifest(json);
  const std::string file = manifest.text("model_file/file");
  require(fs::path(file).filename() == file, "model_file.file is not a file name");
  const auto model = octet_engine::Model::load(folder / file);
  if (!model && model.error().code == octet_engine::ErrorCode::unsupported) {
    return report.skip("model", model.error().message);
  }
  require(static_cast<bool>(model), model ? "" : model.error().message);
  require(model->inputs().size() == 1 && model->outputs().size() == 1,
          "the model does not have one input and one output");
  for (const octet::Backend* backend : selection.backends) {
    ModelRun(folder, manifest, *model, *backend, report).run();
  }
}

}  // namespace conformance
