// SPDX-License-Identifier: Apache-2.0
// What the tests of the operations with weights share: random layers, running them on a backend in
// guarded memory of exactly the size asked for, and refusals.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "octet/detail/target_layouts.hpp"
#include "octet/reference/output_value.hpp"
#include "octet/types.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/random.hpp"

// Backends ---------------------------------------------------------------------------------------

inline const octet::Layout& layout_of(const octet::Backend& backend) {
  return *octet::detail::kLayouts[backend.index];
}

// What the backend lays out for products of matrices that are not small.
inline const octet::Layout& matrix_layout_of(const octet::Backend& backend) {
  return octet::detail::kProductLayouts[backend.index]->large;
}

// Types ------------------------------------------------------------------------------------------

template <class InType, class OutType>
struct Types {
  using In = InType;
  using Out = OutType;
};

// Every pair of types.
using AllTypes = std::tuple<Types<std::int8_t, std::int8_t>, Types<std::int8_t, std::uint8_t>,
                            Types<std::int8_t, std::int16_t>, Types<std::int8_t, std::int32_t>,
                            Types<std::uint8_t, std::int8_t>, Types<std::uint8_t, std::uint8_t>,
                            Types<std::uint8_t, std::int16_t>, Types<std::uint8_t, std::int32_t>>;

// One of each size of output, and each kind of input.
using SomeTypes = std::tuple<Types<std::int8_t, std::int8_t>, Types<std::uint8_t, std::uint8_t>,
                             Types<std::uint8_t, std::int16_t>, Types<std::int8_t, std::int32_t>>;

// Those that have an output stage.
using NarrowTypes = std::tuple<Types<std::int8_t, std::int8_t>, Types<std::uint8_t, std::uint8_t>,
                               Types<std::uint8_t, std::int16_t>>;

// Random values ----------------------------------------------------------------------------------

// Uniform values, extreme ones, or all of them the lowest or the highest.
template <class T>
std::vector<T> random_values(Random& random, std::int64_t size) {
  std::vector<T> values(static_cast<std::size_t>(size));
  const std::span<T> span(values);
  switch (random.in(0, 7)) {
    case 0: random.fill_extreme(span); break;
    case 1: std::fill(values.begin(), values.end(), std::numeric_limits<T>::min()); break;
    case 2: std::fill(values.begin(), values.end(), std::numeric_limits<T>::max()); break;
    default: random.fill(span);
  }
  return values;
}

// Both ends of the type as often as all other values together.
template <class T>
std::int32_t random_zero_point(Random& random) {
  constexpr std::int32_t lowest = std::numeric_limits<T>::min();
  constexpr std::int32_t highest = std::numeric_limits<T>::max();
  switch (random.in(0, 3)) {
    case 0: return lowest;
    case 1: return highest;
    default: return random.in(lowest, highest);
  }
}

inline Guard random_guard(Random& random) {
  return random.one_in(4) ? Guard::before : Guard::after;
}

// Layers -----------------------------------------------------------------------------------------

// An operation and its operands. The multipliers and shifts of params.output are filled in from
// `multiplier` and `shift` when the layer is used.
template <class ParamsType, class InType>
struct Layer {
  using Params = ParamsType;
  using In = InType;

  Params params = {};
  std::vector<In> input = {};
  std::vector<std::int8_t> filter = {};
  std::vector<std::int32_t> bias = {}, multiplier = {}, shift = {};
  std::int64_t output_size = 0;  // elements, with the gaps between rows
  Guard guard = Guard::after;

  Params params_with(std::span<const std::int32_t> multipliers,
                     std::span<const std::int32_t> shifts) const {
    Params result = params;
    result.output.multiplier = multipliers;
    result.output.shift = shifts;
    return result;
  }
  const std::int32_t* bias_or_null() const { return bias.empty() ? nullptr : bias.data(); }
};

// max |x - zero_point| over the type.
template <class T>
std::int64_t reach(std::int32_t zero_point) {
  return std::max<std::int64_t>(zero_point - std::int64_t{std::numeric_limits<T>::min()},
                                std::numeric_limits<T>::max() - std::int64_t{zero_point});
}

inline constexpr std::int64_t kHighestAccumulator = std::numeric_limits<std::int32_t>::max();

