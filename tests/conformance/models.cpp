// SPDX-License-Identifier: Apache-2.0
// Whole models through the example engine: every output, and what every operator wrote where the
// manifest has it or its checksum.
#include <octet_engine/engine.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <type_traits>
#include <utility>

#include "runner.hpp"

namespace conformance {
namespace {

namespace fs = std::filesystem;

using Bytes = std::vector<std::byte>;
using ByteSpan = std::span<const std::byte>;

// Little-endian elements.
template <class T>
std::vector<T> elements(ByteSpan bytes) {
  using Bits = std::conditional_t<sizeof(T) == 1, std::uint8_t,
                                  std::conditional_t<sizeof(T) == 2, std::uint16_t, std::uint32_t>>;
  require(bytes.size() % sizeof(T) == 0, "a tensor does not hold whole elements");
  std::vector<T> values(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::uint32_t bits = 0;
    for (std::size_t b = 0; b < sizeof(T); ++b) {
      bits |= std::to_integer<std::uint32_t>(bytes[i * sizeof(T) + b]) << (8 * b);
    }
    values[i] = std::bit_cast<T>(static_cast<Bits>(bits));
  }
  return values;
}

template <class T>
std::string integers_differ(const std::string& what, ByteSpan expected, ByteSpan got) {
  const std::vector<T> e = elements<T>(expected), g = elements<T>(got);
  return Report::difference(what, std::vector<int>(e.begin(), e.end()),
                            std::vector<int>(g.begin(), g.end()));
}

// The first difference of two tensors; empty if there is none. Without a tolerance floats are the
// same if their bits are.
std::string difference(const std::string& what, DType dtype, ByteSpan expected, ByteSpan got,
                       double tolerance = 0) {
  switch (dtype) {
    case DType::int8: return integers_differ<std::int8_t>(what, expected, got);
    case DType::uint8: return integers_differ<std::uint8_t>(what, expected, got);
    case DType::int16: return integers_differ<std::int16_t>(what, expected, got);
    case DType::int32: return integers_differ<std::int32_t>(what, expected, got);
    case DType::float32:
      return Report::difference(
          what, elements<float>(expected), elements<float>(got), [&](float a, float b) {
            return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) ||
                   (tolerance > 0 && std::abs(double{a} - double{b}) <= tolerance);
          });
    default: throw CaseError(what + ": elements of type " + to_string(dtype) + " are not compared");
  }
}

// zlib's CRC-32: the reflected polynomial 0xEDB88320, complemented before and after.
std::uint32_t crc32(ByteSpan bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
  }
  return ~crc;
}

std::uint32_t hexadecimal(const CaseFile& entry, const std::string& name) {
  const std::string text = entry.text(name);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  require(error == std::errc() && end == text.data() + text.size() && text.size() == 8,
          name + " does not have eight hexadecimal digits");
  return value;
}

// A file that the manifest names, with the size it states.
Bytes read_file(const fs::path& folder, const CaseFile& entry, const std::string& field) {
  const std::string name = entry.text(field + "/file");
  require(fs::path(name).filename() == name, field + ".file is not a file name");
  std::ifstream stream(folder / name, std::ios::binary);
  require(stream.good(), name + " cannot be opened");
  const std::string content{std::istreambuf_iterator<char>(stream), {}};
  Bytes bytes(content.size());
  std::transform(content.begin(), content.end(), bytes.begin(),
                 [](char c) { return static_cast<std::byte>(c); });
  require(static_cast<std::int64_t>(bytes.size()) == entry.integer(field + "/bytes", 0),
          name + " does not have the size that the manifest states");
  return bytes;
}

