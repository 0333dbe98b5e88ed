// SPDX-License-Identifier: Apache-2.0
// Arithmetic of int32 that stands for nothing but itself: shapes and indices, which are mostly
// computed while a model is prepared. Sums and products wrap, as those of processors do.
#include <algorithm>

#include "checks.hpp"
#include "octet/reference/add.hpp"
#include "octet/reference/broadcast.hpp"
#include "operators.hpp"
#include "scales.hpp"

namespace octet_engine {

namespace {

using Element = std::int32_t (*)(const octet::AddParams&, std::int32_t, std::int32_t);

// Of two inputs, element by element.
class IntegerOperation final : public Operation {
 public:
  IntegerOperation(const octet::Shape& shape1, const octet::Shape& shape2, Element element)
      : element_(element) {
    params_.input1.shape = shape1;
    params_.input2.shape = shape2;
  }

  octet::Status bind(const Bindings& bindings) override {
    input1_ = bindings.input<std::int32_t>(0).data();
    input2_ = bindings.input<std::int32_t>(1).data();
    output_ = bindings.output<std::int32_t>(0).data();
    return {};
  }
  void run() const override {
    octet::reference::broadcast(params_, input1_, input2_, output_, element_);
  }

 private:
  octet::AddParams params_ = {};  // only the shapes count
  Element element_;
  const std::int32_t *input1_ = nullptr, *input2_ = nullptr;
  std::int32_t* output_ = nullptr;
};

// The low 32 bits of what 64 hold.
std::int32_t wrapped(std::int64_t x) { return static_cast<std::int32_t>(x); }

std::int32_t add_wrapping(const octet::AddParams&, std::int32_t a, std::int32_t b) {
  return wrapped(std::int64_t{a} + b);
}
std::int32_t subtract_wrapping(const octet::AddParams&, std::int32_t a, std::int32_t b) {
  return wrapped(std::int64_t{a} - b);
}
std::int32_t multiply_wrapping(const octet::AddParams&, std::int32_t a, std::int32_t b) {
  return wrapped(std::int64_t{a} * b);
}
std::int32_t divide_wrapping(const octet::AddParams&, std::int32_t a, std::int32_t b) {
  return wrapped(std::int64_t{a} / b);
}

template <class In, class Out>
class Cast final : public Operation {
 public:
  octet::Status bind(const Bindings& bindings) override {
    input_ = bindings.input<In>(0);
    output_ = bindings.output<Out>(0);
    return {};
  }
  void run() const override {
    std::ranges::transform(input_, output_.begin(), [](In x) { return static_cast<Out>(x); });
  }

 private:
  std::span<const In> input_;
  std::span<Out> output_;
};

// call(T{}) for integers and, as bytes, for what is true or false.
template <class Call>
auto for_number(const Tensor& tensor, const Call& call) {
  if (tensor.type == TensorType::boolean) return call(std::uint8_t{});
  return for_type<std::int8_t, std::uint8_t, std::int16_t, std::int32_t, std::int64_t>(tensor,
                                                                                       call);
}

PreparedOrError prepare_integers(const Node& node, Element element,
                                 const Expected<octet::Activation>& activation) {
  if (!activation) return activation.error();
  if (*activation != octet::Activation::none) {
    return node.unsupported("an activation is fused to INT32");
  }
  const octet::Shape &shape1 = node.input(0).shape, &shape2 = node.input(1).shape;
  const octet::Shape shape = octet::broadcast_shape(shape1, shape2);
  if (shape.rank < 0) {
    return node.invalid("inputs have shapes " + to_string(shape1) + " and " + to_string(shape2));
  }
  if (auto error = check_output_shape(node, shape)) return *error;
  return std::unique_ptr<Operation>(std::make_unique<IntegerOperation>(shape1, shape2, element));
}

}  // namespace

PreparedOrError prepare_integer_sum(const Node& node) {
  return prepare_integers(node, add_wrapping, fused_activation<schema::AddOptions>(node));
}

PreparedOrError prepare_integer_difference(const Node& node) {
  return prepare_integers(node, subtract_wrapping, fused_activation<schema::SubOptions>(node));
}

PreparedOrError prepare_integer_product(const Node& node) {
  return prepare_integers(node, multiply_wrapping, fused_activation<schema::MulOptions>(node));
}

PreparedOrError prepare_integer_quotient(const Node& node) {
  const Tensor& divisor = node.input(1);
  if (!divisor.is_constant()) {
    return node.unsupported("input 1 (tensor " + std::to_string(node.operation().inputs[1]) +
                            ") is not a constant");
  }
  if (std::ranges::count(values_of<std::int32_t>(divisor), 0) != 0) {
    return node.invalid("a divisor is 0");
  }
  return prepare_integers(node, divide_wrapping, fused_activation<schema::DivOptions>(node));
}

PreparedOrError prepare_cast(const Node& node) {
  if (auto error = check_output_shape(node, node.input(0).shape)) return *error;
  const auto with_types = [&]<class In, class Out>(In, Out) -> PreparedOrError {
    return std::unique_ptr<Operation>(std::make_unique<Cast<In, Out>>());
  };
  return for_number(node.input(0), [&](auto in) {
    if (node.output().type == TensorType::boolean) return with_types(in, bool{});
    return for_number(node.output(), [&](auto out) { return with_types(in, out); });
  });
}

}  // namespace octet_engine