// The largest left shift that keeps values of that magnitude within 32 bits.
inline std::int32_t largest_left_shift(std::int64_t bound) {
  std::int32_t shift = 0;
  while (shift < 30 && (bound << (shift + 1)) <= kHighestAccumulator) ++shift;
  return shift;
}

// Draws bias and output stage; magnitudes[c] bounds |accumulator - bias| of output channel c.
template <class Out, class Layer>
void randomize_output(Random& random, Layer& layer, std::span<const std::int64_t> magnitudes) {
  const auto channels = static_cast<std::int64_t>(magnitudes.size());
  const std::int32_t bias_style = random.in(0, 8);
  if (bias_style > 0) {
    for (const std::int64_t magnitude : magnitudes) {
      const auto room = static_cast<std::int32_t>(kHighestAccumulator - magnitude);
      const std::int32_t most =
          bias_style == 1 ? room : std::min(room, bias_style < 4 ? 1 << 20 : 1 << 12);
      layer.bias.push_back(bias_style == 1 && random.one_in(2) ? (random.one_in(2) ? room : -room)
                                                               : random.in(-most, most));
    }
  }
  if constexpr (sizeof(Out) < 4) {
    std::int64_t bound = 1;
    for (std::size_t c = 0; c < magnitudes.size(); ++c) {
      const std::int64_t bias = layer.bias.empty() ? 0 : layer.bias[c];
      bound = std::max(bound, magnitudes[c] + (bias < 0 ? -bias : bias));
    }
    // The shift that maps a typical accumulator to the range of the output.
    const auto bits = static_cast<std::int32_t>(std::bit_width(static_cast<std::uint64_t>(bound)));
    const std::int32_t typical = std::numeric_limits<Out>::digits + 3 - bits;
    const std::int32_t left = largest_left_shift(bound);
    const std::int32_t style = random.in(0, 7);
    const auto draw_shift = [&]() -> std::int32_t {
      switch (style) {
        case 0: return -31;
        case 1: return 0;
        case 2: return random.in(-31, 0);
        case 3: return random.in(-31, left);
        default: return std::clamp(typical + random.in(-2, 2), -31, 0);
      }
    };
    const auto draw_multiplier = [&]() -> std::int32_t {
      switch (random.in(0, 15)) {
        case 0: return 0;
        case 1: return 1 << 30;
        case 2: return std::numeric_limits<std::int32_t>::max();
        default: return random.in(1 << 30, std::numeric_limits<std::int32_t>::max());
      }
    };
    const std::int64_t multipliers = random.one_in(2) ? 1 : channels;
    const std::int64_t shifts = random.one_in(2) ? 1 : channels;
    for (std::int64_t i = 0; i < multipliers; ++i) layer.multiplier.push_back(draw_multiplier());
    for (std::int64_t i = 0; i < shifts; ++i) layer.shift.push_back(draw_shift());
    octet::OutputStage& stage = layer.params.output;
    stage.zero_point = random_zero_point<Out>(random);
    if (random.one_in(3)) stage.rounding = octet::Rounding::single;
    constexpr std::int32_t lowest = std::numeric_limits<Out>::min();
    constexpr std::int32_t highest = std::numeric_limits<Out>::max();
    if (random.one_in(3)) stage.min = random.in(lowest, highest);
    if (random.one_in(3)) stage.max = random.in(std::max(stage.min, lowest), highest);
  }
  layer.guard = random_guard(random);
}

// Draws bias and output stage without regard to what 32 bits hold.
template <class Out, class Layer>
void randomize_output_beyond_int32(Random& random, Layer& layer, std::int64_t channels) {
  constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min(),
                         highest = std::numeric_limits<std::int32_t>::max();
  layer.params.output = {};
  layer.multiplier.clear();
  randomize_output<Out>(random, layer,
                        std::vector<std::int64_t>(static_cast<std::size_t>(channels)));
  const auto any = [&] { return random.in(lowest, highest); };
  layer.bias.clear();
  layer.shift.clear();
  const bool dead_channels = random.one_in(2);  // among others that are as usual
  for (std::int64_t c = 0; c < channels; ++c) {
    const std::int32_t usual = random.in(-(1 << 14), 1 << 14);
    const std::int32_t extremes[] = {lowest, lowest + 1, highest, highest - 1, any(), usual};
    const bool dead = !dead_channels || random.one_in(4);
    layer.bias.push_back(dead ? extremes[random.in(0, 5)] : usual);
    layer.shift.push_back(dead ? random.in(-31, 30) : random.in(-12, -4));
  }
}

