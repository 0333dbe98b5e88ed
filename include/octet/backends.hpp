// SPDX-License-Identifier: Apache-2.0
// The backends of this build, best first, and how to choose one.
#pragma once

#include <string_view>

#include "octet/detail/foreach_target.hpp"
#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// One target as users see it: its name, whether this machine can run it, and its place in kBackends
// and in every operation's table of kernels. Operations keep a pointer to theirs, so there are to
// be no others than those of kBackends, and there are no copies.
struct Backend {
  const char* name;
  bool (*available)();
  int index;

  OCTET_INLINE constexpr Backend(const char* own_name, bool (*is_available)(), int own_index)
      : name(own_name), available(is_available), index(own_index) {}
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
};

// Expands entry(target, ...) for every target of this build, best first.
#if OCTET_TARGET_AMX_INT8
#define OCTET_ENTRY_AMX_INT8(entry, ...) entry(amx_int8 __VA_OPT__(, ) __VA_ARGS__)
#else
#define OCTET_ENTRY_AMX_INT8(entry, ...)
#endif
#if OCTET_TARGET_AVX512VNNI
#define OCTET_ENTRY_AVX512VNNI(entry, ...) entry(avx512vnni __VA_OPT__(, ) __VA_ARGS__)
#else
#define OCTET_ENTRY_AVX512VNNI(entry, ...)
#endif
#if OCTET_TARGET_AVXVNNI
#define OCTET_ENTRY_AVXVNNI(entry, ...) entry(avxvnni __VA_OPT__(, ) __VA_ARGS__)
#else
#define OCTET_ENTRY_AVXVNNI(entry, ...)
#endif
#if OCTET_TARGET_AVX2
#define OCTET_ENTRY_AVX2(entry, ...) entry(avx2 __VA_OPT__(, ) __VA_ARGS__)
#else
#define OCTET_ENTRY_AVX2(entry, ...)
#endif
#if OCTET_TARGET_SSE41
#define OCTET_ENTRY_SSE41(entry, ...) entry(sse41 __VA_OPT__(, ) __VA_ARGS__)
#else
#define OCTET_ENTRY_SSE41(entry, ...)
#endif
#if OCTET_TARGET_I8MM
#define OCTET_ENTRY_I8MM(entry, ...) entry(i8mm __VA_OPT__(, ) __VA_ARGS__)
#else
#define OCTET_ENTRY_I8MM(entry, ...)
#endif
#if OCTET_TARGET_DOTPROD
#define OCTET_ENTRY_DOTPROD(entry, ...) entry(dotprod __VA_OPT__(, ) __VA_ARGS__)
#else
#define OCTET_ENTRY_DOTPROD(entry, ...)
#endif
#if OCTET_TARGET_NEON
#define OCTET_ENTRY_NEON(entry, ...) entry(neon __VA_OPT__(, ) __VA_ARGS__)
#else
#define OCTET_ENTRY_NEON(entry, ...)
#endif
#if OCTET_TARGET_NEON32
#define OCTET_ENTRY_NEON32(entry, ...) entry(neon32 __VA_OPT__(, ) __VA_ARGS__)
#else
#define OCTET_ENTRY_NEON32(entry, ...)
#endif
#if OCTET_TARGET_PORTABLE
#define OCTET_ENTRY_PORTABLE(entry, ...) entry(portable __VA_OPT__(, ) __VA_ARGS__)
#else
#define OCTET_ENTRY_PORTABLE(entry, ...)
#endif
#if OCTET_TARGET_SCALAR
#define OCTET_ENTRY_SCALAR(entry, ...) entry(scalar __VA_OPT__(, ) __VA_ARGS__)
#else
#define OCTET_ENTRY_SCALAR(entry, ...)
#endif
#define OCTET_FOR_EACH_BACKEND(entry, ...)                 \
  OCTET_ENTRY_AMX_INT8(entry __VA_OPT__(, ) __VA_ARGS__)   \
  OCTET_ENTRY_AVX512VNNI(entry __VA_OPT__(, ) __VA_ARGS__) \
  OCTET_ENTRY_AVXVNNI(entry __VA_OPT__(, ) __VA_ARGS__)    \
  OCTET_ENTRY_AVX2(entry __VA_OPT__(, ) __VA_ARGS__)       \
  OCTET_ENTRY_SSE41(entry __VA_OPT__(, ) __VA_ARGS__)      \
  OCTET_ENTRY_I8MM(entry __VA_OPT__(, ) __VA_ARGS__)       \
  OCTET_ENTRY_DOTPROD(entry __VA_OPT__(, ) __VA_ARGS__)    \
  OCTET_ENTRY_NEON(entry __VA_OPT__(, ) __VA_ARGS__)       \
  OCTET_ENTRY_NEON32(entry __VA_OPT__(, ) __VA_ARGS__)     \
  OCTET_ENTRY_PORTABLE(entry __VA_OPT__(, ) __VA_ARGS__)   \
  OCTET_ENTRY_SCALAR(entry __VA_OPT__(, ) __VA_ARGS__)

