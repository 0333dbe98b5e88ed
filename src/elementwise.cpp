// SPDX-License-Identifier: Apache-2.0
#include "compiled.hpp"

#include <cstdint>

#include "octet/abs.hpp"
#include "octet/add.hpp"
#include "octet/comparison.hpp"
#include "octet/leaky_relu.hpp"
#include "octet/maximum.hpp"
#include "octet/mul.hpp"
#include "octet/prelu.hpp"
#include "octet/requantize.hpp"
#include "octet/squared_difference.hpp"
#include "octet/sub.hpp"

OCTET_COMPILED_TABLES(BinaryKernels, octet::AddOperation)
OCTET_COMPILED_TABLES(BinaryKernels, octet::MaximumOperation)
OCTET_COMPILED_TABLES(BinaryKernels, octet::MinimumOperation)
OCTET_COMPILED_TABLES(BinaryKernels, octet::MulOperation)
OCTET_COMPILED_TABLES(BinaryKernels, octet::PreluOperation)
OCTET_COMPILED_TABLES(BinaryKernels, octet::SquaredDifferenceOperation)
OCTET_COMPILED_TABLES(BinaryKernels, octet::SubOperation)

// All comparisons have one table.
using AnyComparison = octet::ComparisonOperation<octet::Comparison::equal>;
OCTET_COMPILED_TABLE(family::BinaryKernels<AnyComparison, std::int8_t, std::uint8_t>)
OCTET_COMPILED_TABLE(family::BinaryKernels<AnyComparison, std::uint8_t, std::uint8_t>)
OCTET_COMPILED_TABLE(family::BinaryKernels<AnyComparison, std::int16_t, std::uint8_t>)

// Of T to T.
OCTET_COMPILED_TABLE(family::UnaryKernels<octet::AbsOperation, std::int8_t, std::int8_t>)
OCTET_COMPILED_TABLE(family::UnaryKernels<octet::AbsOperation, std::uint8_t, std::uint8_t>)
OCTET_COMPILED_TABLE(family::UnaryKernels<octet::AbsOperation, std::int16_t, std::int16_t>)
OCTET_COMPILED_TABLE(family::UnaryKernels<octet::LeakyReluOperation, std::int8_t, std::int8_t>)
OCTET_COMPILED_TABLE(family::UnaryKernels<octet::LeakyReluOperation, std::uint8_t, std::uint8_t>)
OCTET_COMPILED_TABLE(family::UnaryKernels<octet::LeakyReluOperation, std::int16_t, std::int16_t>)

OCTET_COMPILED_TABLES(UnaryKernels, octet::RequantizeOperation, std::int8_t)
OCTET_COMPILED_TABLES(UnaryKernels, octet::RequantizeOperation, std::uint8_t)
OCTET_COMPILED_TABLES(UnaryKernels, octet::RequantizeOperation, std::int16_t)
