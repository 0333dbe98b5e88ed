// SPDX-License-Identifier: Apache-2.0
// Elements that only move: joined (CONCATENATION, PACK), parted (SPLIT, SPLIT_V, UNPACK), chosen
// (SLICE, STRIDED_SLICE), surrounded (PAD, PADV2), or not at all (RESHAPE, SQUEEZE, EXPAND_DIMS);
// SHAPE, BROADCAST_ARGS and ZEROS_LIKE, which look at none.
#include <algorithm>
#include <string>

#include "checks.hpp"
#include "move.hpp"
#include "octet/concat.hpp"
#include "octet/pad.hpp"
#include "octet/reference/broadcast.hpp"
#include "octet/split.hpp"
#include "octet/strided_slice.hpp"
#include "operators.hpp"
#include "scales.hpp"

namespace octet_engine {

namespace {

// Bytes that are known before any element of an input is.
class Known final : public Operation {
 public:
  explicit Known(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) { reads_inputs = false; }

  octet::Status bind(const Bindings& bindings) override {
    output_ = bindings.outputs[0];
    return {};
  }
  void run() const override { std::ranges::copy(bytes_, output_.begin()); }

 private:
  std::vector<std::byte> bytes_;
  std::span<std::byte> output_;
};

// The extents of a shape as elements of the output, which has as many.
template <class T>
PreparedOrError extents_of(const Node& node, const octet::Shape& shape) {
  if (auto error = check_output_shape(node, octet::Shape{1, {shape.rank}})) return *error;
  const std::vector<T> extents(shape.extent, shape.extent + shape.rank);
  const auto bytes = std::as_bytes(std::span(extents));
  return std::unique_ptr<Operation>(
      std::make_unique<Known>(std::vector<std::byte>(bytes.begin(), bytes.end())));
}

// One span for each tensor of a node.
template <class Span, class Get>
std::vector<Span> spans(std::size_t count, const Get& get) {
  std::vector<Span> spans;
  for (std::size_t i = 0; i < count; ++i) spans.push_back(get(i));
  return spans;
}

// The shape with a dimension of extent 1 at `axis`.
octet::Shape with_axis(const octet::Shape& shape, std::int32_t axis) {
  octet::Shape wider{shape.rank + 1, {}};
  for (std::int32_t d = 0, from = 0; d < wider.rank; ++d) {
    wider.extent[d] = d == axis ? 1 : shape.extent[from++];
  }
  return wider;
}

// More tensors side by side than one operation joins: groups of them are joined in scratch memory
// first.
template <class T>
class JoinedGroups final : public Operation {
 public:
  octet::Status prepare(const octet::ConcatParams& params) {
    std::vector<octet::Operand> joined;
    for (std::span<const octet::Operand> rest = params.inputs; !rest.empty();) {
      const octet::ConcatParams group{
          .inputs = rest.first(std::min<std::size_t>(rest.size(), octet::kMaxOperands)),
          .axis = params.axis};
      if (const octet::Status status = add(group); !status.ok()) return status;
      joined.push_back({.shape = output_shape(group)});
      rest = rest.subspan(group.inputs.size());
    }
    return add({.inputs = joined, .axis = params.axis});
  }

  std::size_t scratch_bytes() const override { return concats_.back().elements * sizeof(T); }

  octet::Status bind(const Bindings& bindings) override {
    bounds_.clear();
    auto* place = reinterpret_cast<T*>(bindings.scratch.data());
    std::size_t input = 0;
    std::vector<std::span<const T>> joined;
    for (const Concat& concat : concats_) {
      const bool is_last = &concat == &concats_.back();
      const auto inputs =
          is_last ? joined : spans<std::span<const T>>(concat.inputs, [&](std::size_t i) {
            return bindings.input<T>(input + i);
          });
      const std::span<T> output =
          is_last ? bindings.output<T>(0) : std::span<T>(place, concat.elements);
      const auto bound = concat.operation.bind(inputs, output);
      if (!bound) return bound.status();
      bounds_.push_back(*bound);
      joined.push_back(output);
      input += concat.inputs;
      place += concat.elements;
    }
    return {};
  }
  void run() const override {
    for (const auto& bound : bounds_) bound.run();
  }

