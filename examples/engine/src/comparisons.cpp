// SPDX-License-Identifier: Apache-2.0
// Operators whose results are true or false, bytes of 1 and 0.
#include "octet/comparison.hpp"

#include "bools.hpp"
#include "checks.hpp"
#include "integers.hpp"
#include "octet/lookup.hpp"
#include "octet/maximum.hpp"
#include "octet/minimum.hpp"
#include "octet/quantize/binary.hpp"
#include "operators.hpp"
#include "scales.hpp"

namespace octet_engine {

namespace {

// An operation of two inputs of T and bytes as output.
template <class T, class Prepared>
PreparedOrError finish_comparison(const Node& node, const octet::Result<Prepared>& prepared) {
  if (!prepared) return node.refused(prepared.status());
  if (auto error = check_output_shape(node, prepared->output_shape())) return *error;
  return finish(node, prepared, [](const auto& operation, const Bindings& bindings) {
    return operation.bind(bindings.input<T>(0), bindings.input<T>(1),
                          bindings.output<std::uint8_t>(0));
  });
}

template <octet::Comparison kind>
PreparedOrError prepare_comparison(const Node& node) {
  const Tensor &input1 = node.input(0), &input2 = node.input(1);
  if (input1.type == TensorType::int32) {
    return finish_comparison<std::int32_t>(
        node, octet::Compare<kind, std::int32_t>::prepare(
                  {.input1 = {input1.shape}, .input2 = {input2.shape}}, node.backend()));
  }
  if (input1.type == TensorType::int64) {
    return prepare_integers<std::int64_t, std::uint8_t>(
        node, [](const octet::AddParams&, std::int64_t a, std::int64_t b) -> std::uint8_t {
          return octet::reference::holds<kind>(a, b);
        });
  }
  if (input1.type == TensorType::boolean) {
    constexpr octet::TensorQuantization kHalves = {0.5f, 0};  // what their factors say matters not
    return finish_comparison<std::uint8_t>(
        node, octet::Compare<kind, std::uint8_t>::prepare(
                  octet::comparison_params(input1.shape, kHalves, input2.shape, kHalves),
                  node.backend()));
  }
  return for_type<std::int8_t, std::int16_t>(input1, [&]<class T>(T) {
    return finish_comparison<T>(
        node, octet::Compare<kind, T>::prepare(
                  octet::comparison_params(input1.shape, quantization_of(input1), input2.shape,
                                           quantization_of(input2)),
                  node.backend()));
  });
}

// The smaller byte tells whether both are true, the larger one whether either is.
template <template <class> class Extreme>
PreparedOrError prepare_connective(const Node& node) {
  return as_bools(finish_comparison<std::uint8_t>(
      node,
      Extreme<std::uint8_t>::prepare(
          {.input1 = {node.input(0).shape}, .input2 = {node.input(1).shape}}, node.backend())));
}

}  // namespace

PreparedOrError prepare_equal(const Node& node) {
  return prepare_comparison<octet::Comparison::equal>(node);
}

PreparedOrError prepare_greater(const Node& node) {
  return prepare_comparison<octet::Comparison::greater>(node);
}

PreparedOrError prepare_greater_equal(const Node& node) {
  return prepare_comparison<octet::Comparison::greater_equal>(node);
}

PreparedOrError prepare_less(const Node& node) {
  return prepare_comparison<octet::Comparison::less>(node);
}

PreparedOrError prepare_less_equal(const Node& node) {
  return prepare_comparison<octet::Comparison::less_equal>(node);
}

PreparedOrError prepare_logical_and(const Node& node) {
  return prepare_connective<octet::Minimum>(node);
}

PreparedOrError prepare_logical_not(const Node& node) {
  if (auto error = check_output_shape(node, node.input(0).shape)) return *error;
  octet::LookupParams params{.input = {node.input(0).shape}};
  params.entries[0] = 1;
  return finish_with_table<octet::Lookup<std::uint8_t>>(node, params, kUnary<std::uint8_t>);
}

PreparedOrError prepare_logical_or(const Node& node) {
  return prepare_connective<octet::Maximum>(node);
}

PreparedOrError prepare_not_equal(const Node& node) {
  return prepare_comparison<octet::Comparison::not_equal>(node);
}

}  // namespace octet_engine
