// SPDX-License-Identifier: Apache-2.0
#include "octet_engine/npy.hpp"

#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

#include "octet_engine/files.hpp"

namespace octet_engine {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

// Reads the header, a Python dictionary like
// {'descr': '|i1', 'fortran_order': False, 'shape': (3, 4), }
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : rest_(text) {}

  // Takes `token` if it comes next, after spaces.
  bool take(std::string_view token) {
    skip_spaces();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  // 'text' or "text"; empty if there is none.
  std::string_view quoted() {
    skip_spaces();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) return {};
    const std::size_t end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) return {};
    const std::string_view text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return text;
  }

  // A number >= 0, or -1.
  std::int64_t number() {
    skip_spaces();
    std::int64_t value = -1;
    const auto [end, failure] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (failure != std::errc() || value < 0) return -1;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

 private:
  void skip_spaces() {
    const std::size_t start = rest_.find_first_not_of(" \n\t");
    rest_.remove_prefix(start == std::string_view::npos ? rest_.size() : start);
  }

  std::string_view rest_;
};

// The types by NumPy's names, without the byte order.
constexpr std::pair<TensorType, std::string_view> kTypes[] = {
    {TensorType::int8, "i1"},    {TensorType::uint8, "u1"}, {TensorType::int16, "i2"},
    {TensorType::int32, "i4"},   {TensorType::int64, "i8"}, {TensorType::float32, "f4"},
    {TensorType::boolean, "b1"},
};

std::optional<Error> parse_type(std::string_view descr, TensorType& type) {
  for (const auto& [known, name] : kTypes) {
    // The first character is the byte order, which single bytes do not have.
    const std::string_view orders = element_bytes(known) == 1 ? "|<>=" : "<";
    if (descr.size() != 3 || descr.substr(1) != name ||
        orders.find(descr[0]) == std::string_view::npos)
      continue;
    type = known;
    return std::nullopt;
  }
  return Error{ErrorCode::unsupported,
               "type '" + std::string(descr) +
                   "' is not bool, int8, uint8, int16, int32, int64 or float32, little-endian"};
}

std::optional<Error> parse_header(std::string_view text, NpyArray& array) {
  HeaderParser parser(text);
  bool has_type = false, has_order = false, has_shape = false;
  if (!parser.take("{")) return invalid("the header is not a dictionary");
  while (!parser.take("}")) {
    const std::string_view key = parser.quoted();
    if (key.empty() || !parser.take(":")) return invalid("the header is not a dictionary");
    if (key == "descr") {
      if (std::optional<Error> error = parse_type(parser.quoted(), array.type)) return error;
      has_type = true;
    } else if (key == "fortran_order") {
      if (!parser.take("False")) {
        return Error{ErrorCode::unsupported, "the array is not in C order"};
      }
      has_order = true;
    } else if (key == "shape") {
      if (!parser.take("(")) return invalid("the shape is not a tuple");
      array.shape.clear();
      while (!parser.take(")")) {
        array.shape.push_back(parser.number());
        if (array.shape.back() < 0) return invalid("the shape has an extent that is not a number");
        if (parser.take(",")) continue;
        if (!parser.take(")")) return invalid("the shape is not a tuple");
        break;
      }
      has_shape = true;
    } else {
      return invalid("the header has an unknown key '" + std::string(key) + "'");
    }
    parser.take(",");
  }
  if (!has_type || !has_order || !has_shape) return invalid("the header lacks a key");
  return std::nullopt;
}

std::uint32_t little_endian(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  }
  return value;
}

Error with_path(const std::filesystem::path& path, Error error) {
  error.message.insert(0, path.string() + ": ");
  return error;
}

}  // namespace

Expected<NpyArray> parse_npy(std::span<const std::byte> bytes) {
  // Magic, major and minor version, then the header's length: 2 bytes in version 1, 4 after it.
  constexpr std::size_t version = kMagic.size();
  if (bytes.size() < version + 4 || std::memcmp(bytes.data(), kMagic.data(), version) != 0) {
    return invalid("not a .npy file");
  }
  const auto major = std::to_integer<int>(bytes[version]);
  if (major < 1 || major > 3) {
    return Error{ErrorCode::unsupported, ".npy version " + std::to_string(major)};
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t start = version + 2 + length_bytes;
  if (bytes.size() < start) return invalid("the file ends within its header");
  const std::size_t length = little_endian(bytes.subspan(version + 2, length_bytes));
  if (bytes.size() - start < length) return invalid("the file ends within its header");

  NpyArray array;
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + start, length);
  if (std::optional<Error> error = parse_header(header, array)) return *error;

  const std::span<const std::byte> data = bytes.subspan(start + length);
  std::uint64_t elements = 1;
  for (const std::int64_t extent : array.shape) {
    if (extent != 0 && elements > data.size() / static_cast<std::uint64_t>(extent)) {
      return invalid("the file ends within its data");
    }
    elements *= static_cast<std::uint64_t>(extent);
  }
  if (elements * element_bytes(array.type) != data.size()) {
    return invalid("the shape has " + std::to_string(elements) + " elements of " +
                   std::to_string(element_bytes(array.type)) + " bytes, the file " +
                   std::to_string(data.size()) + " bytes");
  }
  array.data.assign(data.begin(), data.end());
  return array;
}

Expected<NpyArray> read_npy(const std::filesystem::path& path) {
  Expected<std::vector<std::byte>> bytes = read_file(path);
  if (!bytes) return bytes.error();
  Expected<NpyArray> array = unless_out_of_memory("its array", [&] { return parse_npy(*bytes); });
  if (!array) return with_path(path, array.error());
  return array;
}

std::optional<Error> write_npy(const std::filesystem::path& path, TensorType type,
                               std::span<const std::int64_t> shape,
                               std::span<const std::byte> data) {
  std::string header = "{'descr': '";
  header += element_bytes(type) == 1 ? '|' : '<';
  for (const auto& [known, name] : kTypes) header += known == type ? name : "";
  header += "', 'fortran_order': False, 'shape': (";
  for (const std::int64_t extent : shape) header += std::to_string(extent) + ",";
  header += "), }";
  // Spaces and a line feed make the data start at a multiple of 64.
  constexpr std::size_t before = kMagic.size() + 4;
  header.append(63 - (before + header.size()) % 64, ' ');
  header += '\n';

  std::string file(kMagic);
  file += {1, 0, static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  file += header;
  file.append(reinterpret_cast<const char*>(data.data()), data.size());
  return write_file(path, std::as_bytes(std::span(file)));
}

}  // namespace octet_engine
