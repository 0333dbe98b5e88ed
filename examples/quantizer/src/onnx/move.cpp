// SPDX-License-Identifier: Apache-2.0
// Nodes that move elements or give them another shape.
#include <algorithm>
#include <numeric>
#include <utility>

#include "importer.hpp"

namespace octet_quantizer::onnx_reader {

namespace {

// In which order a value is reshaped, and what becomes of it: where ones come and go alone,
// elements stay where they are in any.
std::pair<Order, Order> order_of_reshaped(const Value& x, const Dims& dims) {
  std::vector<std::size_t> old_places, new_places;  // of what is not 1
  Order before;
  for (std::size_t d = 0; d < x.dims.size(); ++d) {
    if (x.dims[d] != 1) old_places.push_back(d);
  }
  for (std::size_t d = 0; d < dims.size(); ++d) {
    if (dims[d] != 1) new_places.push_back(d);
    if (dims[d] == 1) before.push_back(d);
  }
  const auto same = [&](std::size_t a, std::size_t b) { return x.dims[a] == dims[b]; };
  if (!std::ranges::equal(old_places, new_places, same)) {
    return {onnx_order(x.dims.size()), onnx_order(dims.size())};
  }
  Order order = before;
  for (const std::size_t d : x.order) {
    const auto found = std::ranges::find(old_places, d);
    if (found != old_places.end()) {
      order.push_back(new_places[static_cast<std::size_t>(found - old_places.begin())]);
    }
  }
  return {x.order, order};
}

// The same elements, counted in ONNX's order, with other dimensions.
void reshape(const Node& node, const Dims& dims) {
  Value& x = node.input(0);
  node.require(count_of(dims) == count_of(x.dims), "the shapes have not as many elements");
  if (x.constant) {
    Array array = *x.constant;
    array.dims = dims;
    return node.give({dims, std::move(array)});
  }
  const auto [from, order] = order_of_reshaped(x, dims);
  const std::int32_t tensor = node.importer.tensor(x, from);
  node.give(dims, node.importer.reshape(tensor, shape_in(order, dims)), order);
}

// A part of a value along each dimension of ONNX.
struct Cut {
  Dims begin, end, step;

  explicit Cut(const Dims& dims) : begin(dims.size(), 0), end(dims), step(dims.size(), 1) {}

  Dims dims() const {
    Dims result;
    for (std::size_t d = 0; d < begin.size(); ++d) {
      result.push_back(std::max<std::int64_t>((end[d] - begin[d] + step[d] - 1) / step[d], 0));
    }
    return result;
  }
};

Value cut(const Node& node, const Value& x, const Cut& part) {
  const std::size_t rank = x.dims.size();
  if (x.constant && !x.constant->is_real()) {
    node.require(rank == 1, "integers of more than one dimension");
    Array array{.dims = part.dims()};
    for (std::int64_t i = part.begin[0]; i < part.end[0]; i += part.step[0]) {
      array.integers.push_back(x.constant->integers[static_cast<std::size_t>(i)]);
    }
    return {array.dims, array};
  }
  if (part.dims() == x.dims) return x;
  const Order order = order_of(x);
  std::vector<std::int32_t> begin, end, step;
  for (const std::size_t d : order) {
    begin.push_back(d == kOne ? 0 : extent(part.begin[d]));
    end.push_back(d == kOne ? 1 : extent(part.end[d]));
    step.push_back(d == kOne ? 1 : extent(part.step[d]));
  }
  Importer& importer = node.importer;
  const std::int32_t input = importer.tensor(x);
  const std::int32_t first = importer.integers(begin), last = importer.integers(end),
                     steps = importer.integers(step);
  return {part.dims(),
          {},
          importer.add(schema::BuiltinOperator_STRIDED_SLICE, {input, first, last, steps},
                       shape_in(order, part.dims()), schema::StridedSliceOptionsT()),
          order};
}

}  // namespace

void read_identity(const Node& node) {
  if (node.kind() == "Dropout" && node.has_input(2)) {
    node.require(node.integer_constant(2, "training_mode") == Dims{0}, "it is in training");
  }
  node.give(node.input(0));
}

// Of a list of integers, what a network computes of shapes. Of an activation, one place of a
// dimension, which goes away, or a list of places.
void read_gather(const Node& node) {
  const Value& x = node.input(0);
  const std::size_t axis = node.axis(node.integer("axis", 0), x.dims.size());
  const Dims& indices = node.integer_constant(1, "indices");
  const Dims& shape = node.input(1).dims;
  if (x.constant && !x.constant->is_real()) {
    node.require(x.dims.size() == 1, "integers of more than one dimension");
    Array result{.dims = shape};
    for (const std::int64_t index : indices) {
      result.integers.push_back(
          x.constant->integers[node.axis(index, x.constant->integers.size())]);
    }
    return node.give({shape, std::move(result)});
  }
  const auto place = [&](std::int64_t index) {
    return static_cast<std::int64_t>(node.axis(index, static_cast<std::size_t>(x.dims[axis])));
  };
  Dims dims = x.dims;
  Order order = order_of(x);
  if (shape.empty()) {
    Cut part(x.dims);
    part.begin[axis] = place(indices[0]);
    part.end[axis] = part.begin[axis] + 1;
    const Value one = cut(node, x, part);
    const std::int32_t tensor = node.importer.tensor(one);
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(axis));
    std::erase(order, axis);
    for (std::size_t& d : order) d -= d != kOne && d > axis ? 1 : 0;
    return node.give(dims, node.importer.reshape(tensor, shape_in(order, dims)), order);
  }
  std::vector<std::int32_t> places;
  for (const std::int64_t index : indices) places.push_back(extent(place(index)));
  dims[axis] = static_cast<std::int64_t>(places.size());
  const std::int32_t result =
      node.importer.gather(node.importer.tensor(x), place_of(axis, order), places);
  if (shape.size() == 1) return node.give(dims, result, order);
  // The dimensions of the indices stand where the axis was.
  const std::int32_t in_order =
      node.importer.tensor({dims, {}, result, order}, onnx_order(dims.size()));
  dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(axis));
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis), shape.begin(), shape.end());
  const Order as_onnx = onnx_order(dims.size());
  node.give(dims, node.importer.reshape(in_order, shape_in(as_onnx, dims)), as_onnx);
}