namespace detail {
enum BackendIndex : int {
#define OCTET_BACKEND_INDEX(target) index_##target,
  OCTET_FOR_EACH_BACKEND(OCTET_BACKEND_INDEX)
#undef OCTET_BACKEND_INDEX
      backend_count
};
static_assert(backend_count > 0,
              "OCTET_STATIC_BACKEND is not the name of a target that this build can have");

// The extent of every operation's table of kernels. clang 14 does not deduce that of a variable
// template in time for its first use in a constant expression.
inline constexpr std::size_t kBackendCount = backend_count;

#if OCTET_TARGET_AVX512VBMI
// Whether kernels that look up are those of avx512vbmi.
inline bool looks_up_with_vbmi(const Backend& backend) {
#if OCTET_TARGET_AVX512VNNI
  constexpr int kLastOf512Bits = index_avx512vnni;
#else
  constexpr int kLastOf512Bits = index_amx_int8;
#endif
  return backend.index <= kLastOf512Bits && cpu().avx512vbmi;
}
#endif
}  // namespace detail

#define OCTET_BACKEND_RECORD(target)                                            \
  namespace target {                                                            \
  inline constexpr Backend backend{#target, available, detail::index_##target}; \
  }
OCTET_FOR_EACH_BACKEND(OCTET_BACKEND_RECORD)
#undef OCTET_BACKEND_RECORD

inline constexpr const Backend* kBackends[detail::kBackendCount] = {
#define OCTET_BACKEND_POINTER(target) &target::backend,
    OCTET_FOR_EACH_BACKEND(OCTET_BACKEND_POINTER)
#undef OCTET_BACKEND_POINTER
};

// The first backend of kBackends that this machine can run; with OCTET_STATIC_BACKEND the only one,
// a constant.
#ifdef OCTET_STATIC_BACKEND
constexpr const Backend& best_backend() { return *kBackends[0]; }
#else
inline const Backend& best_backend() {
  for (const Backend* backend : kBackends) {
    if (backend->available()) return *backend;
  }
  return scalar::backend;
}
#endif

// The backend of that name, or a null pointer. Its `available` tells whether the machine can run
// it; bind refuses it otherwise.
constexpr const Backend* find_backend(std::string_view name) {
  for (const Backend* backend : kBackends) {
    if (backend->name == name) return backend;
  }
  return nullptr;
}

namespace check {

// What binds an operation is about to run it. Only the machine is asked, not the compiler's flags,
// and not where the target is fixed: but for amx_int8, whose tiles Linux has to grant.
inline Status backend(const Backend& b) {
#ifdef OCTET_CPU_IS_KNOWN
  constexpr bool kAsks = false;
#elif defined(OCTET_STATIC_BACKEND)
  constexpr bool kAsks = OCTET_TARGET_AMX_INT8;
#else
  constexpr bool kAsks = true;
#endif
  if (kAsks && !b.available()) return {StatusCode::backend_unavailable, b.name};
  return {};
}

}  // namespace check

namespace detail {

// The largest of bytes(backend) over all backends of this build: memory that suits any of them.
template <class Bytes>
constexpr std::size_t max_over_backends(Bytes bytes) {
  std::size_t most = 0;
  for (const Backend* backend : kBackends) {
    if (bytes(*backend) > most) most = bytes(*backend);
  }
  return most;
}

}  // namespace detail

}  // namespace octet::inline OCTET_BASELINE
