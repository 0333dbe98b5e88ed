// SPDX-License-Identifier: Apache-2.0
#include "octet/int4.hpp"
#include "octet_engine/model.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

#include "model_generated.h"
#include "octet_engine/files.hpp"

namespace octet_engine {

static_assert(std::endian::native == std::endian::little,
              "the file is little-endian and is read in place");

namespace {

// Keeps every index, and every sum of an extent and a stride, in 32 bits, and the bytes of any
// type in those of a pointer.
constexpr std::int64_t kMaxElements =
    std::min<std::int64_t>(std::int64_t{1} << 30, PTRDIFF_MAX / 8);

constexpr std::uint32_t kVersion = 3;

template <class T>
std::span<const T> view(const flatbuffers::Vector<T>* vector) {
  if (vector == nullptr) return {};
  return {reinterpret_cast<const T*>(vector->Data()), vector->size()};
}

std::string_view view(const flatbuffers::String* string) {
  return string == nullptr ? std::string_view() : std::string_view(string->c_str(), string->size());
}

std::size_t size_of(const auto* vector) { return vector == nullptr ? 0 : vector->size(); }

}  // namespace

std::string to_string(TensorType type) {
  const std::string name =
      schema::EnumNameTensorType(static_cast<schema::TensorType>(static_cast<int>(type)));
  return name.empty() ? "type " + std::to_string(static_cast<int>(type)) : name;
}

std::string to_string(const octet::Shape& shape) {
  if (shape.rank == 0) return "scalar";
  std::string text = std::to_string(shape.extent[0]);
  for (std::int32_t i = 1; i < shape.rank; ++i) text += "x" + std::to_string(shape.extent[i]);
  return text;
}

std::size_t Tensor::bytes() const {
  const auto elements = static_cast<std::size_t>(shape.size());
  return type == TensorType::int4 ? octet::int4_bytes(elements) : elements * element_bytes(type);
}

std::string label(const Operator& operation, std::size_t index) {
  return "operator " + std::to_string(index) + " (" + operation.name + ")";
}

class ModelReader {
 public:
  explicit ModelReader(std::vector<std::byte> bytes) { model_.bytes_ = std::move(bytes); }

  Expected<Model> read() {
    const auto* const data = reinterpret_cast<const std::uint8_t*>(model_.bytes_.data());
    const std::size_t size = model_.bytes_.size();
    if (size >= FLATBUFFERS_MAX_BUFFER_SIZE) {
      return Error{ErrorCode::unsupported, "the file is larger than 2 GB"};
    }
    if (size < 8 || !schema::ModelBufferHasIdentifier(data)) {
      return invalid("not a .tflite file: the identifier TFL3 is missing");
    }
    flatbuffers::Verifier verifier(data, size);
    if (!schema::VerifyModelBuffer(verifier)) {
      return invalid("the file is damaged: an offset leads out of it");
    }
    file_ = schema::GetModel(data);
    if (file_->version() != kVersion) {
      return Error{ErrorCode::unsupported,
                   "schema version " + std::to_string(file_->version()) + " is not 3"};
    }
    if (size_of(file_->subgraphs()) == 0) return invalid("the file has no subgraphs");
    model_.description_ = view(file_->description());
    for (flatbuffers::uoffset_t i = 0; i < file_->subgraphs()->size(); ++i) {
      record_ = file_->subgraphs()->Get(i);
      if (std::optional<Error> error = read_graph()) {
        if (i > 0) error->message.insert(0, "subgraph " + std::to_string(i) + ": ");
        return *error;
      }
      model_.graphs_.push_back(std::move(graph_));
    }
    if (model_.outputs().empty()) return invalid("the model has no outputs");
    return std::move(model_);
  }

 private:
  std::optional<Error> read_graph() {
    graph_ = {};
    if (std::optional<Error> error = read_tensors()) return error;
    if (std::optional<Error> error = read_operators()) return error;
    graph_.inputs = view(record_->inputs());
    graph_.outputs = view(record_->outputs());
    if (auto error = check_indices(graph_.inputs, "model input ", false)) return error;
    return check_indices(graph_.outputs, "model output ", false);
  }

  std::optional<Error> read_tensors() {
    graph_.tensors.reserve(size_of(record_->tensors()));
    for (std::size_t i = 0; i < size_of(record_->tensors()); ++i) {
      const auto* const record = record_->tensors()->Get(static_cast<flatbuffers::uoffset_t>(i));
      Tensor tensor{.name = view(record->name()),
                    .type = static_cast<TensorType>(record->type()),
                    .is_variable = record->is_variable()};
      std::optional<Error> error = read_shape(*record, tensor);
      if (!error) error = read_quantization(record->quantization(), tensor);
      if (!error) error = read_constant(*record, tensor);
      if (error) {
        error->message.insert(0, "tensor " + std::to_string(i) + ": ");
        return error;
      }
      graph_.tensors.push_back(tensor);
    }
    return std::nullopt;
  }

  std::optional<Error> read_shape(const schema::Tensor& record, Tensor& tensor) {
    const std::span<const std::int32_t> extents = view(record.shape());
    if (extents.size() > static_cast<std::size_t>(octet::kMaxRank)) {
      return Error{ErrorCode::unsupported, "rank " + std::to_string(extents.size()) +
                                               " is larger than " +
                                               std::to_string(octet::kMaxRank)};
    }
    std::int64_t elements = 1;
    for (const std::int32_t extent : extents) {
      if (extent < 0) return invalid("extent " + std::to_string(extent) + " is negative");
      elements *= extent;
      if (elements >= kMaxElements) {
        return invalid("the shape has " + std::to_string(kMaxElements) + " elements or more");
      }
      tensor.shape.extent[tensor.shape.rank++] = extent;
    }
    return std::nullopt;
  }

