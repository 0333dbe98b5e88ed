// SPDX-License-Identifier: Apache-2.0
// What the tests of the engine share.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "octet/backends.hpp"
#include "octet_engine/engine.hpp"
#include "octet_engine/files.hpp"
#include "support/catch.hpp"

namespace engine_test {

// The models of the conformance data where there are any, then the digits model.
inline std::vector<std::filesystem::path> model_files() {
  std::vector<std::filesystem::path> files;
  if (const std::filesystem::path folder(OCTET_CONFORMANCE_DIR); !folder.empty()) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "models")) {
      if (entry.path().extension() == ".tflite") files.push_back(entry.path());
    }
  }
  files.push_back(std::filesystem::path(OCTET_DIGITS_DIR) / "digits.tflite");
  return files;
}

inline std::vector<const octet::Backend*> backends() {
  std::vector<const octet::Backend*> backends;
  for (const octet::Backend* backend : octet::kBackends) {
    if (backend->available()) backends.push_back(backend);
  }
  return backends;
}

inline std::vector<std::byte> read(const std::filesystem::path& path) {
  auto bytes = octet_engine::read_file(path);
  if (!bytes) FAIL(bytes.error().message);
  return std::move(*bytes);
}

inline octet_engine::Model load(const std::filesystem::path& path) {
  auto model = octet_engine::Model::load(path);
  if (!model) FAIL(model.error().message);
  return std::move(*model);
}

inline octet_engine::Engine create(const octet_engine::Model& model,
                                   const octet_engine::EngineOptions& options = {}) {
  auto engine = octet_engine::Engine::create(model, options);
  if (!engine) FAIL(engine.error().message);
  return std::move(*engine);
}
inline octet_engine::Engine create(const octet_engine::Model& model,
                                   const octet::Backend& backend) {
  return create(model, octet_engine::EngineOptions{.backend = backend});
}

}  // namespace engine_test
