// SPDX-License-Identifier: Apache-2.0
// Elements at other places: dimensions in another order or from behind (TRANSPOSE, REVERSE_V2),
// blocks as channels or batches (SPACE_TO_DEPTH, DEPTH_TO_SPACE, SPACE_TO_BATCH_ND,
// BATCH_TO_SPACE_ND), repeated (TILE, BROADCAST_TO, FILL) and mirrored (MIRROR_PAD).
#include <algorithm>
#include <string>

#include "move.hpp"
#include "octet/mirror_pad.hpp"
#include "octet/reverse.hpp"
#include "octet/space_to_batch_nd.hpp"
#include "octet/space_to_depth.hpp"
#include "octet/tile.hpp"
#include "octet/transpose.hpp"
#include "operators.hpp"

namespace octet_engine {

namespace {

using Entries = std::int32_t[octet::kMaxRank];

// The list that a constant input holds, of as many numbers as the shape has dimensions.
std::optional<Error> read_entries(const Node& node, std::size_t input, const octet::Shape& shape,
                                  Entries& entries) {
  const std::vector<std::int32_t> values = list_of(node.input(input));
  if (static_cast<std::int64_t>(values.size()) != shape.rank) {
    return node.invalid("input " + std::to_string(input) + " does not have one number for each " +
                        "dimension of " + to_string(shape));
  }
  std::ranges::copy(values, entries);
  return std::nullopt;
}

// Pairs of numbers for the dimensions of a tensor from `first` on.
std::optional<Error> read_pairs(const Node& node, std::size_t input, std::int32_t first,
                                Entries& before, Entries& after) {
  const std::vector<std::int32_t> values = list_of(node.input(input));
  const std::size_t most = static_cast<std::size_t>(node.input(0).shape.rank - first);
  if (values.size() % 2 != 0 || values.size() / 2 > most) {
    return node.invalid("input " + std::to_string(input) + " is not a pair for each dimension");
  }
  for (std::size_t i = 0; i < values.size() / 2; ++i) {
    before[static_cast<std::size_t>(first) + i] = values[2 * i];
    after[static_cast<std::size_t>(first) + i] = values[2 * i + 1];
  }
  return std::nullopt;
}

// The extents of blocks, which dimensions behind the first one have, and what surrounds them.
template <class Params>
std::optional<Error> read_blocks(const Node& node, Params& params) {
  const std::vector<std::int32_t> blocks = list_of(node.input(1));
  const std::size_t numbers = list_of(node.input(2)).size();
  if (static_cast<std::int64_t>(blocks.size()) >= params.input.shape.rank ||
      numbers != 2 * blocks.size()) {
    return node.invalid("blocks of " + std::to_string(blocks.size()) + " dimensions with " +
                        std::to_string(numbers) + " numbers around them, of " +
                        to_string(params.input.shape));
  }
  std::ranges::copy(blocks, params.block + 1);
  return read_pairs(node, 2, 1, params.before, params.after);
}

octet::NhwcOperand image_of(const Node& node) { return {.shape = nhwc(node.input(0).shape)}; }

}  // namespace

// The list says what is already known: the shape of the output.
PreparedOrError prepare_broadcast_to(const Node& node) {
  const octet::BroadcastToParams params{.input = {.shape = node.input(0).shape},
                                        .shape = node.output().shape};
  return prepare_move<octet::BroadcastTo>(node, params, output_shape(params));
}

PreparedOrError prepare_fill(const Node& node) {
  const octet::Shape& value = node.input(1).shape;
  if (value.size() != 1) return node.invalid("the value has shape " + to_string(value));
  const octet::BroadcastToParams params{.shape = node.output().shape};
  return prepare_move<octet::BroadcastTo>(node, params, output_shape(params), 1);
}

PreparedOrError prepare_batch_to_space_nd(const Node& node) {
  octet::BatchToSpaceNdParams params{.input = {.shape = node.input(0).shape}};
  if (auto error = read_blocks(node, params)) return *error;
  return prepare_move<octet::BatchToSpaceNd>(node, params, output_shape(params));
}

// Fills with the zero point.
PreparedOrError prepare_space_to_batch_nd(const Node& node) {
  octet::SpaceToBatchNdParams params{.input = {.shape = node.input(0).shape},
                                     .value = node.input(0).quantization.zero_point(0)};
  if (auto error = read_blocks(node, params)) return *error;
  return prepare_move<octet::SpaceToBatchNd>(node, params, output_shape(params));
}

PreparedOrError prepare_depth_to_space(const Node& node) {
  const octet::DepthToSpaceParams params{
      .input = image_of(node),
      .block_size = node.options<schema::DepthToSpaceOptions>()->block_size()};
  return prepare_move<octet::DepthToSpace>(node, params, output_shape(params));
}

PreparedOrError prepare_space_to_depth(const Node& node) {
  const octet::SpaceToDepthParams params{
      .input = image_of(node),
      .block_size = node.options<schema::SpaceToDepthOptions>()->block_size()};
  return prepare_move<octet::SpaceToDepth>(node, params, output_shape(params));
}

PreparedOrError prepare_mirror_pad(const Node& node) {
  octet::MirrorPadParams params{.input = {.shape = node.input(0).shape}};
  const auto* const options = node.options<schema::MirrorPadOptions>();
  if (options->mode() == schema::MirrorPadMode_SYMMETRIC) params.mirror = octet::Mirror::symmetric;
  if (auto error = read_pairs(node, 1, 0, params.before, params.after)) return *error;
  return prepare_move<octet::MirrorPad>(node, params, output_shape(params));
}

PreparedOrError prepare_reverse(const Node& node) {
  octet::ReverseParams params{.input = {.shape = node.input(0).shape}};
  for (const std::int32_t axis : list_of(node.input(1))) {
    const auto dimension = dimension_of(node, params.input.shape, axis);
    if (!dimension) return dimension.error();
    params.reverse[*dimension] = true;
  }
  return prepare_move<octet::Reverse>(node, params, output_shape(params));
}

PreparedOrError prepare_tile(const Node& node) {
  octet::TileParams params{.input = {.shape = node.input(0).shape}};
  if (auto error = read_entries(node, 1, params.input.shape, params.multiples)) return *error;
  return prepare_move<octet::Tile>(node, params, output_shape(params));
}

PreparedOrError prepare_transpose(const Node& node) {
  octet::TransposeParams params{.input = {.shape = node.input(0).shape}};
  if (auto error = read_entries(node, 1, params.input.shape, params.perm)) return *error;
  return prepare_move<octet::Transpose>(node, params, output_shape(params));
}

}  // namespace octet_engine
