// SPDX-License-Identifier: Apache-2.0
// Tables of the functions that kernels were compiled to, one for each backend. A family writes
//
//   template <class Operation, class T>
//   struct BinaryKernels {
//     using Key = compiled::Key<Operation, T>;
//     OCTET_LANE_KERNEL_TABLE((const BinaryTask&), run_binary<Operation, T>)
//   };
//
// and finds the function of a backend as BinaryKernels<Operation, T>::of(backend).
//
// With OCTET_COMPILED the kernels are compiled once, by the files of src/, instead of by every unit
// that includes octet: the table is a symbol there. Its name is that of the Key, which
// stands outside the baseline tag, so that units with flags of their own find it too.
#pragma once

#include "octet/backends.hpp"

namespace octet {
namespace compiled {

// The operations that have kernels, by name.
struct Abs;
struct Add;
struct AddN;
struct ArgMax;
struct ArgMin;
struct AveragePool2d;
struct Comparison;
struct Conv2d;
struct Conv2d16x8;
struct Conv2dSmall;
struct DepthwiseConv2d;
struct DepthwiseConv2d16x8;
struct Gemm;
struct Gemm16x8;
struct GemmSmall;
struct Highest;
struct LeakyRelu;
struct LookUp;
struct MaxPool2d;
struct Maximum;
struct Mean;
struct Minimum;
struct Mul;
struct Prelu;
struct ReduceMax;
struct ReduceMin;
struct Requantize;
struct ResizeBilinear;
struct SquaredDifference;
struct Sub;
struct Transpose;

// Names a table: an operation and its element types.
template <class Operation, class... Types>
struct Key;

// Where the table of a key lies in the compiled unit: an array of functions, one for each backend.
// A unit that has another number of them is not linked to it.
template <class Key, int kBackends>
struct Table {
  static const void* functions();
};

}  // namespace compiled
}  // namespace octet

// Members of a struct with a Key: the table of one function of every target, which takes those
// arguments. Targets that differ in dot products alone share the kernels of a lane table.
#define OCTET_KERNEL_TABLE(arguments, ...) \
  OCTET_KERNEL_TABLE_OF(OCTET_KERNEL_TABLE_ENTRY, arguments, __VA_ARGS__)
#define OCTET_LANE_KERNEL_TABLE(arguments, ...) \
  OCTET_KERNEL_TABLE_OF(OCTET_LANE_KERNEL_TABLE_ENTRY, arguments, __VA_ARGS__)
#define OCTET_KERNEL_TABLE_ENTRY(target, ...) &target::__VA_ARGS__,
#define OCTET_LANE_KERNEL_TABLE_ENTRY(target, ...) &target::lanes::__VA_ARGS__,
#define OCTET_KERNEL_TABLE_OF(entry, arguments, ...)              \
  OCTET_KERNEL_RUNS(detail::kBackendCount, arguments,             \
                    {OCTET_FOR_EACH_BACKEND(entry, __VA_ARGS__)}) \
  static OCTET_KERNEL_CONSTEXPR Run of(const Backend& backend) { return run_at(backend.index); }

// The same of functions that look bytes up. That of avx512vbmi stands behind those of all backends,
// for machines that have it.
#if OCTET_TARGET_AVX512VBMI
#define OCTET_LOOK_UP_KERNEL_TABLE(arguments, ...)                                              \
  OCTET_KERNEL_RUNS(detail::kBackendCount + 1, arguments,                                       \
                    {OCTET_FOR_EACH_BACKEND(OCTET_LANE_KERNEL_TABLE_ENTRY, __VA_ARGS__) &       \
                     avx512vbmi::__VA_ARGS__})                                                  \
  static Run of(const Backend& backend) {                                                       \
    return run_at(detail::looks_up_with_vbmi(backend) ? detail::backend_count : backend.index); \
  }
#else
#define OCTET_LOOK_UP_KERNEL_TABLE OCTET_LANE_KERNEL_TABLE
#endif

#if OCTET_HAS_KERNELS
#define OCTET_KERNEL_CONSTEXPR constexpr
#define OCTET_KERNEL_RUNS(count, arguments, ...)   \
  using Run = void(*) arguments;                   \
  static constexpr Run kRuns[count] = __VA_ARGS__; \
  static constexpr Run run_at(int place) { return kRuns[place]; }
#else
#define OCTET_KERNEL_CONSTEXPR
#define OCTET_KERNEL_RUNS(count, arguments, ...)                          \
  using Run = void(*) arguments;                                          \
  static Run run_at(int place) {                                          \
    return static_cast<const Run*>(                                       \
        compiled::Table<Key, detail::backend_count>::functions())[place]; \
  }
#endif
