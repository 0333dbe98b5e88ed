// SPDX-License-Identifier: Apache-2.0
// The members of a table of kernels, as kernel_table.hpp explains. Included inside the struct.

#if OCTET_HAS_KERNELS
#define OCTET_RUN_ENTRY(target) OCTET_RUN(target),
static constexpr Run kRuns[detail::kBackendCount] = {OCTET_FOR_EACH_BACKEND(OCTET_RUN_ENTRY)};
#undef OCTET_RUN_ENTRY
static constexpr Run of(const Backend& backend) { return kRuns[backend.index]; }
#else
static Run of(const Backend& backend) {
  return static_cast<const Run*>(
      compiled::Table<Key, detail::backend_count>::functions())[backend.index];
}
#endif
#undef OCTET_RUN