// A reference with sums of any size: call(bias) passes the bias on as such.
template <class Call>
void with_exact_bias(const std::int32_t* bias, std::int64_t channels, Call call) {
  std::vector<octet::reference::ExactSum> exact;
  for (std::int64_t c = 0; bias != nullptr && c < channels; ++c) exact.emplace_back(bias[c]);
  call(bias == nullptr ? nullptr : std::as_const(exact).data());
}

// "" or where the first difference is.
template <class T>
std::string difference(std::span<const T> actual, std::span<const T> expected) {
  if (actual.size() != expected.size()) return "sizes differ";
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (actual[i] == expected[i]) continue;
    return "[" + std::to_string(i) + "] is " + std::to_string(actual[i]) + ", expected " +
           std::to_string(expected[i]);
  }
  return "";
}

// The layer's output according to reference(params, input, filter, bias, output); what lies between
// the rows of the output holds what fresh guarded buffers hold.
template <class Out, class Layer, class Reference>
std::vector<Out> expected_output(const Layer& layer, Reference reference) {
  GuardedBuffer<Out> output(layer.output_size, Guard::after);
  reference(layer.params_with(layer.multiplier, layer.shift), layer.input.data(),
            layer.filter.data(), layer.bias_or_null(), output.span().data());
  return {output.span().begin(), output.span().end()};
}

// A prepared layer with its packed weights. Everything that prepare reads is gone when it returns.
template <class Operation>
struct PreparedLayer {
  GuardedBuffer<std::byte> packed;
  octet::Result<Operation> operation;

  template <class Layer>
  PreparedLayer(const Layer& layer, const octet::Backend& backend)
      : packed(static_cast<std::int64_t>(Operation::packed_bytes(layer.params, backend)),
               layer.guard) {
    GuardedBuffer<std::int8_t> filter(layer.filter, layer.guard);
    GuardedBuffer<std::int32_t> bias(layer.bias, layer.guard);
    GuardedBuffer<std::int32_t> multiplier(layer.multiplier, layer.guard);
    GuardedBuffer<std::int32_t> shift(layer.shift, layer.guard);
    operation = Operation::prepare(layer.params_with(multiplier.span(), shift.span()),
                                   filter.span(), bias.span(), packed.span(), backend);
  }
};

template <template <class...> class Operation, class Out, class Layer>
std::vector<Out> run_layer(const Layer& layer, const octet::Backend& backend) {
  using In = typename Layer::In;
  using Prepared = Operation<In, Out>;
  const PreparedLayer<Prepared> prepared(layer, backend);
  REQUIRE(prepared.operation.status().code == octet::StatusCode::ok);
  REQUIRE(prepared.operation->backend().name == backend.name);
  REQUIRE(Prepared::scratch_bytes(layer.params, backend) == prepared.operation->scratch_bytes());
  REQUIRE(Prepared::max_packed_bytes(layer.params) >= prepared.packed.size());
  REQUIRE(Prepared::max_scratch_bytes(layer.params) >= prepared.operation->scratch_bytes());
  GuardedBuffer<In> input(layer.input, layer.guard);
  GuardedBuffer<Out> output(layer.output_size, layer.guard);
  GuardedBuffer<std::byte> scratch(static_cast<std::int64_t>(prepared.operation->scratch_bytes()),
                                   layer.guard);
  const auto bound = prepared.operation->bind(input.span(), output.span(), scratch.span());
  REQUIRE(bound.status().code == octet::StatusCode::ok);
  bound->run();
  REQUIRE(difference<In>(input.span(), layer.input) == "");

  // Once more with other memory.
  GuardedBuffer<In> other_input(layer.input, layer.guard);
  GuardedBuffer<Out> other_output(layer.output_size, layer.guard);
  GuardedBuffer<std::byte> other_scratch(static_cast<std::int64_t>(scratch.size()), layer.guard);
  auto rebound = *bound;
  REQUIRE(rebound.rebind(other_input.span(), other_output.span(), other_scratch.span()).ok());
  rebound.run();
  REQUIRE(difference<Out>(other_output.span(), output.span()) == "");
  return {output.span().begin(), output.span().end()};
}

