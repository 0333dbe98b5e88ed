// SPDX-License-Identifier: Apache-2.0
#include "peers/gemmlowp_kernel.hpp"

#include <gemmlowp/public/gemmlowp.h>

#include <tuple>

// gemmlowp's own stage with a multiplier for each channel compiles for Arm only, because of its
// shifts. This one shifts all channels by the same count.
namespace gemmlowp {

template <VectorShape kShape>
struct ChannelScale {
  VectorMap<const std::int32_t, kShape> multiplier;
  int right_shift;
  std::int32_t offset;
};

template <VectorShape kShape>
struct TransposeImpl<ChannelScale<kShape>> {
  using DstType = ChannelScale<TransposeVectorShape<kShape>::Value>;
  static DstType Run(const ChannelScale<kShape>& stage) {
    return {Transpose(stage.multiplier), stage.right_shift, stage.offset};
  }
};

template <int kRows, int kColumns, VectorShape kShape>
struct OutputStageEvalImpl<ChannelScale<kShape>, RegisterBlock<std::int32_t, kRows, kColumns>> {
  using InputType = RegisterBlock<std::int32_t, kRows, kColumns>;
  using OutputType = InputType;

  explicit OutputStageEvalImpl(const ChannelScale<kShape>& s) : stage(s) {}

  OutputType Eval(InputType input, int row, int column) const {
    const auto multiplier =
        LoadForBroadcasting<InputType>(stage.multiplier, kShape == VectorShape::Col ? row : column);
    OutputType output = BroadcastSaturatingRoundingDoublingHighMul(input, multiplier);
    const auto offset = Dup<typename OutputType::RegisterType>(stage.offset);
    for (auto& values : output.buf.reg) {
      values = Add(RoundingDivideByPOT(values, stage.right_shift), offset);
    }
    return output;
  }

  const ChannelScale<kShape>& stage;
};

}  // namespace gemmlowp

namespace octet_bench::OCTET_BENCH_ISA {

void gemmlowp_product(const GemmlowpTask& task) {
  using gemmlowp::MapOrder;
  using gemmlowp::VectorShape;
  using Channels = gemmlowp::VectorMap<const std::int32_t, VectorShape::Col>;
  static gemmlowp::GemmContext context;
  context.set_max_num_threads(1);
  gemmlowp::OutputStageBiasAddition<Channels> bias;
  bias.bias_vector = Channels(task.bias, task.channels);
  const gemmlowp::ChannelScale<VectorShape::Col> scale{Channels(task.multiplier, task.channels),
                                                       task.right_shift, task.output_zero_point};
  const gemmlowp::OutputStageSaturatingCastToUint8 cast;

  const gemmlowp::MatrixMap<const std::uint8_t, MapOrder::RowMajor> weights(
      task.weights, task.channels, task.depth);
  const gemmlowp::MatrixMap<const std::uint8_t, MapOrder::ColMajor> input(task.input, task.depth,
                                                                          task.rows);
  gemmlowp::MatrixMap<std::uint8_t, MapOrder::ColMajor> output(task.output, task.channels,
                                                               task.rows);
  gemmlowp::GemmWithOutputPipeline<std::uint8_t, std::uint8_t, gemmlowp::DefaultL8R8BitDepthParams>(
      &context, weights, input, &output, -task.weights_zero_point, -task.input_zero_point,
      std::make_tuple(bias, scale, cast));
}

}  // namespace octet_bench::OCTET_BENCH_ISA
