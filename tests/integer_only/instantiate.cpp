// SPDX-License-Identifier: Apache-2.0
// Everything of floors 1 to 6 that generates code, for every operand type. CMakeLists.txt compiles
// it three times: for x86-64 without the kernels of octet::compiled, where check_x86.sh reads the
// instructions of both; for AArch64 without floating-point and vector registers, where any use of
// them is a compile error; and for a small processor, where check_cortex_m.sh reads which functions
// of the libraries are called.
#include <cstdint>

#include "octet/octet.hpp"

namespace octet::inline OCTET_BASELINE {

using std::int16_t, std::int32_t, std::int64_t, std::int8_t, std::uint8_t;

// Operations and references with weights, for one input, output and rounding.
#define OCTET_INSTANTIATE(In, Out)                                                                \
  template class family::Product<GemmOperation, In, Out>;                                         \
  template class family::Product<FullyConnectedOperation<GemmOperation>, In, Out>;                \
  template class family::Product<Conv2dOperation, In, Out>;                                       \
  template class family::Product<DepthwiseConv2dOperation, In, Out>;                              \
  template class family::Product<TransposeConv2dOperation<Conv2dOperation, Out>, In, Out>;        \
  template void reference::gemm<Out>(const GemmParams&, const In*, const int8_t*, const int32_t*, \
                                     Out*);                                                       \
  template void reference::fully_connected<Out>(const FullyConnectedParams&, const In*,           \
                                                const int8_t*, const int32_t*, Out*);             \
  template void reference::conv2d<Out>(const Conv2dParams&, const In*, const int8_t*,             \
                                       const int32_t*, Out*);                                     \
  template void reference::depthwise_conv2d<Out>(const DepthwiseConv2dParams&, const In*,         \
                                                 const int8_t*, const int32_t*, Out*);

#define OCTET_INSTANTIATE_OUTPUTS(In) \
  OCTET_INSTANTIATE(In, int8_t)       \
  OCTET_INSTANTIATE(In, uint8_t)      \
  OCTET_INSTANTIATE(In, int16_t)      \
  OCTET_INSTANTIATE(In, int32_t)

OCTET_INSTANTIATE_OUTPUTS(int8_t)
OCTET_INSTANTIATE_OUTPUTS(uint8_t)

// 16-bit activations, for one type of bias.
#define OCTET_INSTANTIATE_16X8(Bias)                                                           \
  template class family::Product<Gemm16x8Operation<Bias>, int16_t, int16_t>;                   \
  template class family::Product<FullyConnectedOperation<Gemm16x8Operation<Bias>>, int16_t,    \
                                 int16_t>;                                                     \
  template class family::Product<Conv2d16x8Operation<Bias>, int16_t, int16_t>;                 \
  template class family::Product<TransposeConv2dOperation<Conv2d16x8Operation<Bias>, int16_t>, \
                                 int16_t, int16_t>;                                            \
  template class family::Product<DepthwiseConv2d16x8Operation<Bias>, int16_t, int16_t>;

OCTET_INSTANTIATE_16X8(int32_t)
OCTET_INSTANTIATE_16X8(int64_t)

// In parts, whatever runs them.
struct OneByOne {
  template <class Body>
  void operator()(int32_t count, const Body& body) const {
    for (int32_t i = 0; i < count; ++i) body(i);
  }
};
template void Gemm<int8_t>::Bound::run(OneByOne&&) const;
template void Conv2d<int8_t>::Bound::run(OneByOne&&) const;
template void DepthwiseConv2d<int8_t>::Bound::run(OneByOne&&) const;

// Operations without weights.
#define OCTET_INSTANTIATE_REQUANTIZE(In, Out) \
  template class family::Unary<RequantizeOperation, In, Out>;
#define OCTET_INSTANTIATE_PLAIN(T)                    \
  template class family::Binary<MaximumOperation, T>; \
  template class family::Binary<MinimumOperation, T>; \
  template class family::Binary<ComparisonOperation<Comparison::equal>, T, uint8_t>;
#define OCTET_INSTANTIATE_PAIRS(T)                  \
  template class family::Binary<DivOperation, T>;   \
  template class family::Binary<PreluOperation, T>; \
  template class family::Binary<SquaredDifferenceOperation, T>;
#define OCTET_INSTANTIATE_ELEMENTS(T)                        \
  template class family::Binary<AddOperation, T>;            \
  template class family::Binary<SubOperation, T>;            \
  template class family::Binary<MulOperation, T>;            \
  OCTET_INSTANTIATE_REQUANTIZE(T, int8_t)                    \
  OCTET_INSTANTIATE_REQUANTIZE(T, uint8_t)                   \
  OCTET_INSTANTIATE_REQUANTIZE(T, int16_t)                   \
  OCTET_INSTANTIATE_REQUANTIZE(T, int32_t)                   \
  template class family::Window<AveragePool2dOperation, T>;  \
  template class family::Window<MaxPool2dOperation, T>;      \
  template class family::Reduce<MeanOperation, T>;           \
  template class family::Move<PadOperation, T>;              \
  template class family::Move<StridedSliceOperation, T>;     \
  template class family::Transpose<TransposeOperation, T>;   \
  template class family::Move<SpaceToDepthOperation, T>;     \
  template class family::Move<DepthToSpaceOperation, T>;     \
  template class family::Move<SpaceToBatchNdOperation, T>;   \
  template class family::Move<BatchToSpaceNdOperation, T>;   \
  template class family::Move<ReverseOperation, T>;          \
  template class family::Move<TileOperation, T>;             \
  template class family::Move<BroadcastToOperation, T>;      \
  template class family::Move<MirrorPadOperation, T>;        \
  template class family::Gather<GatherOperation, T>;         \
  template class family::Gather<GatherNdOperation, T>;       \
  template class Select<T>;                                  \
  template class DynamicUpdateSlice<T>;                      \
  template class family::MoveMany<ConcatOperation, T, true>; \
  template class family::MoveMany<SplitOperation, T, false>;

#define OCTET_INSTANTIATE_IMAGES(T)                          \
  template class family::Window<ResizeBilinearOperation, T>; \
  template class family::Move<ResizeNearestNeighborOperation, T>;
#define OCTET_INSTANTIATE_REDUCTIONS(T)                                 \
  template class family::Reduce<SumOperation, T>;                       \
  template class family::Reduce<ReduceMaxOperation, T>;                 \
  template class family::Reduce<ReduceMinOperation, T>;                 \
  template class family::Along<ArgExtremeOperation<true>, T, int32_t>;  \
  template class family::Along<ArgExtremeOperation<false>, T, int32_t>; \
  template class family::Rows<LayerNormalizationOperation, T, T>;

#define OCTET_INSTANTIATE_WITHOUT_WEIGHTS(T) \
  OCTET_INSTANTIATE_ELEMENTS(T)              \
  OCTET_INSTANTIATE_IMAGES(T)                \
  OCTET_INSTANTIATE_REDUCTIONS(T)

OCTET_INSTANTIATE_WITHOUT_WEIGHTS(int8_t)
OCTET_INSTANTIATE_WITHOUT_WEIGHTS(uint8_t)
OCTET_INSTANTIATE_WITHOUT_WEIGHTS(int16_t)
OCTET_INSTANTIATE_REQUANTIZE(int32_t, int8_t)
template class BatchMatmul<int8_t>;
template class BatchMatmul<int16_t>;
template class family::Recurrent<SvdfOperation<int8_t>, int8_t, int8_t>;
template class family::Recurrent<SvdfOperation<int16_t>, int8_t, int16_t>;
template class family::Recurrent<LstmOperation<int8_t>, int8_t, int8_t, int16_t>;
template class family::Recurrent<LstmOperation<int16_t>, int16_t, int16_t, int16_t>;
OCTET_INSTANTIATE_PLAIN(int8_t)
OCTET_INSTANTIATE_PLAIN(int16_t)
OCTET_INSTANTIATE_PLAIN(int32_t)
OCTET_INSTANTIATE_PAIRS(int8_t)
OCTET_INSTANTIATE_PAIRS(int16_t)
template class family::Table<HardSwishOperation, int8_t>;
template class family::Along<CumsumOperation, int8_t, int8_t>;
template class family::Along<CumsumOperation, uint8_t, uint8_t>;
template class family::Table<LogisticOperation, int8_t>;
template class family::Table<LookupOperation, int8_t>;
template class family::MoveMany<AddNOperation<int8_t>, int8_t, true>;
template class family::Table<RsqrtOperation, int8_t>;
template class family::Unary<LogisticInt16Operation, int16_t, int16_t>;
template class family::Unary<TanhInt16Operation, int16_t, int16_t>;
template class family::Unary<AbsOperation, int8_t, int8_t>;
template class family::Unary<LeakyReluOperation, int16_t, int16_t>;
template class family::Table<TanhOperation, int8_t>;
template class family::Rows<SoftmaxOperation, int8_t, int8_t>;
template class family::Rows<SoftmaxOperation, uint8_t, uint8_t>;
template class family::Rows<SoftmaxOperation, int8_t, int16_t>;
template class family::Rows<SoftmaxInt16Operation, int16_t, int16_t>;
template class family::Rows<LogSoftmaxOperation, int8_t, int8_t>;
template class family::Rows<LogSoftmaxOperation, uint8_t, uint8_t>;
template class family::Rows<L2NormalizationOperation, int8_t, int8_t>;

}  // namespace octet::inline OCTET_BASELINE
