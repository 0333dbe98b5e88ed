// SPDX-License-Identifier: Apache-2.0
// Every operation of two inputs with its reference and a generator of random parameters.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <tuple>
#include <utility>

#include "octet/add.hpp"
#include "octet/comparison.hpp"
#include "octet/div.hpp"
#include "octet/maximum.hpp"
#include "octet/minimum.hpp"
#include "octet/mul.hpp"
#include "octet/prelu.hpp"
#include "octet/squared_difference.hpp"
#include "octet/sub.hpp"
#include "support/lift.hpp"
#include "support/random.hpp"
#include "support/random_params.hpp"

// Shapes that fit together: of one shape, of a single element, or each dimension either.
inline std::pair<Shape, Shape> any_shapes(Random& random) {
  Shape out{random.in(0, octet::kMaxRank), {}};
  for (std::int32_t d = 0; d < out.rank; ++d) {
    const bool is_last = d == out.rank - 1;
    out.extent[d] = is_last && random.one_in(2) ? random.in(1, 200) : random.in(1, 4);
  }
  Shape inputs[2] = {out, out};
  for (Shape& shape : inputs) {
    switch (random.in(0, 3)) {
      case 0:
        for (std::int32_t d = 0; d < out.rank; ++d) {
          if (random.one_in(2)) shape.extent[d] = 1;
        }
        break;
      case 1: {  // fewer dimensions
        const std::int32_t dropped = random.in(0, out.rank);
        shape = {out.rank - dropped, {}};
        for (std::int32_t d = 0; d < shape.rank; ++d) shape.extent[d] = out.extent[dropped + d];
        break;
      }
      default: break;
    }
  }
  return {inputs[0], inputs[1]};
}

// Operations -------------------------------------------------------------------------------------

// reference(params, x1, x2) of an element, reference(params, x1, x2, y) of arrays.
template <template <class...> class OperationTemplate, class Type, class OutType = Type>
struct BinaryCase {
  using T = Type;
  using Out = OutType;
  using Operation = OperationTemplate<T>;
};

template <class Params>
inline constexpr bool kHasOutput = requires(Params p) {
  p.output;
};

template <class T>
struct Add : BinaryCase<octet::Add, T> {
  static constexpr auto reference = OCTET_LIFT(octet::reference::add);
  static octet::AddParams params(Random& random) {
    octet::AddParams p;
    const bool is_usual = random.one_in(2);
    p.left_shift = is_usual ? (sizeof(T) == 1 ? 20 : 15) : random.in(0, 24);
    for (Operand* operand : {&p.input1, &p.input2}) {
      operand->zero_point = any_of<T>(random);
      operand->rescale = any_rescale(random);
      if (is_usual) operand->rescale.shift = random.in(-4, 0);
      if (random.one_in(3)) operand->rescale.multiplier = 1 << 30;
    }
    if (random.one_in(4)) p.input2.rescale = p.input1.rescale;
    p.output.rescale = any_rescale(random);
    if (is_usual) p.output.rescale.shift = random.in(-p.left_shift - 2, -p.left_shift + 6);
    randomize_output<T>(random, p.output);
    return p;
  }
};

template <class T>
struct Sub : BinaryCase<octet::Sub, T> {
  static constexpr auto reference = OCTET_LIFT(octet::reference::sub);
  static octet::SubParams params(Random& random) { return Add<T>::params(random); }
};

template <class T>
struct Mul : BinaryCase<octet::Mul, T> {
  static constexpr auto reference = OCTET_LIFT(octet::reference::mul);
  static octet::MulParams params(Random& random) {
    octet::MulParams p{.output = {.rescale = any_rescale(random)}};
    if (!random.one_in(3)) {
      p.input1.zero_point = any_of<T>(random);
      p.input2.zero_point = any_of<T>(random);
    }
    if (random.one_in(2)) p.output.rescale.shift = random.in(-12, 1);
    randomize_output<T>(random, p.output);
    return p;
  }
};

template <class T>
struct SquaredDifference : BinaryCase<octet::SquaredDifference, T> {
  static constexpr auto reference = OCTET_LIFT(octet::reference::squared_difference);
  static octet::SquaredDifferenceParams params(Random& random) {
    octet::SquaredDifferenceParams p = Add<T>::params(random);
    p.left_shift = sizeof(T) == 1 ? random.in(0, 8) : 0;
    if (sizeof(T) == 2) p.input1.zero_point = p.input2.zero_point = random.in(-9, 9);
    for (Operand* operand : {&p.input1, &p.input2}) operand->rescale.shift = random.in(-4, 0);
    p.output.rescale.shift = random.in(-24, -10);
    return p;
  }
};

template <class T>
struct Div : BinaryCase<octet::Div, T> {
  static constexpr auto reference = OCTET_LIFT(octet::reference::div);
  static octet::DivParams params(Random& random) { return Mul<T>::params(random); }
};

template <class T>
struct Prelu : BinaryCase<octet::Prelu, T> {
  static constexpr auto reference = OCTET_LIFT(octet::reference::prelu);
  static octet::PreluParams params(Random& random) {
    octet::PreluParams p = Mul<T>::params(random);
    p.input1.rescale = any_rescale(random);
    return p;
  }
};

template <class T>
struct Maximum : BinaryCase<octet::Maximum, T> {
  static constexpr auto reference = OCTET_LIFT(octet::reference::maximum);
  static octet::MaximumParams params(Random&) { return {}; }
};
template <class T>
struct Minimum : BinaryCase<octet::Minimum, T> {
  static constexpr auto reference = OCTET_LIFT(octet::reference::minimum);
  static octet::MinimumParams params(Random&) { return {}; }
};

template <octet::Comparison kind, class Type>
struct Compare {
  using T = Type;
  using Out = std::uint8_t;
  using Operation = octet::Compare<kind, T>;
  static constexpr auto reference = OCTET_LIFT(octet::reference::compare<kind>);
  static octet::ComparisonParams params(Random& random) {
    octet::ComparisonParams p;
    if (sizeof(T) == 4) return p;
    p.left_shift = random.in(0, sizeof(T) == 1 ? 21 : 13);
    for (Operand* operand : {&p.input1, &p.input2}) {
      operand->zero_point = any_of<T>(random);
      operand->rescale = any_rescale(random);
      operand->rescale.shift = random.in(-9, 0);
    }
    return p;
  }
};

using BinaryOperations =
    std::tuple<Add<std::int8_t>, Add<std::uint8_t>, Add<std::int16_t>, Sub<std::int8_t>,
               Sub<std::uint8_t>, Sub<std::int16_t>, Mul<std::int8_t>, Mul<std::uint8_t>,
               Mul<std::int16_t>, SquaredDifference<std::int8_t>, SquaredDifference<std::int16_t>,
               Div<std::int8_t>, Div<std::int16_t>, Prelu<std::int8_t>, Prelu<std::int16_t>,
               Maximum<std::int8_t>, Maximum<std::int32_t>, Minimum<std::uint8_t>,
               Minimum<std::int16_t>, Compare<octet::Comparison::equal, std::int8_t>,
               Compare<octet::Comparison::less, std::int16_t>,
               Compare<octet::Comparison::greater_equal, std::uint8_t>,
               Compare<octet::Comparison::not_equal, std::int32_t>>;
