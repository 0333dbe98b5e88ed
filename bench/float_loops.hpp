// SPDX-License-Identifier: Apache-2.0
// What octet's operations without weights do, in fp32: plain loops, which the compiler vectorizes
// for each of octet's targets where it can.
#pragma once

#include <cstdint>

#include "octet/backends.hpp"

namespace octet_bench {

struct FloatLoops {
  // Of each element, or of two.
  using Unary = void(std::int64_t count, const float* x, float* y);
  using Binary = void(std::int64_t count, const float* x1, const float* x2, float* y);
  // Of a row.
  using Row = void(std::int64_t depth, const float* x, float* y);

  // y = weights * x.
  using Product = void(std::int64_t rows, std::int64_t columns, const float* weights,
                       const float* x, float* y);
  // The cell and hidden state after a step, from the sums of input, forget, cell and output gates.
  using Gates = void(std::int64_t units, const float* sums, float* cell, float* hidden);

  Unary *rescale, *logistic;
  Binary *add, *mul, *div;
  Row *softmax, *log_softmax, *l2_normalization, *layer_normalization;
  Product* product;
  Gates* gates;
};

const FloatLoops& float_loops(const octet::Backend& backend);

}  // namespace octet_bench
