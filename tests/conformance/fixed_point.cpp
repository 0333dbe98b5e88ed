// SPDX-License-Identifier: Apache-2.0
// Tables of scalars: columns of arguments and the results of one constexpr function.
#include <octet/fixed_point.hpp>
#include <octet/fixed_point_math.hpp>
#include <octet/reference/softmax_int16.hpp>

#include <algorithm>

#include "operations.hpp"

namespace conformance {
namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int32_t>::max();

// One result per row of the columns.
template <class Function, class... Columns>
Evaluation tabulate(const Function& function, const std::vector<std::int64_t>& first,
                    const Columns&... rest) {
  require(((rest.size() == first.size()) && ...), "columns differ in length");
  std::vector<std::int64_t> results(first.size());
  for (std::size_t i = 0; i < first.size(); ++i) results[i] = function(first[i], rest[i]...);
  return {{{"output/data", std::move(results)}}, {}, {}};
}

Evaluation high_mul(const CaseFile& file, const octet::Backend*) {
  return tabulate(
      [](std::int64_t a, std::int64_t b) {
        return octet::saturating_rounding_doubling_high_mul(static_cast<std::int32_t>(a),
                                                            static_cast<std::int32_t>(b));
      },
      file.integers("a"), file.integers("b"));
}

Evaluation high_mul_int16(const CaseFile& file, const octet::Backend*) {
  return tabulate(
      [](std::int64_t a, std::int64_t b) {
        return octet::saturating_rounding_doubling_high_mul(static_cast<std::int16_t>(a),
                                                            static_cast<std::int16_t>(b));
      },
      file.integers("a", -32768, 32767), file.integers("b", -32768, 32767));
}

Evaluation divide_by_pot(const CaseFile& file, const octet::Backend*) {
  return tabulate(
      [](std::int64_t x, std::int64_t exponent) {
        return octet::rounding_divide_by_pot(static_cast<std::int32_t>(x),
                                             static_cast<int>(exponent));
      },
      file.integers("x"), file.integers("exponent", 0, 31));
}

Evaluation multiply(const CaseFile& file, const octet::Backend*) {
  return tabulate(
      [](std::int64_t x, std::int64_t multiplier, std::int64_t shift) {
        return octet::multiply_by_quantized_multiplier(static_cast<std::int32_t>(x),
                                                       static_cast<std::int32_t>(multiplier),
                                                       static_cast<int>(shift));
      },
      file.integers("x"), file.integers("multiplier", 0), file.integers("shift", -31, 30));
}

Evaluation multiply_int64(const CaseFile& file, const octet::Backend*) {
  constexpr std::int64_t kBound = std::int64_t{1} << 47;
  return tabulate(
      [](std::int64_t x, std::int64_t multiplier, std::int64_t shift) {
        return octet::multiply_by_quantized_multiplier(x, static_cast<std::int32_t>(multiplier),
                                                       static_cast<int>(shift));
      },
      file.integers("x", -kBound, kBound - 1), file.integers("multiplier", 0),
      file.integers("shift", -31, 7));
}

// Formats of arguments, by their integer bits: Q0.31 to Q15.16. No kernel uses more.
constexpr int kFormats = 16;

// Function::call<integer_bits> over x.
template <class Function>
Evaluation tabulate_format(const CaseFile& file, std::int64_t min, std::int64_t max) {
  const std::int32_t integer_bits = file.integer("integer_bits", 0, kFormats - 1);
  const auto function = [&]<int... kIntegerBits>(std::integer_sequence<int, kIntegerBits...>) {
    constexpr std::int32_t (*kFunctions[])(std::int32_t) = {
        &Function::template call<kIntegerBits>...};
    return kFunctions[integer_bits];
  }
  (std::make_integer_sequence<int, kFormats>{});
  return tabulate([&](std::int64_t x) { return function(static_cast<std::int32_t>(x)); },
                  file.integers("x", min, max));
}

struct ExpOnNegativeValues {
  template <int kIntegerBits>
  static std::int32_t call(std::int32_t x) {
    return octet::exp_on_negative_values<kIntegerBits>(x);
  }
};

struct Logistic {
  template <int kIntegerBits>
  static std::int32_t call(std::int32_t x) {
    return octet::fixed_point_logistic<kIntegerBits>(x);
  }
};

struct Tanh {
  template <int kIntegerBits>
  static std::int32_t call(std::int32_t x) {
    return octet::fixed_point_tanh<kIntegerBits>(x);
  }
};

Evaluation exponential(const CaseFile& file, const octet::Backend*) {
  return tabulate_format<ExpOnNegativeValues>(file, kLowest, 0);
}

// The lowest value of both has no magnitude in 32 bits.
Evaluation logistic(const CaseFile& file, const octet::Backend*) {
  return tabulate_format<Logistic>(file, kLowest + 1, kHighest);
}

Evaluation tanh(const CaseFile& file, const octet::Backend*) {
  return tabulate_format<Tanh>(file, kLowest + 1, kHighest);
}

Evaluation one_over_one_plus_x(const CaseFile& file, const octet::Backend*) {
  return tabulate(
      [](std::int64_t x) {
        return octet::one_over_one_plus_x_for_x_in_0_1(static_cast<std::int32_t>(x));
      },
      file.integers("x", 0));
}

Evaluation reciprocal(const CaseFile& file, const octet::Backend*) {
  const std::int32_t integer_bits = file.integer("x_integer_digits", 0, 31);
  Column exponents{"num_bits_over_unit", {}};
  Evaluation evaluation = tabulate(
      [&](std::int64_t x) {
        int num_bits_over_unit = 0;
        const std::int32_t result =
            octet::get_reciprocal(static_cast<std::int32_t>(x), integer_bits, &num_bits_over_unit);
        exponents.values.push_back(num_bits_over_unit);
        return result;
      },
      file.integers("x", 1));
  evaluation.columns.push_back(std::move(exponents));
  return evaluation;
}

Evaluation inverse_sqrt(const CaseFile& file, const octet::Backend*) {
  require(file.integer("reverse_shift") == -1, "shifts are to the right");
  Column shifts{"shift", {}};
  Evaluation evaluation = tabulate(
      [&](std::int64_t x) {
        const octet::Rescale result = octet::inverse_sqrt(static_cast<std::int32_t>(x));
        shifts.values.push_back(result.shift);
        return result.multiplier;
      },
      file.integers("x", 0));
  evaluation.columns.push_back(std::move(shifts));
  return evaluation;
}

Evaluation lookup(const CaseFile& file, const octet::Backend*) {
  const Tensor input = file.tensor("input");
  const std::vector<std::int64_t> entries = file.integers("lut", -32768, 32767);
  require(input.dtype == DType::int16 && entries.size() == 513, "not a table for int16");
  const std::vector<std::int16_t> table(entries.begin(), entries.end());
  return tabulate(
      [&](std::int64_t x) { return octet::lut_lookup(static_cast<std::int16_t>(x), table.data()); },
      input.data);
}

Evaluation sigmoid_table(const CaseFile&, const octet::Backend*) {
  const auto& table = octet::fixed_point_math::kSigmoidTable.of;
  return {{{"data", {std::begin(table), std::end(table)}}}, {}, {}};
}

Evaluation softmax_tables(const CaseFile&, const octet::Backend*) {
  const auto& [exp, reciprocal] = octet::reference::kSoftmaxInt16Tables;
  return {{{"exp_lut", {std::begin(exp), std::end(exp)}},
           {"one_over_one_plus_x_lut", {std::begin(reciprocal), std::end(reciprocal)}}},
          {},
          {}};
}

constexpr Operation scalar(const char* name,
                           Evaluation (*evaluate)(const CaseFile&, const octet::Backend*)) {
  return {name, Runs::unprepared, evaluate};
}

constexpr Operation kFixedPoint[] = {
    scalar("saturating_rounding_doubling_high_mul", high_mul),
    scalar("saturating_rounding_doubling_high_mul_int16", high_mul_int16),
    scalar("rounding_divide_by_pot", divide_by_pot),
    scalar("multiply_by_quantized_multiplier", multiply),
    scalar("multiply_by_quantized_multiplier_int64", multiply_int64),
    scalar("exp_on_negative_values", exponential),
    scalar("fixed_point_logistic", logistic),
    scalar("fixed_point_tanh", tanh),
    scalar("one_over_one_plus_x_for_x_in_0_1", one_over_one_plus_x),
    scalar("get_reciprocal", reciprocal),
    scalar("inv_sqrt_quantized_multiplier", inverse_sqrt),
    scalar("lut_lookup_int16", lookup),
    scalar("table sigmoid_table_uint16", sigmoid_table),
    scalar("table softmax_int16", softmax_tables),
};

}  // namespace

constinit const std::span<const Operation> families::fixed_point = kFixedPoint;

}  // namespace conformance