  std::optional<Error> read_quantization(const schema::QuantizationParameters* record,
                                         Tensor& tensor) {
    if (record == nullptr) return std::nullopt;
    if (record->details_type() != schema::QuantizationDetails_NONE) {
      return Error{ErrorCode::unsupported, "custom quantization is not supported"};
    }
    Quantization& quantization = tensor.quantization;
    quantization.scales = view(record->scale());
    if (size_of(record->zero_point()) != 0) {
      if (size_of(record->zero_point()) != quantization.scales.size()) {
        return invalid(std::to_string(size_of(record->zero_point())) + " zero points do not fit " +
                       std::to_string(quantization.scales.size()) + " scales");
      }
      quantization.zero_points = {reinterpret_cast<const std::byte*>(record->zero_point()->Data()),
                                  size_of(record->zero_point()) * sizeof(std::int64_t)};
    }
    for (const float scale : quantization.scales) {
      if (!std::isfinite(scale) || scale < 0) {
        return invalid("scale " + std::to_string(scale) + " is not a finite positive number");
      }
    }
    quantization.dimension = record->quantized_dimension();
    return std::nullopt;
  }

  std::optional<Error> read_constant(const schema::Tensor& record, Tensor& tensor) {
    if (record.sparsity() != nullptr) {
      return Error{ErrorCode::unsupported, "sparse tensors are not supported"};
    }
    if (record.buffer() >= size_of(file_->buffers())) {
      return invalid("buffer " + std::to_string(record.buffer()) + " does not exist, there are " +
                     std::to_string(size_of(file_->buffers())));
    }
    const auto* const data = file_->buffers()->Get(record.buffer())->data();
    tensor.data = std::as_bytes(view(data));
    if (!tensor.data.empty() && tensor.is_variable) {
      return Error{ErrorCode::unsupported, "variables with values in the file are not supported"};
    }
    const bool is_sized = element_bytes(tensor.type) != 0 || tensor.type == TensorType::int4;
    if (tensor.is_constant() && is_sized && tensor.data.size() != tensor.bytes()) {
      return invalid("buffer " + std::to_string(record.buffer()) + " holds " +
                     std::to_string(tensor.data.size()) + " bytes, but " + to_string(tensor.shape) +
                     " of " + to_string(tensor.type) + " needs " + std::to_string(tensor.bytes()));
    }
    return std::nullopt;
  }

  std::optional<Error> read_operators() {
    graph_.operators.reserve(size_of(record_->operators()));
    for (std::size_t i = 0; i < size_of(record_->operators()); ++i) {
      const auto* const record = record_->operators()->Get(static_cast<flatbuffers::uoffset_t>(i));
      if (record->opcode_index() >= size_of(file_->operator_codes())) {
        return invalid("operator " + std::to_string(i) + ": operator code " +
                       std::to_string(record->opcode_index()) + " does not exist, there are " +
                       std::to_string(size_of(file_->operator_codes())));
      }
      const auto* const code = file_->operator_codes()->Get(record->opcode_index());
      Operator operation{
          .inputs = view(record->inputs()), .outputs = view(record->outputs()), .record = record};
      operation.code =
          std::max<std::int32_t>(code->deprecated_builtin_code(), code->builtin_code());
      operation.name =
          schema::EnumNameBuiltinOperator(static_cast<schema::BuiltinOperator>(operation.code));
      if (operation.name.empty()) operation.name = "code " + std::to_string(operation.code);
      if (operation.code == schema::BuiltinOperator_CUSTOM) {
        operation.name.append(" ").append(view(code->custom_code()));
      }
      const std::string prefix = label(operation, i);
      if (std::optional<Error> error = check_indices(operation.inputs, prefix + ": input ", true)) {
        return error;
      }
      if (std::optional<Error> error =
              check_indices(operation.outputs, prefix + ": output ", false)) {
        return error;
      }
      graph_.operators.push_back(std::move(operation));
    }
    return std::nullopt;
  }

  std::optional<Error> check_indices(std::span<const std::int32_t> tensors, const std::string& what,
                                     bool may_be_absent) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (may_be_absent && tensors[i] == kAbsent) continue;
      if (tensors[i] < 0 || static_cast<std::size_t>(tensors[i]) >= graph_.tensors.size()) {
        return invalid(what + std::to_string(i) + " is tensor " + std::to_string(tensors[i]) +
                       ", which does not exist; there are " +
                       std::to_string(graph_.tensors.size()));
      }
    }
    return std::nullopt;
  }

  const schema::Model* file_ = nullptr;
  const schema::SubGraph* record_ = nullptr;  // of the graph that is being read
  Graph graph_;
  Model model_;
};

Expected<Model> Model::parse(std::vector<std::byte> bytes) {
  return unless_out_of_memory("the model's tensors and operators",
                              [&] { return ModelReader(std::move(bytes)).read(); });
}

Expected<Model> Model::load(const std::filesystem::path& path) {
  Expected<std::vector<std::byte>> bytes = read_file(path);
  if (!bytes) return bytes.error();
  Expected<Model> model = parse(std::move(*bytes));
  if (!model) return Error{model.error().code, path.string() + ": " + model.error().message};
  return model;
}

}  // namespace octet_engine
