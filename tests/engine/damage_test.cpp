// SPDX-License-Identifier: Apache-2.0
// Damaged files: each either gives an error in words or a model that runs. Meant for a build with
// sanitizers; without them a crash still shows.
#include <algorithm>
#include <iostream>

#include "engine/model_builder.hpp"
#include "engine/support.hpp"
#include "support/random.hpp"

namespace {

using octet_engine::Engine;
using octet_engine::Model;

// Runs a file as far as it goes; returns whether it ran.
bool try_model(std::vector<std::byte> bytes, const octet::Backend& backend) {
  bytes.shrink_to_fit();  // so that a sanitizer sees reads past the end
  const auto model = Model::parse(std::move(bytes));
  if (!model) {
    CHECK(!model.error().message.empty());
    return false;
  }
  auto engine = Engine::create(*model, backend);
  if (!engine) {
    CHECK(!engine.error().message.empty());
    return false;
  }
  engine->run();
  return true;
}

// The places of a file that are not the inside of a large constant, where damage only changes
// weights.
std::vector<std::size_t> structure(const std::vector<std::byte>& bytes) {
  constexpr std::size_t kLarge = 64;
  const auto model = Model::parse(bytes);
  REQUIRE(model);
  std::vector<bool> is_weight(bytes.size());
  for (const octet_engine::Tensor& tensor : model->tensors()) {
    if (tensor.data.size() < kLarge) continue;
    // The model holds a copy of the file: the same bytes are at the same place in ours.
    // Not std::ranges::search: clang 14 does not compile the one of libstdc++ 12.
    const auto place =
        std::search(bytes.begin(), bytes.end(), tensor.data.begin(), tensor.data.end());
    std::fill_n(is_weight.begin() + (place - bytes.begin()), tensor.data.size(), true);
  }
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (!is_weight[i]) places.push_back(i);
  }
  return places;
}

std::size_t below(Random& random, std::size_t count) { return random.next() % count; }

const octet::Backend& any_backend(Random& random) {
  const auto backends = engine_test::backends();
  return *backends[below(random, backends.size())];
}

// damage(bytes, places) changes a copy of a model, of whose structure `places` are bytes; what
// comes of it is refused or runs. So for each model, many times.
template <class Damage>
void check_damage(Random& random, const Damage& damage) {
  std::cout << "seed " << random.seed() << std::endl;
  for (const std::filesystem::path& path : engine_test::model_files()) {
    CAPTURE(path, random.seed());
    const std::vector<std::byte> whole = engine_test::read(path);
    const std::vector<std::size_t> places = structure(whole);
    for (std::int64_t i = 0; i < test_iterations(300); ++i) {
      CAPTURE(i);
      std::vector<std::byte> bytes = whole;
      damage(bytes, places);
      try_model(std::move(bytes), any_backend(random));
    }
  }
}

void flip(std::byte& byte, Random& random) { byte ^= std::byte{1} << random.in(0, 7); }

}  // namespace

TEST_CASE("A truncated model is refused") {
  Random random(test_seed());
  std::cout << "seed " << random.seed() << std::endl;
  for (const std::filesystem::path& path : engine_test::model_files()) {
    CAPTURE(path, random.seed());
    const std::vector<std::byte> whole = engine_test::read(path);
    for (std::int64_t i = 0; i < test_iterations(300); ++i) {
      const std::size_t length = i < 64 ? static_cast<std::size_t>(i) : below(random, whole.size());
      std::vector<std::byte> bytes(whole.begin(),
                                   whole.begin() + static_cast<std::ptrdiff_t>(length));
      CAPTURE(length);
      // A few bytes of padding at the very end may be missing.
      const bool ran = try_model(std::move(bytes), octet::best_backend());
      CHECK((!ran || length + 64 > whole.size()));
    }
  }
}

TEST_CASE("A model with flipped bits is refused or runs") {
  Random random(test_seed());
  check_damage(random, [&](std::vector<std::byte>& bytes, const std::vector<std::size_t>& places) {
    const std::int32_t flips = random.one_in(2) ? 1 : random.in(2, 8);
    for (std::int32_t k = 0; k < flips; ++k) {
      // One in four hits anything, the others what gives the file its structure.
      const std::size_t place =
          random.one_in(4) ? below(random, bytes.size()) : places[below(random, places.size())];
      flip(bytes[place], random);
    }
  });
}