// Repeats what a dimension of 1 has.
void read_expand(const Node& node) {
  const Value& x = node.input(0);
  const Dims dims = broadcast(node, x.dims, node.integer_constant(1, "the shape"));
  const Value from = with_rank(x, dims.size());
  if (dims == from.dims) return node.give(from);
  Importer& importer = node.importer;
  const Order order = order_of(from);
  const std::vector<std::int32_t> shape = shape_in(order, dims);
  node.give(dims,
            importer.add(schema::BuiltinOperator_BROADCAST_TO,
                         {importer.tensor(from, order), importer.integers(shape)}, shape),
            order);
}

void read_tile(const Node& node) {
  const Value& x = node.input(0);
  const Dims& repeats = node.integer_constant(1, "repeats");
  node.require(repeats.size() == x.dims.size(), "there is not one repeat for each dimension");
  const Order order = order_of(x);
  Dims dims = x.dims;
  std::vector<std::int32_t> multiples;
  for (const std::size_t d : order) multiples.push_back(d == kOne ? 1 : extent(repeats[d]));
  for (std::size_t d = 0; d < dims.size(); ++d) dims[d] *= repeats[d];
  node.give(dims,
            node.importer.add(schema::BuiltinOperator_TILE,
                              {node.importer.tensor(x), node.importer.integers(multiples)},
                              shape_in(order, dims)),
            order);
}

void read_flatten(const Node& node) {
  const Dims& dims = node.input(0).dims;
  const std::int64_t given = node.integer("axis", 1), rank = static_cast<std::int64_t>(dims.size());
  const auto axis = given == rank ? dims.size() : node.axis(given, dims.size());
  const auto middle = dims.begin() + static_cast<std::ptrdiff_t>(axis);
  reshape(node, {count_of({dims.begin(), middle}), count_of({middle, dims.end()})});
}

void read_reshape(const Node& node) {
  const Dims& dims = node.input(0).dims;
  Dims shape = node.integer_constant(1, "the shape");
  const bool keeps_zeros = node.integer("allowzero", 0) != 0;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] != 0 || keeps_zeros) continue;
    node.require(d < dims.size(), "a 0 in the shape has no dimension to copy");
    shape[d] = dims[d];
  }
  const auto open = std::ranges::find(shape, -1);
  if (open != shape.end()) {
    *open = 1;
    const std::int64_t others = count_of(shape);
    node.require(others != 0 && count_of(dims) % others == 0, "the shape does not fit");
    *open = count_of(dims) / others;
  }
  reshape(node, shape);
}

void read_squeeze(const Node& node) {
  const Dims& dims = node.input(0).dims;
  const Dims axes = node.integers(1, "axes", {});
  std::vector<bool> goes(dims.size());
  for (const std::int64_t axis : axes) goes[node.axis(axis, dims.size())] = true;
  Dims shape;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    if (axes.empty() ? dims[d] != 1 : !goes[d]) shape.push_back(dims[d]);
  }
  reshape(node, shape);
}

void read_unsqueeze(const Node& node) {
  Dims axes = node.integers(1, "axes", {});
  Dims shape = node.input(0).dims;
  const std::size_t rank = shape.size() + axes.size();
  for (std::int64_t& axis : axes) axis = static_cast<std::int64_t>(node.axis(axis, rank));
  std::ranges::sort(axes);
  node.require(std::ranges::adjacent_find(axes) == axes.end(), "an axis is given twice");
  for (const std::int64_t axis : axes) shape.insert(shape.begin() + axis, 1);
  reshape(node, shape);
}

