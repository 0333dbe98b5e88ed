// SPDX-License-Identifier: Apache-2.0
// What exporters write as several nodes and is one.
#pragma once

#include <onnx/onnx_pb.h>

namespace octet_quantizer::onnx_reader {

// Makes single nodes of
//   x * (1 + Erf(x / sqrt(2))) * 0.5, in the orders in which frameworks write it: Gelu
//   x * Tanh(Softplus(x)): Mish
//   x / max(ReduceL2(x), epsilon), expanded or not, epsilon at most 1e-4: LpNormalization
// Nodes whose outputs nobody reads any more stay.
void fuse_nodes(onnx::GraphProto& graph);

}  // namespace octet_quantizer::onnx_reader
