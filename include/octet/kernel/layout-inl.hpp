// SPDX-License-Identifier: Apache-2.0
// What packing needs to know of a target, from its vocabulary. Included inside the region of each
// target.

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// How products of bytes, and of 16-bit activations and bytes, are added up, and products of bytes
// in matrices.
using Dot8x8 = vec::Dot8x8;
using Dot16x8 = vec::Dot16x8;
using MatrixDot = vec::MatrixDot8x8;

inline constexpr Layout layout_of_depth(int depth) {
  return {vec::kLanes,
          depth,
          depth,
          vec::kMicroRows,
          vec::kMicroVectors,
          sizeof(Dot8x8::Packed) == 2        ? Domain::signed16
          : std::is_signed_v<Dot8x8::Packed> ? Domain::signed8
                                             : Domain::unsigned8,
          vec::kRequantizeForm,
          Dot8x8::kBands};
}
inline constexpr Layout kLayout = layout_of_depth(Dot8x8::kDepth);
inline constexpr Layout kMatrixLayout = layout_of_depth(MatrixDot::kDepth);

// Where activations are wider than bytes, weights that are used often can be packed as wide,
// instead of being widened each time. That takes micro-kernels of their own.
inline constexpr bool kWidensWeights =
    sizeof(MatrixDot::Packed) > 1 && vec::kMicroEpilogue != MicroEpilogue::in_memory;
using WideWeight = std::conditional_t<kWidensWeights, MatrixDot::Packed, std::int8_t>;
inline constexpr Layout wide_layout() {
  Layout layout = kMatrixLayout;
  layout.weight_bytes = sizeof(WideWeight);
  return layout;
}

// For 16-bit activations.
inline constexpr Layout kLayout16x8{
    vec::kLanes,        Dot16x8::kDepth,  Dot16x8::kDepth,       vec::kMicroRows,
    vec::kMicroVectors, Domain::signed16, RequantizeForm::plain, 1};

// Whether dot products take a group out of a register of several.
template <class Dot>
inline constexpr bool kDotsElements = requires {
  &Dot::template dot_element<0>;
};

// Whether the lanes of accumulators are parts of sums, which are collected at the end.
template <class Dot>
inline constexpr bool kCollects = requires {
  Dot::kRowsTogether;
};

// Whether rows are multiplied in pairs, a group of both in each register: rows that are packed can
// lie like that.
template <class Dot>
inline constexpr bool kPairsRows = requires {
  requires Dot::kRowsTogether == 2 && Dot::kGroupsTogether == 2;
};

// Whether weights of -128 take another way.
template <class Dot>
inline constexpr bool kBoundsWeights = requires {
  Dot::kWantsBounds;
};

// The rows of a register block of a single vector that fuses its epilogue: twice as many as others
// have, which halves the loads of weights, unless the activations of each take a register.
inline constexpr int kNarrowRows =
    (kDotsElements<MatrixDot> || kCollects<MatrixDot> ? 1 : 2) * vec::kMicroRows;

inline constexpr ProductLayouts kProductLayouts{wide_layout(), kMatrixLayout, kWidensWeights,
                                                vec::kMicroEpilogue, kNarrowRows};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