void read_transpose(const Node& node) {
  Value& x = node.input(0);
  const std::size_t rank = x.dims.size();
  Dims reversed(rank);
  std::iota(reversed.rbegin(), reversed.rend(), std::int64_t{0});
  const Dims perm = node.integers("perm", reversed);
  node.require(perm.size() == rank, "perm has not one entry for each dimension");
  std::vector<std::size_t> order;
  for (const std::int64_t d : perm) order.push_back(node.axis(d, rank));
  std::vector<std::size_t> sorted = order;
  std::ranges::sort(sorted);
  node.require(std::ranges::adjacent_find(sorted) == sorted.end(), "perm has an entry twice");
  if (x.constant) {
    Array array = permute(*x.constant, order);
    const Dims dims = array.dims;
    return node.give({dims, std::move(array)});
  }
  // Elements stay until an operator needs them in another order.
  Dims dims;
  for (const std::size_t d : order) dims.push_back(x.dims[d]);
  Order moved;
  for (const std::size_t d : x.order) {
    moved.push_back(d == kOne ? kOne : static_cast<std::size_t>(place_of(d, order)));
  }
  node.give(dims, node.importer.tensor(x), moved);
}

void read_concat(const Node& node) {
  const Dims& first = node.input(0).dims;
  const std::size_t axis = node.axis(node.integer("axis", 0), first.size());
  Dims dims = first;
  dims[axis] = 0;
  Array integers;
  bool are_integers = true;
  for (std::size_t i = 0; i < node.inputs(); ++i) {
    const Value& part = node.input(i);
    node.require(part.dims.size() == dims.size(), "inputs of several ranks");
    for (std::size_t d = 0; d < dims.size(); ++d) {
      node.require(d == axis || part.dims[d] == dims[d], "inputs differ beside the axis");
    }
    dims[axis] += part.dims[axis];
    are_integers = are_integers && part.constant && !part.constant->is_real() && dims.size() == 1;
    if (are_integers) {
      integers.integers.insert(integers.integers.end(), part.constant->integers.begin(),
                               part.constant->integers.end());
    }
  }
  if (are_integers) {
    integers.dims = dims;
    return node.give({dims, std::move(integers)});
  }
  std::size_t leads = 0;  // the first that is no constant says the order
  while (leads + 1 < node.inputs() && node.input(leads).constant) ++leads;
  const Order order = order_of(node.input(leads));
  std::vector<std::int32_t> parts;
  for (std::size_t i = 0; i < node.inputs(); ++i) {
    if (count_of(node.input(i).dims) == 0) continue;
    parts.push_back(node.importer.tensor(node.input(i), order));
  }
  schema::ConcatenationOptionsT options;
  options.axis = place_of(axis, order);
  node.give(dims,
            node.importer.add(schema::BuiltinOperator_CONCATENATION, std::move(parts),
                              shape_in(order, dims), std::move(options)),
            order);
}

void read_split(const Node& node) {
  Value& x = node.input(0);
  const std::size_t axis = node.axis(node.integer("axis", 0), x.dims.size());
  const auto count = static_cast<std::int64_t>(node.outputs());
  // Equal parts, of which the last may be smaller.
  const std::int64_t share = (x.dims[axis] + count - 1) / count;
  Dims equal(node.outputs(), share);
  equal.back() = x.dims[axis] - share * (count - 1);
  const Dims sizes = node.integers(1, "split", equal);
  node.require(sizes.size() == node.outputs(), "there is not one size for each output");
  node.require(std::ranges::none_of(sizes, [](std::int64_t size) { return size < 0; }),
               "a size is negative");
  node.require(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}) == x.dims[axis],
               "the sizes do not make up the input");
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < node.outputs(); ++i) {
    Cut part(x.dims);
    part.begin[axis] = begin;
    begin += sizes[i];
    part.end[axis] = begin;
    node.give(cut(node, x, part), i);
  }
}

void read_slice(const Node& node) {
  Value& x = node.input(0);
  const Dims starts = node.integers(1, "starts", {}), ends = node.integers(2, "ends", {});
  Dims all(starts.size());
  std::iota(all.begin(), all.end(), std::int64_t{0});
  const Dims axes = node.integers(3, "axes", all);
  const Dims steps = node.integers(4, "steps", Dims(starts.size(), 1));
  node.require(
      ends.size() == starts.size() && axes.size() == starts.size() && steps.size() == starts.size(),
      "starts, ends, axes and steps have several sizes");
  Cut part(x.dims);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = node.axis(axes[i], x.dims.size());
    node.require(steps[i] > 0, "a step is negative");
    const auto place = [&](std::int64_t at) {
      return std::clamp<std::int64_t>(at < 0 ? at + x.dims[axis] : at, 0, x.dims[axis]);
    };
    part.begin[axis] = place(starts[i]);
    part.end[axis] = place(ends[i]);
    part.step[axis] = steps[i];
  }
  node.give(cut(node, x, part));
}

