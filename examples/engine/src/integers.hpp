// SPDX-License-Identifier: Apache-2.0
// Operators on numbers without a scale, which stand for nothing but themselves.
#pragma once

#include "checks.hpp"
#include "octet/reference/add.hpp"
#include "octet/reference/broadcast.hpp"
#include "operation.hpp"

namespace octet_engine {

// Of two inputs, element by element; `params.output` may clamp.
template <class In, class Out>
class IntegerOperation final : public Operation {
 public:
  using Element = Out (*)(const octet::AddParams&, In, In);

  IntegerOperation(const octet::AddParams& params, Element element)
      : params_(params), element_(element) {}

  octet::Status bind(const Bindings& bindings) override {
    input1_ = bindings.input<In>(0).data();
    input2_ = bindings.input<In>(1).data();
    output_ = bindings.output<Out>(0).data();
    return {};
  }
  void run() const override {
    octet::reference::broadcast(params_, input1_, input2_, output_, element_);
  }

 private:
  octet::AddParams params_;
  Element element_;
  const In *input1_ = nullptr, *input2_ = nullptr;
  Out* output_ = nullptr;
};

template <class In, class Out>
PreparedOrError prepare_integers(const Node& node, Out (*element)(const octet::AddParams&, In, In),
                                 const octet::Output& output = {}) {
  const octet::Shape &shape1 = node.input(0).shape, &shape2 = node.input(1).shape;
  const octet::Shape shape = octet::broadcast_shape(shape1, shape2);
  if (shape.rank < 0) {
    return node.invalid("inputs have shapes " + to_string(shape1) + " and " + to_string(shape2));
  }
  if (auto error = check_output_shape(node, shape)) return *error;
  octet::AddParams params;
  params.input1.shape = shape1;
  params.input2.shape = shape2;
  params.output = output;
  return std::unique_ptr<Operation>(std::make_unique<IntegerOperation<In, Out>>(params, element));
}

}  // namespace octet_engine
