// SPDX-License-Identifier: Apache-2.0
// Arithmetic of int32 that stands for nothing but itself: shapes and indices, which are mostly
// computed while a model is prepared. Sums and products wrap, as those of processors do.
#include "integers.hpp"

#include <algorithm>
#include <limits>

#include "operators.hpp"
#include "scales.hpp"

namespace octet_engine {

namespace {

// The low 32 bits of what 64 hold, clamped.
std::int32_t wrapped(const octet::AddParams& p, std::int64_t x) {
  return std::clamp(static_cast<std::int32_t>(x), p.output.min, p.output.max);
}

std::int32_t add_wrapping(const octet::AddParams& p, std::int32_t a, std::int32_t b) {
  return wrapped(p, std::int64_t{a} + b);
}
std::int32_t subtract_wrapping(const octet::AddParams& p, std::int32_t a, std::int32_t b) {
  return wrapped(p, std::int64_t{a} - b);
}
std::int32_t multiply_wrapping(const octet::AddParams& p, std::int32_t a, std::int32_t b) {
  return wrapped(p, std::int64_t{a} * b);
}
std::int32_t divide_wrapping(const octet::AddParams& p, std::int32_t a, std::int32_t b) {
  return wrapped(p, std::int64_t{a} / b);
}

std::int32_t square_difference_wrapping(const octet::AddParams& p, std::int32_t a, std::int32_t b) {
  const std::int64_t difference = static_cast<std::int32_t>(std::int64_t{a} - b);
  return wrapped(p, difference * difference);
}

// The clamp that an activation is to them.
octet::Output integer_range(octet::Activation activation) {
  constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
  switch (activation) {
    case octet::Activation::relu: return {.min = 0, .max = kMost};
    case octet::Activation::relu6: return {.min = 0, .max = 6};
    case octet::Activation::relu_n1_to_1: return {.min = -1, .max = 1};
    case octet::Activation::none: break;
  }
  return {};
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

using Int32Element = std::int32_t (*)(const octet::AddParams&, std::int32_t, std::int32_t);
PreparedOrError prepare_arithmetic(const Node& node, Int32Element element,
                                   const Expected<octet::Activation>& activation) {
  if (!activation) return activation.error();
  return prepare_integers(node, element, integer_range(*activation));
}

}  // namespace

// tflite-micro clamps differences, products and quotients of int32, but no sums.
PreparedOrError prepare_integer_sum(const Node& node) {
  const auto activation = fused_activation<schema::AddOptions>(node);
  if (!activation) return activation.error();
  return prepare_integers(node, add_wrapping);
}

PreparedOrError prepare_integer_difference(const Node& node) {
  return prepare_arithmetic(node, subtract_wrapping, fused_activation<schema::SubOptions>(node));
}

PreparedOrError prepare_integer_product(const Node& node) {
  return prepare_arithmetic(node, multiply_wrapping, fused_activation<schema::MulOptions>(node));
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
  return prepare_arithmetic(node, divide_wrapping, fused_activation<schema::DivOptions>(node));
}

PreparedOrError prepare_integer_squared_difference(const Node& node) {
  return prepare_integers(node, square_difference_wrapping);
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
