// SPDX-License-Identifier: Apache-2.0
// Whole models against the outputs of tflite-micro's reference kernels: every case, every backend,
// every operator whose output is known.
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/support.hpp"
#include "octet_engine/npy.hpp"

namespace {

using engine_test::read;
using nlohmann::json;
using octet_engine::Engine;
using octet_engine::Model;

struct Fixture {
  std::filesystem::path folder;
  json manifest;

  std::filesystem::path file(const json& entry) const {
    return folder / entry.at("file").get<std::string>();
  }
};

std::vector<Fixture> fixtures() {
  std::vector<Fixture> fixtures;
  for (const std::filesystem::path& path : engine_test::model_files()) {
    const std::filesystem::path manifest = path.parent_path() / "manifest.json";
    if (!std::filesystem::exists(manifest)) continue;
    std::ifstream stream(manifest);
    fixtures.push_back({path.parent_path(), json::parse(stream)});
  }
  return fixtures;
}

void set_input(Engine& engine, const std::vector<std::byte>& bytes) {
  REQUIRE(bytes.size() == engine.input(0).size());
  std::ranges::copy(bytes, engine.input(0).begin());
}

// body(fixture, engine) for every model on every backend.
template <class Body>
void for_each_engine(const Body& body) {
  for (const Fixture& fixture : fixtures()) {
    const Model model = engine_test::load(fixture.file(fixture.manifest.at("model_file")));
    for (const octet::Backend* backend : engine_test::backends()) {
      CAPTURE(fixture.folder, backend->name);
      Engine engine = engine_test::create(model, *backend);
      body(fixture, engine);
    }
  }
}

bool equal(std::span<const std::byte> a, std::span<const std::byte> b) {
  return std::ranges::equal(a, b);
}

}  // namespace

TEST_CASE("Models give the expected outputs on every backend") {
  for_each_engine([](const Fixture& fixture, Engine& engine) {
    for (const json& entry : fixture.manifest.at("cases")) {
      CAPTURE(entry.at("index").get<int>());
      set_input(engine, read(fixture.file(entry.at("input"))));
      engine.run();
      CHECK(equal(engine.output(0), read(fixture.file(entry.at("output")))));
    }
  });
}

TEST_CASE("Every operator of a model gives the expected output on every backend") {
  for_each_engine([](const Fixture& fixture, Engine& engine) {
    const auto& operators = engine.model().operators();
    for (const json& entry : fixture.manifest.at("intermediates")) {
      const json& input = fixture.manifest.at("cases").at(entry.at("of_input").get<std::size_t>());
      const std::vector<std::byte> expected = read(fixture.file(entry.at("data")));
      const json& tensors = entry.at("tensors");
      REQUIRE(tensors.size() == operators.size());
      set_input(engine, read(fixture.file(input.at("input"))));
      engine.run([&](std::size_t i) {
        CAPTURE(label(operators[i], i));
        const std::int32_t output = operators[i].outputs[0];
        REQUIRE(tensors[i].at("tensor").get<std::int32_t>() == output);
        CHECK(equal(engine.tensor(output),
                    std::span(expected).subspan(tensors[i].at("offset").get<std::size_t>(),
                                                tensors[i].at("bytes").get<std::size_t>())));
      });
    }
  });
}

TEST_CASE("The digits model gives the same scores on every backend") {
  const std::filesystem::path folder(OCTET_DIGITS_DIR);
  const Model model = engine_test::load(folder / "digits.tflite");
  const auto images = octet_engine::read_npy(folder / "images.npy");
  REQUIRE(images);
  std::vector<std::byte> expected;
  for (const octet::Backend* backend : engine_test::backends()) {
    CAPTURE(backend->name);
    Engine engine = engine_test::create(model, *backend);
    const std::size_t pixels = engine.input(0).size();
    std::vector<std::byte> scores;
    for (std::size_t start = 0; start < images->data.size(); start += pixels) {
      // Any bytes do: what matters is that all backends see the same ones.
      set_input(engine, {images->data.begin() + static_cast<std::ptrdiff_t>(start),
                         images->data.begin() + static_cast<std::ptrdiff_t>(start + pixels)});
      engine.run();
      scores.insert(scores.end(), engine.output(0).begin(), engine.output(0).end());
    }
    if (expected.empty()) expected = scores;
    CHECK(scores == expected);
  }
}

TEST_CASE("Running again gives the same output") {
  for (const std::filesystem::path& path : engine_test::model_files()) {
    CAPTURE(path);
    const Model model = engine_test::load(path);
    Engine engine = engine_test::create(model, octet::best_backend());
    engine.run();
    const std::vector<std::byte> once(engine.output(0).begin(), engine.output(0).end());
    engine.run();
    CHECK(equal(engine.output(0), once));
  }
}
