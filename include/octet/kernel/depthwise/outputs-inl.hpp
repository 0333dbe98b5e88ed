// SPDX-License-Identifier: Apache-2.0
// The outputs of a pass of a depthwise convolution, from narrowed vectors to their places in
// memory. Included inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/depthwise/cells-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// The output rows that have the same weights, of all bands: `strips` rows, each from groups that
// were staged for it, `advance` groups behind those of the row before.
template <class Out>
struct DepthwisePass {
  const DepthwiseTask& task;
  const StagedBlock& block;
  const std::byte* weights;
  const std::int32_t* start;  // values, for these rows
  int place;                  // of the first group of the first row
  std::int64_t cells;         // bytes from the start of any group to the first output's first cell
  int strips;
  std::int64_t positions;        // of a row,
  std::int64_t direct;           // or 0 where bands may have rows before those of the part
  std::int64_t row;              // the first one of the first band, counted from those of the part,
  std::int64_t rows, band_step;  // which are as many; and from one band to the next
  Out* out;                      // the first output of the part

  OCTET_INLINE std::int64_t row_of(int strip) const {
    return row + strip * task.blocking.strip_rows();
  }
  OCTET_INLINE int place_of(int strip) const {
    return static_cast<int>(place + std::int64_t{strip} * task.blocking.advance) %
           block.groups.count;
  }
  // Those of the panel, for these rows.
  OCTET_INLINE PanelConstants constants() const {
    PanelConstants constants = detail::panel_constants(block.panel, kBlockChannels);
    constants.start = start;
    return constants;
  }
};

// Copies `count` neighbouring outputs of all channels and bands of a block from `results`, which
// has a block for each.
template <class Out>
inline void copy_outputs(const DepthwisePass<Out>& pass, const Out* results, std::int64_t row,
                         std::int64_t position, std::int64_t count) {
  const DepthwiseBlock& block = pass.block;
  const std::int64_t stride = pass.task.channels;
  for (int b = 0; b < block.bands; ++b, row += pass.band_step) {
    if (row >= pass.rows) return;
    if (row < 0) continue;
    Out* to = pass.out + (row * pass.task.out_w + position) * stride;
    const Out* from = results + b * block.part;
    for (std::int64_t p = 0; p < count; ++p, to += stride, from += kBlockChannels) {
      if constexpr (sizeof(Out) == 1) {
        copy_values(to, from, block.channels);
      } else {
        std::memcpy(to, from, static_cast<std::size_t>(block.channels) * sizeof(Out));
      }
    }
  }
}

// Neighbouring outputs of a row that are computed at a time.
inline constexpr int kFour = 4;

// A row of a pass and where it starts: its first group in the ring and its first output.
template <class Out>
struct DepthwiseRow {
  std::int64_t row;
  int place;
  Out* out;
};