// The layer on one backend, and on all that the machine can run.
template <template <class...> class Operation, class Types, class Layer, class Reference>
void check_layer(const Layer& layer, Reference reference, const octet::Backend& backend) {
  using Out = typename Types::Out;
  REQUIRE(difference<Out>(run_layer<Operation, Out>(layer, backend),
                          expected_output<Out>(layer, reference)) == "");
}

template <template <class...> class Operation, class Types, class Layer, class Reference>
void check_layer(const Layer& layer, Reference reference) {
  using Out = typename Types::Out;
  const std::vector<Out> expected = expected_output<Out>(layer, reference);
  for_each_backend([&](const octet::Backend& backend) {
    REQUIRE(difference<Out>(run_layer<Operation, Out>(layer, backend), expected) == "");
  });
}

// The layer in up to as many parts as `parts` says equals its run in one, in scratch memory of
// exactly the size asked for and whoever runs the parts.
template <template <class...> class Operation, class Types, class Layer>
void check_parts(const Layer& layer, const octet::Backend& backend, std::int32_t parts) {
  using In = typename Types::In;
  using Out = typename Types::Out;
  using Prepared = Operation<In, Out>;
  const PreparedLayer<Prepared> prepared(layer, backend);
  REQUIRE(prepared.operation.status().code == octet::StatusCode::ok);
  const std::size_t bytes = prepared.operation->scratch_bytes(parts);
  REQUIRE(Prepared::scratch_bytes(layer.params, backend, parts) == bytes);
  REQUIRE(Prepared::max_scratch_bytes(layer.params, parts) >= bytes);
  GuardedBuffer<std::byte> scratch(static_cast<std::int64_t>(bytes), layer.guard);
  std::int32_t calls = 0;
  const auto run = [&](const auto& parallel_for) {
    GuardedBuffer<Out> output(layer.output_size, layer.guard);
    const auto bound = prepared.operation->bind(std::span<const In>(layer.input), output.span(),
                                                scratch.span(), parts);
    REQUIRE(bound.status().code == octet::StatusCode::ok);
    bound->run(parallel_for);
    return std::vector<Out>(output.span().begin(), output.span().end());
  };
  const auto backwards = run([&](std::int32_t count, const auto& body) {
    calls = count;
    for (std::int32_t i = count; i-- > 0;) body(i);
  });
  const auto threads = run([](std::int32_t count, const auto& body) {
    std::vector<std::thread> workers;
    for (std::int32_t i = 0; i < count; ++i) workers.emplace_back([&body, i] { body(i); });
    for (std::thread& worker : workers) worker.join();
  });
  const std::vector<Out> expected = run_layer<Operation, Out>(layer, backend);
  CAPTURE(parts, calls);
  REQUIRE(calls <= parts);
  REQUIRE(calls != 1);  // nobody is asked to run a single part
  REQUIRE(difference<Out>(backwards, expected) == "");
  REQUIRE(difference<Out>(threads, expected) == "");
}

// For every backend and up to 7 parts.
template <template <class...> class Operation, class Types, class Layer>
void check_parts(const Layer& layer) {
  for_each_backend([&](const octet::Backend& backend) {
    for (std::int32_t parts = 1; parts <= 7; ++parts) {
      check_parts<Operation, Types>(layer, backend, parts);
    }
  });
}

