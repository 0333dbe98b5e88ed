// SPDX-License-Identifier: Apache-2.0
// What packing needs to know of a target with tile registers, whose namespace `vectors` is a target
// with the same lanes. Included inside its region.

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

inline constexpr int kMostBlockRows = 2 * tile::kSize;

inline constexpr Layout kMatrixLayout{vec::kLanes,          Dot8x8::kDepth,     tile::kDepth,
                                      kMostBlockRows,       vec::kMicroVectors, Domain::native,
                                      vec::kRequantizeForm, Dot8x8::kBands};
static_assert(vec::kLanes == tile::kSize && vec::kMicroVectors == 2);

inline constexpr ProductLayouts kProductLayouts{kMatrixLayout, vectors::kProductLayouts.large, true,
                                                vec::kMicroEpilogue, vectors::kNarrowRows};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
