// SPDX-License-Identifier: Apache-2.0
#include "operations.hpp"

namespace octet_engine {

namespace {

// The output shares the input's memory: there is nothing to do.
class InPlace final : public Operation {
 public:
  octet::Status bind(const Bindings&) override { return {}; }
  void run() const override {}
};

}  // namespace

PreparedOrError prepare_reshape(const Node& node, const octet::Backend&) {
  if (node.input(0).shape.size() != node.output().shape.size()) {
    return node.invalid("input of shape " + to_string(node.input(0).shape) +
                        " has more or fewer elements than output of shape " +
                        to_string(node.output().shape));
  }
  return std::unique_ptr<Operation>(std::make_unique<InPlace>());
}

}  // namespace octet_engine