TEST_CASE("A model with extreme numbers in it is refused or runs") {
  constexpr std::uint32_t kExtremes[] = {0,          1,          2,          0x7F,
                                         0xFF,       0x7FFF,     0x10000,    0x40000000,
                                         0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF};
  Random random(test_seed());
  check_damage(random, [&](std::vector<std::byte>& bytes, const std::vector<std::size_t>& places) {
    const std::size_t place = places[below(random, places.size())] / 4 * 4;
    const std::uint32_t value = kExtremes[below(random, std::size(kExtremes))];
    for (std::size_t k = 0; k < 4 && place + k < bytes.size(); ++k) {
      bytes[place + k] = static_cast<std::byte>(value >> (8 * k));
    }
  });
}

TEST_CASE("Every byte of the digits model's structure may be damaged") {
  Random random(test_seed());
  std::cout << "seed " << random.seed() << std::endl;
  const std::vector<std::byte> whole =
      engine_test::read(std::filesystem::path(OCTET_DIGITS_DIR) / "digits.tflite");
  for (const std::size_t place : structure(whole)) {
    CAPTURE(place, random.seed());
    std::vector<std::byte> bytes = whole;
    flip(bytes[place], random);
    try_model(std::move(bytes), octet::best_backend());
  }
}

TEST_CASE("Every byte of a model that moves elements may be damaged") {
  namespace schema = octet_engine::schema;
  Random random(test_seed());
  std::cout << "seed " << random.seed() << std::endl;
  engine_test::ModelBuilder builder;
  const auto list = [&](const std::vector<std::int32_t>& numbers) {
    return builder.constant<std::int32_t>({static_cast<std::int32_t>(numbers.size())}, numbers);
  };
  const auto input = builder.activation({2, 3});
  const auto state = builder.variable({2, 3});
  const auto joined = builder.activation({2, 6}), sliced = builder.activation({2, 2});
  const auto left = builder.activation({2, 1}), right = builder.activation({2, 1});
  const auto packed = builder.activation({2, 2, 1}), output = builder.activation({3, 2, 1});
  auto& buffer = builder.flatbuffer();
  const auto concatenation = schema::CreateConcatenationOptions(buffer, 1);
  const auto slice = schema::CreateStridedSliceOptions(buffer, 1, 0, 0, 0, 0);
  const auto pack = schema::CreatePackOptions(buffer, 2, 0);
  builder.operation(schema::BuiltinOperator_CONCATENATION, {input, state}, {joined},
                    schema::BuiltinOptions_ConcatenationOptions, concatenation.Union());
  builder.operation(schema::BuiltinOperator_STRIDED_SLICE,
                    {joined, list({0, 1}), list({2, -1}), list({1, 2})}, {sliced},
                    schema::BuiltinOptions_StridedSliceOptions, slice.Union());
  builder.operation(schema::BuiltinOperator_SPLIT, {list({1}), sliced}, {left, right});
  builder.operation(schema::BuiltinOperator_PACK, {left, right}, {packed},
                    schema::BuiltinOptions_PackOptions, pack.Union());
  builder.operation(schema::BuiltinOperator_PAD, {packed, list({1, 0, 0, 0, 0, 0})}, {output});
  builder.operation(schema::BuiltinOperator_RESHAPE, {output}, {state});
  const std::vector<std::byte> whole = builder.finish({input}, {output, state});
  REQUIRE(try_model(whole, octet::best_backend()));
  for (std::size_t place = 0; place < whole.size(); ++place) {
    CAPTURE(place, random.seed());
    std::vector<std::byte> bytes = whole;
    flip(bytes[place], random);
    try_model(std::move(bytes), octet::best_backend());
  }
}

TEST_CASE("Files that are not models are refused") {
  const auto refusal = [](std::vector<std::byte> bytes) {
    const auto model = Model::parse(std::move(bytes));
    return model ? std::string() : model.error().message;
  };
  CHECK(refusal({}) == "not a .tflite file: the identifier TFL3 is missing");
  CHECK(refusal(std::vector<std::byte>(100)) ==
        "not a .tflite file: the identifier TFL3 is missing");
  std::vector<std::byte> only_identifier(8);
  std::ranges::transform(std::string_view("TFL3"), only_identifier.begin() + 4,
                         [](char c) { return static_cast<std::byte>(c); });
  CHECK(refusal(only_identifier) == "the file is damaged: an offset leads out of it");

  const auto missing = Model::load("no such file.tflite");
  REQUIRE(!missing);
  CHECK(missing.error().code == octet_engine::ErrorCode::file);
}
