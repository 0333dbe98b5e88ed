// SPDX-License-Identifier: Apache-2.0
// A tensor repeated.
#pragma once

#include "octet/family/move.hpp"
#include "octet/reference/tile.hpp"

namespace octet::inline OCTET_BASELINE {

struct TileOperation : family::OperationOf<TileParams> {
  static constexpr const char* kName = "tile";
  static constexpr auto& kMultiples = check::kEntryNames<"multiples">;

  template <class T>
  static constexpr Status validate(const TileParams& p) {
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      const std::int64_t most = check::kHighestInt32 / p.input.shape.extent[d];
      if (const Status s =
              check::range(StatusCode::invalid_shape, kMultiples[d], p.multiples[d], 1, most);
          !s.ok()) {
        return s;
      }
    }
    return check::count("output", output_shape(p).size());
  }

  static constexpr StridedCopy plan(const TileParams& p) {
    const Strides in(p.input.shape), out(output_shape(p));
    StridedCopy copy;
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      copy.add_loop(p.multiples[d], 0, p.input.shape.extent[d] * out[d]);
      copy.add_loop(p.input.shape.extent[d], in[d], out[d]);
    }
    return copy;
  }
};

struct BroadcastToOperation : family::OperationOf<BroadcastToParams> {
  static constexpr const char* kName = "broadcast_to";
  static constexpr auto& kShape = check::kShapeNames<"shape">;

  template <class T>
  static constexpr Status validate(const BroadcastToParams& p) {
    const Shape &in = p.input.shape, &out = p.shape;
    if (const Status s = check::shape(kShape, out, in.rank); !s.ok()) return s;
    for (std::int32_t d = 0; d < in.rank; ++d) {
      const std::int32_t extent = out.extent[d + out.rank - in.rank];
      if (in.extent[d] == 1) continue;
      if (const Status s = check::equal(check::kInput.extent[d], in.extent[d], extent); !s.ok()) {
        return s;
      }
    }
    return {};
  }

  static constexpr StridedCopy plan(const BroadcastToParams& p) {
    const Strides in(p.input.shape), out(p.shape);
    StridedCopy copy;
    for (std::int32_t d = 0; d < p.shape.rank; ++d) {
      const std::int32_t from = d - (p.shape.rank - p.input.shape.rank);
      const bool repeats = from < 0 || p.input.shape.extent[from] == 1;
      copy.add_loop(p.shape.extent[d], repeats ? 0 : in[from], out[d]);
    }
    return copy;
  }
};

// The whole input params.multiples[d] times along dimension d: reference::tile has the formula.
// input: params.input, output: output_shape(params), dense, of T (1, 2, 4 or 8 bytes) and of the
// same quantization. Source: TILE of TensorFlow Lite.
template <class T>
using Tile = family::Move<TileOperation, T>;

// The input with extents of 1 repeated and dimensions put before the first one, so that its shape
// becomes params.shape: reference::broadcast_to. One element fills a tensor that way. input:
// params.input, output: params.shape, dense, of T (1, 2, 4 or 8 bytes) and of the same
// quantization. Source: BROADCAST_TO and FILL of TensorFlow Lite.
template <class T>
using BroadcastTo = family::Move<BroadcastToOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