// One prepared operation, run by two threads at once, each with its own input, output and scratch.
template <template <class...> class Operation, class Types, class Layer, class Reference>
void check_reentrancy(const Layer& layer, Reference reference, const octet::Backend& backend) {
  using In = typename Types::In;
  using Out = typename Types::Out;
  const PreparedLayer<Operation<In, Out>> prepared(layer, backend);
  REQUIRE(prepared.operation.status().code == octet::StatusCode::ok);
  constexpr int kThreads = 2, kRuns = 20;
  std::vector<Out> outputs[kThreads], expected[kThreads];
  std::thread threads[kThreads];
  std::atomic<bool> bound_all = true;
  for (int t = 0; t < kThreads; ++t) {
    Layer own = layer;
    if (t > 0) std::rotate(own.input.begin(), own.input.begin() + 1, own.input.end());
    expected[t] = expected_output<Out>(own, reference);
    threads[t] = std::thread([&prepared, &bound_all, &output = outputs[t], own] {
      for (int run = 0; run < kRuns; ++run) {
        GuardedBuffer<Out> memory(own.output_size, own.guard);
        GuardedBuffer<std::byte> scratch(
            static_cast<std::int64_t>(prepared.operation->scratch_bytes()), own.guard);
        const auto bound =
            prepared.operation->bind(std::span<const In>(own.input), memory.span(), scratch.span());
        if (!bound) {
          bound_all = false;
          return;
        }
        bound->run();
        output.assign(memory.span().begin(), memory.span().end());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  REQUIRE(bound_all);
  for (int t = 0; t < kThreads; ++t) REQUIRE(difference<Out>(outputs[t], expected[t]) == "");
}

// Refusals ---------------------------------------------------------------------------------------

// What an operation is given. Refusals start from valid arguments and make one of them wrong.
template <class OperationType, class ParamsType, class InType, class OutType>
struct Arguments {
  using Operation = OperationType;
  using In = InType;
  using Out = OutType;

  ParamsType params = {};
  std::span<const std::int8_t> filter = {};
  std::span<const std::int32_t> bias = {};
  std::span<std::byte> packed = {};
  std::span<const In> input = {};
  std::span<Out> output = {};
  std::span<std::byte> scratch = {};
  std::int32_t parts = 1;

  octet::Status status(const octet::Backend& backend) const {
    const auto operation = Operation::prepare(params, filter, bias, packed, backend);
    if (!operation) return operation.status();
    return operation->bind(input, output, scratch, parts).status();
  }
};

// Memory for arguments whose params are set: operands of ones, and `packed` and `scratch` of
// exactly the bytes asked for, with more behind them so that a span moved by a few bytes stays
// inside.
template <class Arguments>
class ArgumentMemory {
 public:
  ArgumentMemory(Arguments& arguments, std::size_t input, std::size_t filter, std::size_t bias,
                 std::size_t output, const octet::Backend& backend)
      : input_(input, 1), filter_(filter, 1), bias_(bias, 1), output_(output) {
    arguments.input = input_;
    arguments.filter = filter_;
    arguments.bias = bias_;
    arguments.output = output_;
    using Operation = typename Arguments::Operation;
    arguments.packed = packed_.span().first(Operation::packed_bytes(arguments.params, backend));
    arguments.scratch = scratch_.span().first(Operation::scratch_bytes(arguments.params, backend));
  }

 private:
  std::vector<typename Arguments::In> input_;
  std::vector<std::int8_t> filter_;
  std::vector<std::int32_t> bias_;
  std::vector<typename Arguments::Out> output_;
  GuardedBuffer<std::byte> packed_{1 << 16, Guard::before}, scratch_{1 << 16, Guard::before};
};

// Lets `packed` reach into the memory behind it. A product of more rows may want the same weights
// in another layout.
template <class Arguments>
void extend_packed(Arguments& arguments) {
  arguments.packed = {arguments.packed.data(), 1 << 12};
}

template <class Arguments>
struct Refusal {
  octet::StatusCode code;
  std::string argument;
  std::function<void(Arguments&)> change;
};

// A span that says it has elements and has none.
template <class T>
std::span<T> null_span(std::size_t size) {
  return {static_cast<T*>(nullptr), size};
}

// The refusals of a filter that is dense: it has the size of its shape.
template <class Arguments>
std::vector<Refusal<Arguments>> filter_refusals() {
  return {{octet::StatusCode::size_mismatch, "filter", [](auto& a) {
             a.filter = {a.filter.data(), a.filter.size() + 1};
           }}};
}

// The refusals of memory, the same for every operation; `bias` must not be empty.
template <class Arguments>
std::vector<Refusal<Arguments>> memory_refusals(const char* filter, const char* input,
                                                const char* output) {
  using enum octet::StatusCode;
  using In = typename Arguments::In;
  using Out = typename Arguments::Out;
  const auto shorter = [](auto& span) { span = span.first(span.size() - 1); };
  return {
      {null_pointer, filter, [](auto& a) { a.filter = {}; }},
      {null_pointer, filter, [](auto& a) { a.filter = null_span<const std::int8_t>(1000); }},
      {buffer_too_small, filter, [=](auto& a) { shorter(a.filter); }},
      {null_pointer, "bias",
       [](auto& a) { a.bias = null_span<const std::int32_t>(a.bias.size()); }},
      {buffer_too_small, "bias", [=](auto& a) { shorter(a.bias); }},
      {size_mismatch, "bias",
       [](auto& a) {
         a.bias = {a.bias.data(), a.bias.size() + 1};
       }},
      {null_pointer, "packed", [](auto& a) { a.packed = {}; }},
      {null_pointer, "packed", [](auto& a) { a.packed = null_span<std::byte>(1 << 20); }},
      {buffer_too_small, "packed", [=](auto& a) { shorter(a.packed); }},
      {misaligned, "packed",
       [](auto& a) {
         a.packed = {a.packed.data() + 1, a.packed.size()};
       }},
      {misaligned, "packed",
       [](auto& a) {
         a.packed = {a.packed.data() + 32, a.packed.size()};
       }},
      {overlap, "packed",
       [](auto& a) {
         a.filter = {reinterpret_cast<const std::int8_t*>(a.packed.data()), a.filter.size()};
       }},
      {overlap, "packed",
       [](auto& a) {
         a.bias = {reinterpret_cast<const std::int32_t*>(a.packed.data()), a.bias.size()};
       }},
      {null_pointer, input, [](auto& a) { a.input = {}; }},
      {null_pointer, input, [](auto& a) { a.input = null_span<const In>(1000); }},
      {buffer_too_small, input, [=](auto& a) { shorter(a.input); }},
      {null_pointer, output, [](auto& a) { a.output = {}; }},
      {null_pointer, output, [](auto& a) { a.output = null_span<Out>(1000); }},
      {buffer_too_small, output, [=](auto& a) { shorter(a.output); }},
      {null_pointer, "scratch", [](auto& a) { a.scratch = {}; }},
      {null_pointer, "scratch", [](auto& a) { a.scratch = null_span<std::byte>(1 << 20); }},
      {buffer_too_small, "scratch", [=](auto& a) { shorter(a.scratch); }},
      {misaligned, "scratch",
       [](auto& a) {
         a.scratch = {a.scratch.data() + 1, a.scratch.size()};
       }},
      {invalid_shape, "parts", [](auto& a) { a.parts = 0; }},
      {invalid_shape, "parts", [](auto& a) { a.parts = -1; }},
      {invalid_shape, "parts", [](auto& a) { a.parts = std::numeric_limits<std::int32_t>::min(); }},
      {buffer_too_small, "scratch", [](auto& a) { a.parts = 2; }},
      {buffer_too_small, "scratch",
       [](auto& a) { a.parts = std::numeric_limits<std::int32_t>::max(); }},
      {overlap, output,
       [](auto& a) {
         a.input = {reinterpret_cast<const In*>(a.output.data()), a.input.size()};
       }},
      {overlap, output,
       [](auto& a) {
         a.output = {reinterpret_cast<Out*>(a.packed.data()), a.output.size()};
       }},
      {overlap, output,
       [](auto& a) {
         a.output = {reinterpret_cast<Out*>(a.scratch.data()), a.output.size()};
       }},
      {overlap, "scratch",
       [](auto& a) {
         a.scratch = {a.packed.data(), a.scratch.size()};
       }},
      {overlap, "scratch",
       [](auto& a) {
         a.input = {reinterpret_cast<const In*>(a.scratch.data()), a.input.size()};
       }},
  };
}

// The refusals of an output stage for int8 outputs, the same for every operation.
template <class Arguments>
std::vector<Refusal<Arguments>> output_refusals() {
  using enum octet::StatusCode;
  static constexpr std::int32_t kMultipliers[] = {(1 << 30) - 1, 1, -1, -(1 << 30),
                                                  std::numeric_limits<std::int32_t>::min()};
  static constexpr std::int32_t kShifts[] = {-32, 31, std::numeric_limits<std::int32_t>::min(),
                                             std::numeric_limits<std::int32_t>::max()};
  std::vector<Refusal<Arguments>> refusals = {
      {zero_point_out_of_range, "output.zero_point",
       [](auto& a) { a.params.output.zero_point = 128; }},
      {zero_point_out_of_range, "output.zero_point",
       [](auto& a) { a.params.output.zero_point = -129; }},
      {clamp_out_of_range, "output.min", [](auto& a) { a.params.output.min = -129; }},
      {clamp_out_of_range, "output.min", [](auto& a) { a.params.output.min = 128; }},
      {clamp_out_of_range, "output.max", [](auto& a) { a.params.output.max = -129; }},
      {clamp_out_of_range, "output.max", [](auto& a) { a.params.output.max = 128; }},
      {clamp_out_of_range, "output.min",
       [](auto& a) {
         a.params.output.min = 5;
         a.params.output.max = 4;
       }},
      {channel_count_mismatch, "output.multiplier",
       [](auto& a) { a.params.output.multiplier = {}; }},
      {channel_count_mismatch, "output.multiplier",
       [](auto& a) { a.params.output.multiplier = std::span(kMultipliers).first(2); }},
      {channel_count_mismatch, "output.shift", [](auto& a) { a.params.output.shift = {}; }},
      {channel_count_mismatch, "output.shift",
       [](auto& a) { a.params.output.shift = std::span(kShifts).first(2); }},
      {null_pointer, "output.multiplier",
       [](auto& a) { a.params.output.multiplier = null_span<const std::int32_t>(1); }},
      {null_pointer, "output.shift",
       [](auto& a) { a.params.output.shift = null_span<const std::int32_t>(1); }},
  };
  for (const std::int32_t& value : kMultipliers) {
    refusals.push_back({multiplier_out_of_range, "output.multiplier", [&value](auto& a) {
                          a.params.output.multiplier = {&value, 1};
                        }});
  }
  for (const std::int32_t& value : kShifts) {
    refusals.push_back({shift_out_of_range, "output.shift", [&value](auto& a) {
                          a.params.output.shift = {&value, 1};
                        }});
  }
  return refusals;
}

// Nothing but accumulators can be asked of int32 outputs.
template <class Arguments>
std::vector<Refusal<Arguments>> raw_output_refusals() {
  using enum octet::StatusCode;
  static constexpr std::int32_t kOne[] = {1 << 30};
  return {
      {unsupported, "output.zero_point", [](auto& a) { a.params.output.zero_point = 1; }},
      {unsupported, "output.min", [](auto& a) { a.params.output.min = -1000; }},
      {unsupported, "output.max", [](auto& a) { a.params.output.max = 1000; }},
      {unsupported, "output.multiplier", [](auto& a) { a.params.output.multiplier = kOne; }},
      {unsupported, "output.shift", [](auto& a) { a.params.output.shift = kOne; }},
  };
}

// What bind refuses, rebind refuses: other memory than `valid` has, for the same operation.
template <class Arguments>
void check_rebind(const Arguments& valid, const Arguments& changed, const octet::Backend& backend) {
  const auto operation = Arguments::Operation::prepare(changed.params, changed.filter, changed.bias,
                                                       changed.packed, backend);
  if (!operation || changed.parts != valid.parts) return;
  auto bound = operation->bind(valid.input, valid.output, valid.scratch, valid.parts);
  if (!bound) return;
  const octet::Status status = bound->rebind(changed.input, changed.output, changed.scratch);
  const octet::Status expected = changed.status(backend);
  CHECK(status.code == expected.code);
  CHECK(std::string(status.argument) == expected.argument);
  CHECK(bound->rebind(valid.input, valid.output, valid.scratch).ok());
}

template <class Arguments>
void check_refusals(const Arguments& valid, const octet::Backend& backend,
                    const std::vector<Refusal<Arguments>>& refusals) {
  INFO("backend " << backend.name);
  const octet::StatusCode valid_code =
      backend.available() ? octet::StatusCode::ok : octet::StatusCode::backend_unavailable;
  REQUIRE(valid.status(backend).code == valid_code);
  for (std::size_t i = 0; i < refusals.size(); ++i) {
    CAPTURE(i);
    Arguments changed = valid;
    refusals[i].change(changed);
    const octet::Status status = changed.status(backend);
    CHECK(std::string(to_string(status.code)) == to_string(refusals[i].code));
    CHECK(status.argument == refusals[i].argument);
    check_rebind(valid, changed, backend);
    // Without memory for packed weights the same is said of everything else.
    const octet::Status early =
        Arguments::Operation::validate(changed.params, changed.filter, changed.bias);
    const bool of_memory = Arguments::Operation::prepare(changed.params, changed.filter,
                                                         changed.bias, changed.packed, backend) ||
                           std::string(status.argument) == "packed";
    CHECK(early.ok() == of_memory);
    if (!early.ok()) CHECK(std::string(early.argument) == status.argument);
  }
}
