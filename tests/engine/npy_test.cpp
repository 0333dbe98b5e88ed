// SPDX-License-Identifier: Apache-2.0
#include "octet_engine/npy.hpp"

#include <string>
#include <string_view>

#include "engine/support.hpp"
#include "support/random.hpp"

namespace {

using octet_engine::NpyArray;
using octet_engine::parse_npy;
using octet_engine::TensorType;

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// A version 1 file with this header.
std::vector<std::byte> npy(std::string_view header, std::string_view data) {
  std::string file("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(header.size() & 0xFF);
  file += static_cast<char>(header.size() >> 8);
  return bytes_of(file.append(header).append(data));
}

std::string refusal(const std::vector<std::byte>& bytes) {
  const auto array = parse_npy(bytes);
  return array ? "" : array.error().message;
}

class TemporaryFile {
 public:
  TemporaryFile() : path_(std::filesystem::temp_directory_path() / "octet_npy_test.npy") {}
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("Arrays survive a file") {
  Random random(test_seed());
  CAPTURE(random.seed());
  const TemporaryFile file;
  const std::vector<std::vector<std::int64_t>> shapes = {{}, {0}, {7}, {2, 3}, {1, 8, 8, 1}};
  for (const std::vector<std::int64_t>& shape : shapes) {
    for (const TensorType type : {TensorType::int8, TensorType::uint8, TensorType::int16,
                                  TensorType::int32, TensorType::int64, TensorType::float32}) {
      auto size = static_cast<std::int64_t>(octet_engine::element_bytes(type));
      for (const std::int64_t extent : shape) size *= extent;
      const std::vector<std::byte> data = random.vector<std::byte>(size);
      REQUIRE(!write_npy(file.path(), type, shape, data));
      const auto array = octet_engine::read_npy(file.path());
      REQUIRE(array);
      CHECK(array->type == type);
      CHECK(array->shape == shape);
      CHECK(array->data == data);
    }
  }
}

TEST_CASE("NumPy's own files are read") {
  const auto images =
      octet_engine::read_npy(std::filesystem::path(OCTET_DIGITS_DIR) / "images.npy");
  REQUIRE(images);
  CHECK(images->type == TensorType::uint8);
  REQUIRE(images->shape.size() == 4);
  CHECK(images->shape[1] == 8);
}

TEST_CASE("Headers are dictionaries in any order") {
  const auto array =
      parse_npy(npy("{\"shape\":(2,) , 'fortran_order':False,'descr':'<i1'}   \n", "ab"));
  REQUIRE(array);
  CHECK(array->type == TensorType::int8);
  CHECK(array->shape == std::vector<std::int64_t>{2});
  CHECK(array->data == bytes_of("ab"));
}

TEST_CASE("Version 2 headers have a longer length") {
  const std::string_view header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n";
  std::string file("\x93NUMPY\x02\x00", 8);
  file += static_cast<char>(header.size());
  file.append(3, '\0').append(header).append("xyz");
  const auto array = parse_npy(bytes_of(file));
  REQUIRE(array);
  CHECK(array->data == bytes_of("xyz"));
}

TEST_CASE("What is not an array of integers in C order is refused") {
  CHECK(refusal({}) == "not a .npy file");
  CHECK(refusal(bytes_of("PK\x03\x04 something else")) == "not a .npy file");
  // Of an array whose header has these entries.
  const auto refused = [](const std::string& entries, const char* data) {
    return refusal(npy("{" + entries + "}", data));
  };
  for (const std::string type : {"<f8", ">i2", "|b2", "<U3", "<i16"}) {
    CHECK(refused("'descr': '" + type + "', 'fortran_order': False, 'shape': (1,), ", "abcd") ==
          "type '" + type +
              "' is not bool, int8, uint8, int16, int32, int64 or float32, little-endian");
  }
  CHECK(refused("'descr': '|i1', 'fortran_order': True, 'shape': (1,), ", "a") ==
        "the array is not in C order");
  const std::string bytes = "'descr': '|i1', 'fortran_order': False, ";
  CHECK(refused(bytes, "a") == "the header lacks a key");
  CHECK(refused(bytes + "'shape': (2,), ", "a") == "the file ends within its data");
  CHECK(refused(bytes + "'shape': (1,), ", "ab") ==
        "the shape has 1 elements of 1 bytes, the file 2 bytes");
  CHECK(refused("'descr': '<i4', 'fortran_order': False, 'shape': (2,), ", "abcdefg") ==
        "the shape has 2 elements of 4 bytes, the file 7 bytes");
  CHECK(refused(bytes + "'shape': (-1,), ", "a") == "the shape has an extent that is not a number");
  CHECK(refused(bytes + "'shape': (4294967296, 4294967296, 4294967296), ", "a") ==
        "the file ends within its data");
  CHECK(refused(bytes + "'shape': (1,), 'more': 1", "a") == "the header has an unknown key 'more'");
  CHECK(refusal(npy("nothing", "")) == "the header is not a dictionary");
  CHECK(!octet_engine::read_npy("no such file.npy"));
}

TEST_CASE("Damaged arrays are refused or read") {
  Random random(test_seed());
  CAPTURE(random.seed());
  const std::vector<std::byte> whole =
      npy("{'descr': '|i1', 'fortran_order': False, 'shape': (2, 3), }   \n", "abcdef");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK(!parse_npy(std::span(whole).first(length)));
  }
  for (std::int64_t i = 0; i < test_iterations(2000); ++i) {
    std::vector<std::byte> bytes = whole;
    for (std::int32_t flips = random.in(1, 4); flips > 0; --flips) {
      bytes[random.next() % bytes.size()] ^= std::byte{1} << random.in(0, 7);
    }
    const auto array = parse_npy(bytes);
    if (array) CHECK(array->data.size() <= bytes.size());
  }
}