 private:
  struct Concat {
    octet::Concat<T> operation;
    std::size_t inputs, elements;
  };

  octet::Status add(const octet::ConcatParams& params) {
    const auto prepared = octet::Concat<T>::prepare(params);
    if (prepared) {
      concats_.push_back(
          {*prepared, params.inputs.size(), static_cast<std::size_t>(output_shape(params).size())});
    }
    return prepared.status();
  }

  std::vector<Concat> concats_;  // the last one joins what the others did
  std::vector<typename octet::Concat<T>::Bound> bounds_;
};

// All inputs side by side; with `is_new` along a dimension that they do not have.
PreparedOrError join(const Node& node, std::int32_t axis, bool is_new) {
  octet::Shape outer = node.input(0).shape;
  if (is_new && outer.rank == octet::kMaxRank) return node.unsupported("the output's rank is 7");
  if (is_new) outer = with_axis(outer, 0);
  const auto dimension = dimension_of(node, outer, axis);
  if (!dimension) return dimension.error();
  std::vector<octet::Operand> inputs;
  for (std::size_t i = 0; i < node.inputs(); ++i) {
    const Tensor& input = node.input(i);
    if (auto error = check_same_quantization(node, "inputs and output", input, node.output())) {
      return *error;
    }
    if (is_new && !same_shape(input.shape, node.input(0).shape)) {
      return node.invalid("its inputs have several shapes");
    }
    inputs.push_back({.shape = is_new ? with_axis(input.shape, *dimension) : input.shape});
  }
  const octet::ConcatParams params{.inputs = inputs, .axis = *dimension};
  return prepare_elements(node.output(), [&]<class T>(T) -> PreparedOrError {
    if (inputs.size() > octet::kMaxOperands) {
      auto groups = std::make_unique<JoinedGroups<T>>();
      if (const octet::Status status = groups->prepare(params); !status.ok()) {
        return node.refused(status);
      }
      if (auto error = check_output_shape(node, output_shape(params))) return *error;
      return std::unique_ptr<Operation>(std::move(groups));
    }
    const auto prepared = octet::Concat<T>::prepare(params);
    if (!prepared) return node.refused(prepared.status());
    if (auto error = check_output_shape(node, output_shape(params))) return *error;
    return finish(node, prepared, [](const auto& concat, const Bindings& bindings) {
      return concat.bind(
          spans<std::span<const T>>(bindings.inputs.size(),
                                    [&](std::size_t i) { return bindings.input<T>(i); }),
          bindings.output<T>(0));
    });
  });
}

// Input `main` cut into as many parts as there are outputs, whose shapes say how large each is;
// with `is_gone` of extent 1, along a dimension that they do not have.
PreparedOrError part(const Node& node, std::size_t main, std::int32_t axis, bool is_gone) {
  const Tensor& input = node.input(main);
  const auto dimension = dimension_of(node, input.shape, axis);
  if (!dimension) return dimension.error();
  std::vector<std::int32_t> sizes;
  for (std::size_t k = 0; k < node.outputs(); ++k) {
    const octet::Shape& shape = node.output(k).shape;
    const bool fits = shape.rank + (is_gone ? 1 : 0) == input.shape.rank;
    sizes.push_back(is_gone || !fits ? 1 : shape.extent[*dimension]);
    octet::Shape expected = input.shape;
    expected.extent[*dimension] = sizes.back();
    if (!fits || !same_shape(is_gone ? with_axis(shape, *dimension) : shape, expected)) {
      return node.invalid("output " + std::to_string(k) + " of shape " + to_string(shape) +
                          " is not a part of " + to_string(input.shape) + " along dimension " +
                          std::to_string(*dimension));
    }
    if (auto error = check_same_quantization(node, "input and outputs", input, node.output(k))) {
      return *error;
    }
  }
  const octet::SplitParams params{
      .input = {.shape = input.shape}, .axis = *dimension, .sizes = sizes};
  return prepare_elements(input, [&]<class T>(T) {
    return finish(node, octet::Split<T>::prepare(params),
                  [main](const auto& split, const Bindings& bindings) {
                    return split.bind(
                        bindings.input<T>(main),
                        spans<std::span<T>>(bindings.outputs.size(),
                                            [&](std::size_t k) { return bindings.output<T>(k); }));
                  });
  });
}

// A slice in numbers.
PreparedOrError choose(const Node& node, const octet::Result<octet::ResolvedSlice>& slice) {
  if (!slice) return node.refused(slice.status());
  return prepare_move<octet::StridedSlice>(node, slice->params, slice->output);
}

// The one number that a list holds.
Expected<std::int32_t> number_of(const Node& node, std::size_t input) {
  const std::vector<std::int32_t> values = list_of(node.input(input));
  if (values.size() == 1) return values[0];
  return node.invalid("input " + std::to_string(input) + " holds " + std::to_string(values.size()) +
                      " numbers instead of 1");
}

// What PADV2 fills with: a constant of the output's type and quantization.
template <class T>
Expected<std::int32_t> padding_value(const Node& node) {
  const Tensor& value = node.input(2);
  if (!value.is_constant() || value.data.size() != sizeof(T)) {
    return node.unsupported("the padding value is not one constant");
  }
  if (auto error =
          check_same_quantization(node, "padding value and output", value, node.output())) {
    return *error;
  }
  return std::int32_t{values_of<T>(value)[0]};
}

}  // namespace

// PAD fills with the output's zero point.
PreparedOrError prepare_pad(const Node& node) {
  const octet::Shape& input = node.input(0).shape;
  const octet::Shape& output = node.output().shape;
  const std::vector<std::int32_t> paddings = list_of(node.input(1));
  if (output.rank != input.rank || paddings.size() != 2 * static_cast<std::size_t>(input.rank)) {
    return node.invalid("padding " + to_string(input) + " to " + to_string(output) + " by " +
                        std::to_string(paddings.size()) + " numbers");
  }
  octet::PadParams params{.input = {.shape = input}, .value = zero_point_of(node.output())};
  for (std::int32_t i = 0; i < input.rank; ++i) {
    const std::int64_t before = paddings[2 * static_cast<std::size_t>(i)];
    const std::int64_t after = paddings[2 * static_cast<std::size_t>(i) + 1];
    if (before < 0 || after < 0 || before + input.extent[i] + after != output.extent[i]) {
      return node.invalid("dimension " + std::to_string(i) + " of extent " +
                          std::to_string(input.extent[i]) + " padded by " + std::to_string(before) +
                          " and " + std::to_string(after) + " does not have extent " +
                          std::to_string(output.extent[i]));
    }
    params.before[i] = static_cast<std::int32_t>(before);
    params.after[i] = static_cast<std::int32_t>(after);
  }
  if (auto error =
          check_same_quantization(node, "input and output", node.input(0), node.output())) {
    return *error;
  }
  return for_type<std::int8_t, std::uint8_t, std::int16_t, std::int32_t>(
      node.output(), [&]<class T>(T) -> PreparedOrError {
        if (node.has_input(2)) {
          const auto value = padding_value<T>(node);
          if (!value) return value.error();
          params.value = *value;
        }
        return finish(node, octet::Pad<T>::prepare(params), kUnary<T>);
      });
}

PreparedOrError prepare_concatenation(const Node& node) {
  const auto activation = fused_activation<schema::ConcatenationOptions>(node);
  if (!activation) return activation.error();
  if (*activation != octet::Activation::none) {
    return node.unsupported("an activation after a concatenation is not supported");
  }
  return join(node, node.options<schema::ConcatenationOptions>()->axis(), false);
}

PreparedOrError prepare_pack(const Node& node) {
  return join(node, node.options<schema::PackOptions>()->axis(), true);
}

PreparedOrError prepare_split(const Node& node) {
  const auto axis = number_of(node, 0);
  return axis ? part(node, 1, *axis, false) : axis.error();
}

// The sizes in input 1 are those of the outputs.
PreparedOrError prepare_split_v(const Node& node) {
  const auto axis = number_of(node, 2);
  return axis ? part(node, 0, *axis, false) : axis.error();
}

PreparedOrError prepare_unpack(const Node& node) {
  return part(node, 0, node.options<schema::UnpackOptions>()->axis(), true);
}

// As a strided slice: a size of -1 reaches to the end.
PreparedOrError prepare_slice(const Node& node) {
  const std::vector<std::int32_t> begin = list_of(node.input(1));
  std::vector<std::int32_t> end = list_of(node.input(2));
  const octet::Shape& shape = node.input(0).shape;
  const auto rank = static_cast<std::size_t>(shape.rank);
  if (begin.size() != rank || end.size() != rank) {
    return node.invalid("its lists do not have one number for each dimension of " +
                        to_string(shape));
  }
  for (std::size_t d = 0; d < rank; ++d) {
    const std::int64_t room = std::int64_t{shape.extent[d]} - begin[d];
    if (begin[d] < 0 || end[d] < -1 || end[d] > room) {
      return node.invalid("elements " + std::to_string(begin[d]) + " and " +
                          std::to_string(end[d]) + " more leave dimension " + std::to_string(d));
    }
    end[d] = end[d] == -1 ? shape.extent[d] : begin[d] + end[d];
  }
  const std::vector<std::int32_t> strides(rank, 1);
  return choose(node,
                octet::resolve_slice(shape, {.begin = begin, .end = end, .strides = strides}));
}

PreparedOrError prepare_strided_slice(const Node& node) {
  const auto& options = *node.options<schema::StridedSliceOptions>();
  if (options.offset()) return node.unsupported("ends that count from their begins");
  const std::vector<std::int32_t> begin = list_of(node.input(1));
  const std::vector<std::int32_t> end = list_of(node.input(2));
  const std::vector<std::int32_t> strides = list_of(node.input(3));
  const auto mask = [](std::int32_t bits) { return static_cast<std::uint32_t>(bits); };
  return choose(node, octet::resolve_slice(node.input(0).shape,
                                           {.begin = begin,
                                            .end = end,
                                            .strides = strides,
                                            .begin_mask = mask(options.begin_mask()),
                                            .end_mask = mask(options.end_mask()),
                                            .ellipsis_mask = mask(options.ellipsis_mask()),
                                            .new_axis_mask = mask(options.new_axis_mask()),
                                            .shrink_axis_mask = mask(options.shrink_axis_mask())}));
}

PreparedOrError prepare_reshape(const Node& node) {
  if (auto error = check_output_size(node, node.input(0).shape.size())) return *error;
  return std::unique_ptr<Operation>(std::make_unique<Copy>());
}

PreparedOrError prepare_shape(const Node& node) {
  return extents_of<std::int32_t>(node, node.input(0).shape);
}

// The shape that two lists of extents broadcast to.
PreparedOrError prepare_broadcast_args(const Node& node) {
  octet::Shape shapes[2];
  for (std::size_t i = 0; i < 2; ++i) {
    const std::vector<std::int32_t> extents = list_of(node.input(i));
    if (extents.size() > std::size(shapes[i].extent)) {
      return node.unsupported("a shape of " + std::to_string(extents.size()) + " dimensions");
    }
    shapes[i].rank = static_cast<std::int32_t>(extents.size());
    std::ranges::copy(extents, shapes[i].extent);
  }
  const octet::Shape shape = octet::broadcast_shape(shapes[0], shapes[1]);
  if (shape.rank < 0) {
    return node.invalid("shapes " + to_string(shapes[0]) + " and " + to_string(shapes[1]));
  }
  return for_type<std::int32_t, std::int64_t>(
      node.output(), [&]<class T>(T) { return extents_of<T>(node, shape); });
}

PreparedOrError prepare_zeros_like(const Node& node) {
  if (auto error = check_output_shape(node, node.input(0).shape)) return *error;
  return std::unique_ptr<Operation>(
      std::make_unique<Known>(std::vector<std::byte>(node.output().bytes())));
}

}  // namespace octet_engine
