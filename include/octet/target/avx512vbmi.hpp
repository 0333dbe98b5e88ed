// SPDX-License-Identifier: Apache-2.0
// What avx512vnni looks bytes up with where the machine has AVX512_VBMI, which the first processors
// with AVX512_VNNI lack: no backend, but a second version of the kernels that look up.
#include <immintrin.h>

#include "octet/detail/cpu.hpp"

#define OCTET_ISA "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi"
#ifndef OCTET_TARGET_AVX512VBMI_HPP
#define OCTET_TARGET_AVX512VBMI_HPP

OCTET_BEGIN_VOCABULARY(avx512vbmi, avx512vbmi, OCTET_ISA)
using namespace avx512vnni::vec;

// vpermi2b looks up in 128 bytes and leaves out the highest bit of an index.
struct LookupTable {
  Vector quarters[4];

  OCTET_INLINE explicit LookupTable(const std::uint8_t* entries)
      : quarters{load_vector(entries), load_vector(entries + 64), load_vector(entries + 128),
                 load_vector(entries + 192)} {}
  template <int kCount>
  OCTET_INLINE void look_up(Narrowed (&x)[kCount]) const {
    OCTET_UNROLL
    for (Narrowed& v : x) {
      const __m512i low = _mm512_permutex2var_epi8(quarters[0], v, quarters[1]);
      const __m512i high = _mm512_permutex2var_epi8(quarters[2], v, quarters[3]);
      v = _mm512_mask_blend_epi8(_mm512_movepi8_mask(v), low, high);
    }
  }
};

OCTET_END_VOCABULARY
#endif  // OCTET_TARGET_AVX512VBMI_HPP

#ifdef OCTET_KERNEL_LOOKS_UP
#define OCTET_TARGET avx512vbmi
#include "octet/target/kernel-inl.hpp"
#endif
#undef OCTET_ISA
