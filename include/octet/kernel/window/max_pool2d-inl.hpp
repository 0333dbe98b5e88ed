// SPDX-License-Identifier: Apache-2.0
// Maxima of windows: bytes as they are, 16 bits in lanes. Included inside the region of each
// target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/window/pool2d.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <class T>
class Pooling<compiled::MaxPool2d, T> {
 public:
  explicit Pooling(const Pool2dTask& task) : range_(vec::byte_range(task.range)) {}

  OCTET_INLINE void enter_window(const detail::WindowSpan&, const detail::WindowSpan&) {}

  template <class Read>
  OCTET_INLINE void write(const PoolWindow<T>& window, Read read, T* out) const {
    vec::Narrowed highest = vec::load_narrowed(read(window.first));
    window.for_each_pixel([&](const T* pixel) __attribute__((always_inline)) {
      highest = vec::max_bytes<T>(highest, vec::load_narrowed(read(pixel)));
    });
    vec::store_narrowed(out, vec::clamp_bytes<T>(highest, range_));
  }

 private:
  vec::ByteRange range_;
};

template <>
class Pooling<compiled::MaxPool2d, std::int16_t> {
 public:
  explicit Pooling(const Pool2dTask& task) : range_(task.range) {}

  OCTET_INLINE void enter_window(const detail::WindowSpan&, const detail::WindowSpan&) {}

  template <class Read>
  OCTET_INLINE void write(const PoolWindow<std::int16_t>& window, Read read,
                          std::int16_t* out) const {
    vec::Acc highest[kVectors];
    OCTET_UNROLL
    for (vec::Acc& lanes : highest) lanes = vec::splat_acc(-32768);
    window.for_each_pixel([&](const std::int16_t* pixel) __attribute__((always_inline)) {
      const std::int16_t* const words = read(pixel);
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        highest[v] = vec::max(highest[v], vec::widen(words + v * vec::kLanes));
      }
    });
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v)
      vec::narrow(out + v * vec::kLanes, clamp_lanes(highest[v], range_));
  }

 private:
  static constexpr int kVectors = kPoolVectors<std::int16_t>;

  OutputRange range_;
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