// Clamps kCount outputs of all channels and bands of a block, puts them in order and stores them,
// or as many as a row has, from position `start` on.
template <int kCount, class Out>
OCTET_INLINE void store_outputs(const DepthwisePass<Out>& pass, const DepthwiseRow<Out>& row,
                                std::int64_t start, const vec::ByteRange& range,
                                vec::Narrowed (&zipped)[Dot8x8::kDepth]) {
  // Not in the loop that narrowed them: a branch there costs 5 %.
  OCTET_UNROLL
  for (vec::Narrowed& bytes : zipped) bytes = vec::clamp_bytes<Out>(bytes, range);
  vec::Narrowed outputs[Dot8x8::kDepth];
  Dot8x8::unzip(zipped, outputs);
  const std::int64_t stride = pass.task.channels;
  Out* to = row.out + start * stride;
  const bool direct = pass.direct >= kCount;
  Out results[kFour * kBlockChannels + kCopyMargin];
  const auto write_results = [&]() __attribute__((always_inline)) {
    OCTET_UNROLL
    for (int q = 0; q < Dot8x8::kDepth; ++q) {
      vec::store_narrowed(results + q * 4 * vec::kLanes, outputs[q]);
    }
  };
  constexpr int kPixels = kFour / Dot8x8::kDepth;  // of a narrowed vector
  if (direct && pass.block.channels == kBlockChannels) {
    // Through memory several pixels are stored as fast as by extracting them.
    if constexpr (kPixels > 1) write_results();
    OCTET_UNROLL
    for (int q = 0; q < kCount; ++q) {
      if constexpr (kPixels > 1) {
        __builtin_memcpy(to + q * stride, results + q * kBlockChannels, kBlockChannels);
      } else {
        vec::store_narrowed(to + q * stride, outputs[q]);
      }
    }
    return;
  }
  if constexpr (Dot8x8::kBands > 1) {
    const auto store_parts = [&](auto parts) __attribute__((always_inline)) {
      constexpr int kParts = decltype(parts)::value;
      const std::int64_t band_bytes = pass.band_step * pass.task.out_w * stride;
      OCTET_UNROLL
      for (int b = 0; b < kParts; ++b, to += band_bytes) {
        if (row.row + b * pass.band_step >= pass.rows) return;
        OCTET_UNROLL
        for (int q = 0; q < kCount; ++q) {
          vec::store_narrowed(to + q * stride, outputs[q / kPixels],
                              std::integral_constant<int, kPixels * kParts>(),
                              q % kPixels * kParts + b);
        }
      }
    };
    if (direct && pass.block.channels == pass.block.part) {
      if (pass.block.bands == 2) return store_parts(std::integral_constant<int, 2>());
      if constexpr (Dot8x8::kBands >= 4) {
        if (pass.block.bands == 4) return store_parts(std::integral_constant<int, 4>());
      }
    }
  }
  write_results();
  copy_outputs(pass, results, row.row, start, pass.positions < kCount ? pass.positions : kCount);
}

// Whether the vectors of a pixel are narrowed one after the other to its outputs in order.
template <class Dot>
inline constexpr bool kNarrowsPixels = requires {
  typename Dot::Pixel;
};

// kCount pixels, narrowed: vector by vector of four of them, or pixel by pixel.
template <class Dot, int kCount, bool = kNarrowsPixels<Dot>>
struct PassOutputs {
  vec::Narrowed zipped[Dot::kDepth];
};
template <class Dot, int kCount>
struct PassOutputs<Dot, kCount, true> {
  typename Dot::Pixel pixels[kCount];
};

// Outputs of any block, from a row of pixels in memory.
template <class Out>
[[gnu::noinline]] inline void store_some(const DepthwisePass<Out>& pass, std::int64_t row,
                                         std::int64_t start, const Out* results, int count) {
  copy_outputs(pass, results, row, start, pass.positions < count ? pass.positions : count);
}

// Stores kCount pixels, or as many as a row has, from position `start` on.
template <class Dot, int kCount, class Out>
OCTET_INLINE void store_pixels(const DepthwisePass<Out>& pass, const DepthwiseRow<Out>& row,
                               std::int64_t start, const vec::ByteRange& range,
                               const typename Dot::Pixel (&pixels)[kCount]) {
  const std::int64_t stride = pass.task.channels;
  // Anything else is to be out of the way.
  const bool whole = pass.direct >= kCount && pass.block.channels == kBlockChannels;
  if (__builtin_expect_with_probability(whole, true, 1.0)) {
    Out* to = row.out + start * stride;
    OCTET_UNROLL
    for (int q = 0; q < kCount; ++q, to += stride) {
      Dot::store_pixel(to, Dot::template finish_pixel<Out>(pixels[q], range));
    }
    return;
  }
  Out results[kFour * kBlockChannels + kCopyMargin];
  OCTET_UNROLL
  for (int q = 0; q < kCount; ++q) {
    Dot::store_pixel(results + q * kBlockChannels,
                     Dot::template finish_pixel<Out>(pixels[q], range));
  }
  store_some(pass, row.row, start, results, kCount);
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