ByteSpan part(ByteSpan bytes, std::int64_t offset, std::int64_t size, const std::string& what) {
  require(offset + size <= static_cast<std::int64_t>(bytes.size()),
          what + " lies outside of its file");
  return bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

const Json& list(const CaseFile& manifest, const std::string& name) {
  require(manifest.has(name) && manifest.json().at(name).is_array(), name + " is not a list");
  return manifest.json().at(name);
}

// An input or output of the model, and where its bytes lie in the file of a case.
struct Port {
  std::string name;
  DType dtype = DType::int8;
  std::int64_t offset = 0;
  std::int64_t bytes = 0;
};

std::int64_t bytes_of(const TensorInfo& tensor, const std::string& name) {
  switch (tensor.dtype) {
    case DType::int8:
    case DType::uint8: return tensor.size();
    case DType::int16: return 2 * tensor.size();
    case DType::int32:
    case DType::float32: return 4 * tensor.size();
    default: throw CaseError(name + ".dtype is " + to_string(tensor.dtype));
  }
}

// The one tensor in `name`, or those in the list `name`s.
std::vector<Port> ports(const CaseFile& manifest, const std::string& name,
                        const octet_engine::Model& model, std::span<const std::int32_t> tensors) {
  const bool several = manifest.has(name + "s");
  require(several != manifest.has(name),
          "the manifest has " + name + " and " + name + "s, or none");
  const std::size_t count = several ? list(manifest, name + "s").size() : 1;
  require(count == tensors.size(), "the model has " + std::to_string(tensors.size()) + " " + name +
                                       "s, the manifest " + std::to_string(count));
  std::vector<Port> ports;
  for (std::size_t i = 0; i < count; ++i) {
    Port port{.name = several ? name + "s/" + std::to_string(i) : name};
    const TensorInfo tensor = manifest.tensor_info(port.name);
    port.dtype = tensor.dtype;
    port.bytes = bytes_of(tensor, port.name);
    if (several) {
      port.offset = manifest.integer(port.name + "/offset", 0);
      require(manifest.integer(port.name + "/bytes") == port.bytes,
              port.name + ".bytes is not what its shape makes");
    }
    require(static_cast<std::int64_t>(model.tensor(tensors[i]).bytes()) == port.bytes,
            port.name + " is not as large as the model's");
    ports.push_back(std::move(port));
  }
  return ports;
}

// The tensors that intermediates hold of an operator: all it writes but resources, which are names.
std::vector<std::int32_t> visible_outputs(const octet_engine::Model& model,
                                          const octet_engine::Operator& operation) {
  std::vector<std::int32_t> visible;
  for (const std::int32_t tensor : operation.outputs) {
    if (model.tensor(tensor).type != octet_engine::TensorType::resource) visible.push_back(tensor);
  }
  return visible;
}

class ModelRun {
 public:
  ModelRun(const fs::path& folder, const CaseFile& manifest, const octet_engine::Model& model,
           const octet::Backend& backend, Report& report)
      : folder_(folder),
        where_(folder.generic_string()),
        manifest_(manifest),
        model_(model),
        backend_(backend),
        report_(report),
        inputs_(ports(manifest, "input", model, model.inputs())),
        outputs_(ports(manifest, "output", model, model.outputs())) {}

  void run() {
    auto engine = octet_engine::Engine::create(model_, backend_);
    if (!engine && engine.error().code == octet_engine::ErrorCode::unsupported) {
      return report_.skip("model",
                          folder_.filename().generic_string() + ": " + engine.error().message);
    }
    require(static_cast<bool>(engine), engine ? "" : engine.error().message);
    compare_outputs(*engine);
    for (const char* const kind : {"intermediates", "checksums"}) {
      if (!manifest_.has(kind)) continue;
      for (const Json& entry : list(manifest_, kind)) {
        guarded("model operator", [&] { compare_operators(CaseFile(entry), *engine); });
      }
    }
  }

 private:
  template <class Body>
  void guarded(const std::string& operation, const Body& body) {
    try {
      body();
    } catch (const std::exception& error) {
      report_.fail(operation, where_, backend_.name, error.what());
    }
  }

  // The entry of `cases` for input number `index`.
  CaseFile case_of(std::int32_t index) const {
    for (const Json& entry : list(manifest_, "cases")) {
      if (CaseFile(entry).integer("index") == index) return CaseFile(entry);
    }
    throw CaseError("cases has no index " + std::to_string(index));
  }

  // Every case on fresh state, or where the inputs are one stream all of them in their order. After
  // a stream, fresh state gives its first output again.
  void compare_outputs(octet_engine::Engine& engine) {
    const bool is_stream = !manifest_.json().value("reset_variables_between_inputs", true);
    const auto count = static_cast<std::int32_t>(list(manifest_, "cases").size());
    for (std::int32_t index = 0; index < count; ++index) {
      guarded("model", [&] {
        if (!is_stream) engine.reset();
        compare_output("model", case_of(index), engine);
      });
    }
    if (!is_stream) return;
    guarded("model restarted", [&] {
      engine.reset();
      compare_output("model restarted", case_of(0), engine);
    });
  }

  void set_inputs(const CaseFile& entry, octet_engine::Engine& engine) {
    const Bytes file = read_file(folder_, entry, "input");
    std::int64_t used = 0;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const ByteSpan source = part(file, inputs_[i].offset, inputs_[i].bytes, inputs_[i].name);
      std::ranges::copy(source, engine.input(i).begin());
      used += inputs_[i].bytes;
    }
    require(used == static_cast<std::int64_t>(file.size()),
            "the input file is not as long as the inputs");
  }

  void compare_output(const std::string& row, const CaseFile& entry, octet_engine::Engine& engine) {
    set_inputs(entry, engine);
    engine.run();
    const Bytes file = read_file(folder_, entry, "output");
    const double tolerance =
        manifest_.has("float_tolerance") ? manifest_.real("float_tolerance") : 0.0;
    std::int64_t used = 0;
    std::string message;
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      const Port& port = outputs_[i];
      const ByteSpan expected = part(file, port.offset, port.bytes, port.name);
      if (message.empty()) {
        message = difference(port.name, port.dtype, expected, engine.output(i), tolerance);
      }
      used += port.bytes;
    }
    require(used == static_cast<std::int64_t>(file.size()),
            "the output file is not as long as the outputs");
    report_.count(row, where_ + " case " + std::to_string(entry.integer("index")), backend_.name,
                  message);
  }

  // What every operator writes, against the bytes in the file of `dump` or against checksums.
  void compare_operators(const CaseFile& dump, octet_engine::Engine& engine) {
    const std::int32_t index = dump.integer("of_input");
    engine.reset();
    if (!dump.json().value("fresh_state", true)) {
      for (std::int32_t step = 0; step < index; ++step) {
        set_inputs(case_of(step), engine);
        engine.run();
      }
    }
    const Bytes file = dump.has("data") ? read_file(folder_, dump, "data") : Bytes();
    const Json& tensors = list(dump, "tensors");
    set_inputs(case_of(index), engine);

    std::size_t next = 0;
    engine.run([&](std::size_t number) {
      for (const std::int32_t tensor : visible_outputs(model_, model_.operators()[number])) {
        if (next == tensors.size()) return;  // the count is checked below
        const CaseFile expected(tensors[next++]);
        require(expected.integer("tensor") == tensor,
                "the manifest's next tensor is " + std::to_string(expected.integer("tensor")) +
                    ", the model's " + std::to_string(tensor));
        report_.count(
            "model operator",
            where_ + " case " + std::to_string(index) + " operator " + std::to_string(number),
            backend_.name, operator_difference(expected, file, engine.tensor(tensor)));
      }
    });
    std::size_t outputs = 0;
    for (const octet_engine::Operator& operation : model_.operators()) {
      outputs += visible_outputs(model_, operation).size();
    }
    require(outputs == tensors.size(), "the manifest has " + std::to_string(tensors.size()) +
                                           " intermediates, the model " + std::to_string(outputs));
  }

  static std::string operator_difference(const CaseFile& expected, ByteSpan file, ByteSpan got) {
    const std::string what = expected.text("op");
    const std::int64_t size = expected.integer("bytes", 0);
    if (!expected.has("crc32")) {
      return difference(what, expected.dtype("dtype"),
                        part(file, expected.integer("offset", 0), size, "an intermediate"), got);
    }
    if (size != static_cast<std::int64_t>(got.size())) {
      return what + ": expected " + std::to_string(size) + " bytes, got " +
             std::to_string(got.size());
    }
    return crc32(got) == hexadecimal(expected, "crc32") ? "" : what + ": another checksum";
  }

  const fs::path& folder_;
  const std::string where_;
  const CaseFile& manifest_;
  const octet_engine::Model& model_;
  const octet::Backend& backend_;
  Report& report_;
  const std::vector<Port> inputs_;
  const std::vector<Port> outputs_;
};

}  // namespace

void run_model(const fs::path& folder, const Json& json, const Selection& selection,
               Report& report) {
  const CaseFile manifest(json);
  // Where the model comes from and under which licence, for the reader; old manifests do not say.
  if (manifest.has("origin")) {
    for (const char* const field : {"repository", "path", "commit", "licence"}) {
      manifest.text(std::string("origin/") + field);
    }
  }
  const std::string file = manifest.text("model_file/file");
  require(fs::path(file).filename() == file, "model_file.file is not a file name");
  const auto model = octet_engine::Model::load(folder / file);
  if (!model && model.error().code == octet_engine::ErrorCode::unsupported) {
    return report.skip("model", folder.filename().generic_string() + ": " + model.error().message);
  }
  require(static_cast<bool>(model), model ? "" : model.error().message);
  const auto subgraphs = manifest.has("subgraphs") ? manifest.integer("subgraphs") : 1;
  require(subgraphs == static_cast<std::int64_t>(model->graphs().size()),
          "the file has " + std::to_string(model->graphs().size()) + " subgraphs, the manifest " +
              std::to_string(subgraphs));
  for (const octet::Backend* backend : selection.backends) {
    ModelRun(folder, manifest, *model, *backend, report).run();
  }
}

}  // namespace conformance
