// SPDX-License-Identifier: Apache-2.0
// Where the classes of ONNX's format were not found.
#include "octet_quantizer/onnx.hpp"

namespace octet_quantizer {

namespace {

Error built_without_onnx() {
  return {octet_engine::ErrorCode::unsupported,
          "this was built without ONNX (Debian: libonnx-dev libprotobuf-dev)"};
}

}  // namespace

Expected<Network> read_onnx(const std::filesystem::path&) { return built_without_onnx(); }
Expected<Network> parse_onnx(std::span<const std::byte>) { return built_without_onnx(); }

}  // namespace octet_quantizer
