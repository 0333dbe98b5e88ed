// SPDX-License-Identifier: Apache-2.0
// Operations of bytes whose results are true or false.
#pragma once

#include <memory>
#include <utility>

#include "operation.hpp"

namespace octet_engine {

// An operation whose output is to be 1 where it is not 0: inputs of a model may hold any bytes, all
// of which but 0 are true.
class Bools final : public Operation {
 public:
  explicit Bools(std::unique_ptr<Operation> bytes) : bytes_(std::move(bytes)) {}

  std::size_t scratch_bytes() const override { return bytes_->scratch_bytes(); }
  octet::Status bind(const Bindings& bindings) override {
    output_ = bindings.output<std::uint8_t>(0);
    return bytes_->bind(bindings);
  }
  void run() const override {
    bytes_->run();
    for (std::uint8_t& value : output_) value = value != 0 ? 1 : 0;
  }
  const char* backend() const override { return bytes_->backend(); }

 private:
  std::unique_ptr<Operation> bytes_;
  std::span<std::uint8_t> output_;
};

// The same of a prepared operation, if it is one.
inline PreparedOrError as_bools(PreparedOrError bytes) {
  if (!bytes) return bytes;
  return std::unique_ptr<Operation>(std::make_unique<Bools>(std::move(*bytes)));
}

}  // namespace octet_engine