void read_pad(const Node& node) {
  Value& x = node.input(0);
  const std::size_t rank = x.dims.size();
  const Dims given = node.integers(1, "pads", {});
  // Those of some dimensions since operator set 18.
  Dims all(rank);
  std::iota(all.begin(), all.end(), std::int64_t{0});
  const Dims axes = node.has_input(3) ? node.integer_constant(3, "axes") : all;
  node.require(given.size() == 2 * axes.size(), "pads are not two for each dimension");
  Dims pads(2 * rank, 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = node.axis(axes[i], rank);
    pads[axis] = given[i];
    pads[rank + axis] = given[axes.size() + i];
  }
  node.require(std::ranges::none_of(pads, [](std::int64_t count) { return count < 0; }),
               "a pad is negative");
  Dims dims = x.dims;
  for (std::size_t d = 0; d < rank; ++d) dims[d] += pads[d] + pads[rank + d];
  const Order order = order_of(x);
  std::vector<std::int32_t> pairs;
  for (const std::size_t d : order) {
    pairs.push_back(d == kOne ? 0 : extent(pads[d]));
    pairs.push_back(d == kOne ? 0 : extent(pads[rank + d]));
  }
  Importer& importer = node.importer;
  const std::int32_t input = importer.tensor(x);
  const std::int32_t counts =
      importer.integers(pairs, {extent(static_cast<std::int64_t>(order.size())), 2});
  const std::vector<std::int32_t> shape = shape_in(order, dims);
  const std::string mode = node.text("mode", "constant");
  if (mode == "reflect") {
    schema::MirrorPadOptionsT options;
    options.mode = schema::MirrorPadMode_REFLECT;
    return node.give(dims,
                     importer.add(schema::BuiltinOperator_MIRROR_PAD, {input, counts}, shape,
                                  std::move(options)),
                     order);
  }
  node.require(mode == "constant", "the mode is neither constant nor reflect");
  const float value =
      node.has_input(2) ? node.real_constant(2, "the value").reals[0] : node.real("value", 0);
  if (value == 0) {
    return node.give(dims, importer.add(schema::BuiltinOperator_PAD, {input, counts}, shape),
                     order);
  }
  const std::int32_t filling = importer.reals({value}, {1});
  node.give(dims, importer.add(schema::BuiltinOperator_PADV2, {input, counts, filling}, shape),
            order);
}

void read_depth_to_space(const Node& node) {
  Value& x = node.input(0);
  const std::int64_t block = node.integer("blocksize", 0);
  node.require(x.dims.size() == 4 && block > 0 && x.dims[1] % (block * block) == 0,
               "channels are no multiple of the block");
  Importer& importer = node.importer;
  const Order order = channels_last(4);
  std::int32_t tensor = importer.tensor(x, order);
  const std::int64_t channels = x.dims[1] / (block * block);
  if (node.text("mode", "DCR") == "CRD") {
    // Channels before places in the block, .tflite has places before channels.
    std::vector<std::int32_t> from;
    for (std::int64_t place = 0; place < block * block; ++place) {
      for (std::int64_t c = 0; c < channels; ++c) from.push_back(extent(c * block * block + place));
    }
    tensor = importer.gather(tensor, 3, from);
  }
  const Dims dims{x.dims[0], channels, x.dims[2] * block, x.dims[3] * block};
  schema::DepthToSpaceOptionsT options;
  options.block_size = extent(block);
  node.give(dims,
            importer.add(schema::BuiltinOperator_DEPTH_TO_SPACE, {tensor}, shape_in(order, dims),
                         std::move(options)),
            order);
}

void read_space_to_depth(const Node& node) {
  Value& x = node.input(0);
  const std::int64_t block = node.integer("blocksize", 0);
  node.require(x.dims.size() == 4 && block > 0 && x.dims[2] % block == 0 && x.dims[3] % block == 0,
               "the image is no multiple of the block");
  const Dims dims{x.dims[0], x.dims[1] * block * block, x.dims[2] / block, x.dims[3] / block};
  schema::SpaceToDepthOptionsT options;
  options.block_size = extent(block);
  const Order order = channels_last(4);
  node.give(
      dims,
      node.importer.add(schema::BuiltinOperator_SPACE_TO_DEPTH, {node.importer.tensor(x, order)},
                        shape_in(order, dims), std::move(options)),
      order);
}

}  // namespace octet_quantizer::onnx_reader
