// SPDX-License-Identifier: Apache-2.0
// Interpolation between up to four pixels: weighted sums in lanes. Included inside the region of
// each target.

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <class T>
class Pooling<compiled::ResizeBilinear, T> {
 public:
  explicit Pooling(const ResizeBilinearTask& task)
      : multipliers_(splat_multipliers(
            detail::rescale_constants(detail::kInterpolationFactor, task.rounding, 0, 0, 0))) {}

  OCTET_INLINE void enter_window(const detail::Interpolation& rows,
                                 const detail::Interpolation& columns) {
    std::int32_t* weight = weights_;
    for (std::int32_t i = 0; i < rows.count(); ++i) {
      for (std::int32_t j = 0; j < columns.count(); ++j) {
        *weight++ = 2 * rows.weight(i) * columns.weight(j);
      }
    }
  }

  template <class Read>
  OCTET_INLINE void write(const PoolWindow<T>& window, Read read, T* out) const {
    vec::Acc x[4];
    OCTET_UNROLL
    for (vec::Acc& lanes : x) lanes = vec::splat_acc(0);
    const std::int32_t* weights = weights_;
    window.for_each_pixel([&](const T* pixel) __attribute__((always_inline)) {
      const vec::Acc weight = vec::splat_acc(*weights++);
      const T* const bytes = read(pixel);
      OCTET_UNROLL
      for (int v = 0; v < 4; ++v) {
        x[v] = vec::add(x[v], vec::mul(vec::widen(bytes + v * vec::kLanes), weight));
      }
    });
    OCTET_UNROLL
    for (vec::Acc& lanes : x) lanes = vec::requantize(biased(lanes), multipliers_);
    vec::store_narrowed(out, vec::row_order(vec::narrow4<T>(x)));
  }

 private:
  AnyMultipliers multipliers_;
  std::int32_t weights_[4] = {};  // doubled
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
