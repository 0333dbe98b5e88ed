// SPDX-License-Identifier: Apache-2.0
// A tensor surrounded by its mirror images.
#pragma once

#include "octet/family/move.hpp"
#include "octet/reference/mirror_pad.hpp"

namespace octet::inline OCTET_BASELINE {

struct MirrorPadOperation : family::OperationOf<MirrorPadParams> {
  static constexpr const char* kName = "mirror_pad";

  template <class T>
  static constexpr Status validate(const MirrorPadParams& p) {
    for (std::int32_t d = 0; d < p.input.shape.rank; ++d) {
      // One image at each end.
      const std::int64_t most = p.input.shape.extent[d] - shown(p);
      if (const Status s =
              family::check_padding(d, p.input.shape.extent[d], p.before[d], p.after[d], most);
          !s.ok()) {
        return s;
      }
    }
    return check::count("output", output_shape(p).size());
  }

  static constexpr StridedCopy plan(const MirrorPadParams& p) {
    return family::copy_inside(p.input.shape, output_shape(p), p.before);
  }

  // Dimension by dimension, the innermost first: what is inside of the dimensions further out.
  template <class T>
  static void fill(const MirrorPadParams& p, T* output) {
    const Strides strides(output_shape(p));
    for (std::int32_t d = p.input.shape.rank - 1; d >= 0; --d) {
      StridedCopy inside;
      for (std::int32_t e = 0; e < d; ++e) {
        inside.input_first += p.before[e] * strides[e];
        inside.add_loop(p.input.shape.extent[e], strides[e], strides[e]);
      }
      // `count` rows from `first` on are the images of those from `of` on, which come the other
      // way.
      const auto mirror = [&](std::int64_t count, std::int64_t first, std::int64_t of) {
        if (count == 0) return;
        StridedCopy copy = inside;
        copy.output_first = copy.input_first + first * strides[d];
        copy.input_first += of * strides[d];
        copy.add_loop(count, -strides[d], strides[d]);
        copy.add_loop(strides[d], 1, 1);
        detail::run_copy(copy.in_best_order(), output, output);
      };
      const std::int64_t begin = p.before[d], end = begin + p.input.shape.extent[d];
      mirror(begin, 0, 2 * begin - 1 + shown(p));
      mirror(p.after[d], end, end - 1 - shown(p));
    }
  }

 private:
  // Elements at an end that have no image.
  static constexpr std::int64_t shown(const MirrorPadParams& p) {
    return p.mirror == Mirror::symmetric ? 0 : 1;
  }
};

// The input surrounded by its mirror images, in each dimension of at most as many elements as it
// has, or one less where params.mirror is reflect: reference::mirror_pad has the formula. input:
// params.input, output: output_shape(params), dense, of T (1, 2, 4 or 8 bytes) and of the same
// quantization. Source: MIRROR_PAD of TensorFlow Lite.
template <class T>
using MirrorPad = family::Move<MirrorPadOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
