// SPDX-License-Identifier: Apache-2.0
// Why do two results of one model differ?
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <vector>

#include "octet_engine/model.hpp"
#include "octet_engine/result.hpp"

namespace octet_engine {

// Two results, A and B, of the tensor of that index: an output of the model, or what one of its
// operators writes.
struct Results {
  std::int32_t tensor = 0;
  std::span<const std::byte> a, b;
};

// Prints how many elements differ and which is the first; with which roundings the whole model
// gives A, and with which it gives B; and, where the operator that writes the tensor multiplies by
// weights, the accumulator of the first element that differs, the exact product with its factor,
// and what each rounding makes of it. `inputs` holds those of the model, in their order.
std::optional<Error> explain(const Model& model, std::span<const std::vector<std::byte>> inputs,
                             const Results& results, std::ostream& out);

}  // namespace octet_engine
