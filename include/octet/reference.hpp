// SPDX-License-Identifier: Apache-2.0
// Every operation as plain loops: the specification. A kernel is right when its results equal
// these. Nothing is checked here; the caller guarantees shapes, ranges and that no accumulator
// overflows.
#pragma once

#include "octet/reference/add.hpp"
#include "octet/reference/average_pool2d.hpp"
#include "octet/reference/concat.hpp"
#include "octet/reference/conv2d.hpp"
#include "octet/reference/depthwise_conv2d.hpp"
#include "octet/reference/fully_connected.hpp"
#include "octet/reference/gather.hpp"
#include "octet/reference/gemm.hpp"
#include "octet/reference/logistic.hpp"
#include "octet/reference/max_pool2d.hpp"
#include "octet/reference/mean.hpp"
#include "octet/reference/mirror_pad.hpp"
#include "octet/reference/mul.hpp"
#include "octet/reference/pad.hpp"
#include "octet/reference/requantize.hpp"
#include "octet/reference/reshape.hpp"
#include "octet/reference/reverse.hpp"
#include "octet/reference/softmax.hpp"
#include "octet/reference/space_to_batch_nd.hpp"
#include "octet/reference/space_to_depth.hpp"
#include "octet/reference/split.hpp"
#include "octet/reference/strided_slice.hpp"
#include "octet/reference/sub.hpp"
#include "octet/reference/tanh.hpp"
#include "octet/reference/tile.hpp"
#include "octet/reference/transpose.hpp"
