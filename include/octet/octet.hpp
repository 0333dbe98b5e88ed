// SPDX-License-Identifier: Apache-2.0
// octet: integer-only inference kernels, the same bits as TensorFlow Lite's reference kernels on
// every instruction set. This header is everything public but the floating-point boundary
// (octet/quantize/) and what needs a hosted system (octet/hosted/).
#pragma once

#include "octet/add.hpp"
#include "octet/average_pool2d.hpp"
#include "octet/backends.hpp"
#include "octet/concat.hpp"
#include "octet/conv2d.hpp"
#include "octet/depthwise_conv2d.hpp"
#include "octet/fixed_point.hpp"
#include "octet/fixed_point_math.hpp"
#include "octet/fully_connected.hpp"
#include "octet/gemm.hpp"
#include "octet/logistic.hpp"
#include "octet/max_pool2d.hpp"
#include "octet/mean.hpp"
#include "octet/mul.hpp"
#include "octet/pad.hpp"
#include "octet/reference.hpp"
#include "octet/requantize.hpp"
#include "octet/softmax.hpp"
#include "octet/sub.hpp"
#include "octet/tanh.hpp"
#include "octet/split.hpp"
#include "octet/strided_slice.hpp"
#include "octet/types.hpp"
#include "octet/version.hpp"
#include "octet/window.hpp"
