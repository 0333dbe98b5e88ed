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

inline constexpr int kPixels = kFour / Dot8x8::kDepth;  // of a narrowed vector

// Pixel by pixel, as a block has them in memory.
template <class Out>
OCTET_INLINE void write_pixels(const vec::Narrowed (&outputs)[Dot8x8::kDepth], Out* to) {
  OCTET_UNROLL
  for (int q = 0; q < Dot8x8::kDepth; ++q) {
    vec::store_narrowed(to + q * kPixels * kBlockChannels, outputs[q]);
  }
}

// Stores `count` outputs of any block, or as many as a row has, from position `start` on: from a
// row of pixels in memory.
template <class Out>
[[gnu::noinline]] inline void store_some(const DepthwisePass<Out>& pass, std::int64_t row,
                                         std::int64_t start, int count, const Out* results) {
  copy_outputs(pass, results, row, start, pass.positions < count ? pass.positions : count);
}

// The same of vectors. Out of the way of blocks that fill them: what those have in registers would
// be in memory, too.
template <class Out>
[[gnu::noinline]] inline void store_some(const DepthwisePass<Out>& pass, std::int64_t row,
                                         std::int64_t start, int count,
                                         const vec::Narrowed (&outputs)[Dot8x8::kDepth]) {
  Out results[kFour * kBlockChannels + kCopyMargin];
  write_pixels(outputs, results);
  store_some(pass, row, start, count, results);
}

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
  if (direct && pass.block.channels == kBlockChannels) {
    // Through memory several pixels are stored as fast as by extracting them.
    Out results[kFour * kBlockChannels];
    if constexpr (kPixels > 1) write_pixels(outputs, results);
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
  // Only copies of them are in memory.
  vec::Narrowed copies[Dot8x8::kDepth];
  OCTET_UNROLL
  for (int q = 0; q < Dot8x8::kDepth; ++q) copies[q] = outputs[q];
  store_some(pass, row.row, start, kCount, copies);
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

// Stores pixels that were narrowed in order, of rows of kFour outputs or more. What is the same for
// all of them is found out once: outputs may be anywhere, so that compilers would read it again.
template <class Dot, class Out>
class PixelWriter {
 public:
  OCTET_INLINE PixelWriter(const DepthwisePass<Out>& pass, const vec::ByteRange& range)
      : pass_(pass), range_(range), stride_(pass.task.channels) {
    const bool whole = pass.direct > 0 && pass.block.channels == kBlockChannels;
    way_ = !whole                           ? Way::some_channels
           : pass.task.range.limits_bytes() ? Way::bounded
                                            : Way::full_range;
  }

  // kCount pixels, or as many as the row has, from position `start` on.
  template <int kCount, class Pixel>
  OCTET_INLINE void write(const DepthwiseRow<Out>& row, std::int64_t start,
                          const Pixel (&pixels)[kCount]) const {
    // Anything else is to be out of the way.
    if (__builtin_expect_with_probability(way_ == Way::full_range, true, 1.0)) {
      return write_to(row.out + start * stride_, stride_, pixels, std::false_type());
    }
    if (way_ == Way::bounded) {
      return write_to(row.out + start * stride_, stride_, pixels, std::true_type());
    }
    Out results[kFour * kBlockChannels + kCopyMargin];
    write_to(results, kBlockChannels, pixels, std::true_type());
    store_some(pass_, row.row, start, kCount, results);
  }

 private:
  // Whether blocks are whole, and whether outputs have any bounds but those of their type.
  enum class Way : std::uint8_t { full_range, bounded, some_channels };

  template <int kCount, class Pixel, class Bounded>
  OCTET_INLINE void write_to(Out* to, std::int64_t stride, const Pixel (&pixels)[kCount],
                             Bounded bounded) const {
    OCTET_UNROLL
    for (int q = 0; q < kCount; ++q, to += stride) {
      Dot::store_pixel(to, Dot::template finish_pixel<Out>(pixels[q], range_, bounded));
    }
  }

  const DepthwisePass<Out>& pass_;
  const vec::ByteRange& range_;
  std::int64_t stride_;
  Way way_;
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
