// SPDX-License-Identifier: Apache-2.0
// What operations with constant weights refuse, and with which words: starting from valid
// arguments, one of them is made wrong.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "support/products.hpp"
#include "support/refusal.hpp"

constexpr std::int32_t kHuge = std::numeric_limits<std::int32_t>::max();
// As much as a tensor of some elements in each place may have: less where pointers have 32 bits.
constexpr auto kMany =
    static_cast<std::int32_t>(std::min<std::int64_t>(octet::check::kMaxElements / 64, kHuge));

template <class Params>
struct Arguments : Operands {
  Params params = {};
};

// Valid arguments: operands of ones, and `packed` and `scratch` of exactly the bytes asked for,
// with more behind them so that a span moved by a few bytes stays inside.
template <class Product>
class ValidArguments {
 public:
  using Params = typename Product::Params;

  ValidArguments(const TypedProduct<Product>& product, const Params& params,
                 const octet::Backend& backend)
      : filter_(static_cast<std::size_t>(Product::weights(params)), 1),
        bias_(product.bias, Product::channels(params), Guard::before),
        input_(product.in, Product::inputs(params), Guard::before),
        output_(product.out, Product::outputs(params), Guard::before) {
    static constexpr std::int32_t kMultiplier[] = {1 << 30}, kShift[] = {-8};
    const ProductBytes bytes = product.bytes(params, backend, 1);
    product.bias.store(std::vector<std::int32_t>(bias_.elements().size, 1), bias_.elements().data);
    product.in.store(std::vector<std::int32_t>(input_.elements().size, 1), input_.elements().data);
    arguments.params = params;
    if (product.requantizes()) {
      arguments.params.output.multiplier = kMultiplier;
      arguments.params.output.shift = kShift;
    }
    arguments.filter = filter_;
    arguments.bias = bias_.elements();
    arguments.packed = packed_.span().first(bytes.packed);
    arguments.input = input_.elements();
    arguments.output = output_.elements();
    arguments.scratch = scratch_.span().first(bytes.scratch);
  }

  Arguments<Params> arguments;

 private:
  std::vector<std::int8_t> filter_;
  GuardedElements bias_, input_, output_;
  GuardedBuffer<std::byte> packed_{1 << 16, Guard::before}, scratch_{1 << 16, Guard::before};
};

// A span that says it has elements and has none.
template <class T>
std::span<T> null_span(std::size_t size) {
  return {static_cast<T*>(nullptr), size};
}

// As many elements, elsewhere.
template <class T>
std::span<T> moved_to(std::byte* data, std::span<T> span) {
  return {reinterpret_cast<T*>(data), span.size()};
}

template <class T>
void shorten(std::span<T>& span) {
  span = span.first(span.size() - 1);
}

template <std::int32_t kValue>
std::span<const std::int32_t> one_value() {
  static constexpr std::int32_t kValues[] = {kValue};
  return kValues;
}

// The refusals of zero points.
template <class Params>
Refusals<Params> zero_point_refusals() {
  using enum octet::StatusCode;
  Refusals<Params> result = {
      {zero_point_out_of_range, "input.zero_point", [](auto& p) { p.input.zero_point = 128; }},
      {zero_point_out_of_range, "input.zero_point", [](auto& p) { p.input.zero_point = -129; }},
      {zero_point_out_of_range, "input.zero_point", [](auto& p) { p.input.zero_point = kHuge; }},
  };
  if constexpr (kHasFilterZeroPoint<Params>) {
    const auto refuse = [&](void (*change)(Params&)) {
      result.push_back({zero_point_out_of_range, "filter.zero_point", change});
    };
    refuse([](auto& p) { p.filter.zero_point = 128; });
    refuse([](auto& p) { p.filter.zero_point = -129; });
    refuse([](auto& p) { p.filter.zero_point = -kHuge - 1; });
  }
  return result;
}

// The refusals of memory.
inline Refusals<Operands> memory_refusals() {
  using enum octet::StatusCode;
  return {
      {null_pointer, "filter", [](auto& a) { a.filter = {}; }},
      {null_pointer, "filter", [](auto& a) { a.filter = null_span<const std::int8_t>(1000); }},
      {buffer_too_small, "filter", [](auto& a) { shorten(a.filter); }},
      {null_pointer, "bias", [](auto& a) { a.bias.data = nullptr; }},
      {buffer_too_small, "bias", [](auto& a) { a.bias.size -= 1; }},
      {size_mismatch, "bias", [](auto& a) { a.bias.size += 1; }},
      {null_pointer, "packed", [](auto& a) { a.packed = {}; }},
      {null_pointer, "packed", [](auto& a) { a.packed = null_span<std::byte>(1 << 20); }},
      {buffer_too_small, "packed", [](auto& a) { shorten(a.packed); }},
      {misaligned, "packed", [](auto& a) { a.packed = moved_to(a.packed.data() + 1, a.packed); }},
      {misaligned, "packed", [](auto& a) { a.packed = moved_to(a.packed.data() + 32, a.packed); }},
      {overlap, "packed", [](auto& a) { a.filter = moved_to(a.packed.data(), a.filter); }},
      {overlap, "packed", [](auto& a) { a.bias.data = a.packed.data(); }},
      {null_pointer, "input", [](auto& a) { a.input = {}; }},
      {null_pointer, "input", [](auto& a) { a.input.data = nullptr; }},
      {buffer_too_small, "input", [](auto& a) { a.input.size -= 1; }},
      {null_pointer, "output", [](auto& a) { a.output = {}; }},
      {null_pointer, "output", [](auto& a) { a.output.data = nullptr; }},
      {buffer_too_small, "output", [](auto& a) { a.output.size -= 1; }},
      {null_pointer, "scratch", [](auto& a) { a.scratch = {}; }},
      {null_pointer, "scratch", [](auto& a) { a.scratch = null_span<std::byte>(1 << 20); }},
      {buffer_too_small, "scratch", [](auto& a) { shorten(a.scratch); }},
      {misaligned, "scratch",
       [](auto& a) { a.scratch = moved_to(a.scratch.data() + 1, a.scratch); }},
      {invalid_shape, "parts", [](auto& a) { a.parts = 0; }},
      {invalid_shape, "parts", [](auto& a) { a.parts = -1; }},
      {invalid_shape, "parts", [](auto& a) { a.parts = std::numeric_limits<std::int32_t>::min(); }},
      {buffer_too_small, "scratch", [](auto& a) { a.parts = 2; }},
      {buffer_too_small, "scratch",
       [](auto& a) { a.parts = std::numeric_limits<std::int32_t>::max(); }},
      {overlap, "output", [](auto& a) { a.input.data = a.output.data; }},
      {overlap, "output", [](auto& a) { a.output.data = a.packed.data(); }},
      {overlap, "output", [](auto& a) { a.output.data = a.scratch.data(); }},
      {overlap, "scratch", [](auto& a) { a.scratch = moved_to(a.packed.data(), a.scratch); }},
      {overlap, "scratch", [](auto& a) { a.input.data = a.scratch.data(); }},
  };
}

template <class Params>
constexpr bool kHasFilterStride = requires(Params params) {
  params.filter.stride;
};

// Of a filter that is dense: it has the size of its shape.
inline Refusals<Operands> dense_filter_refusals() {
  return {{octet::StatusCode::size_mismatch, "filter", [](auto& a) {
             a.filter = {a.filter.data(), a.filter.size() + 1};
           }}};
}

// The refusals of an output stage for int8 outputs.
inline Refusals<octet::OutputStage> stage_refusals() {
  using enum octet::StatusCode;
  using Change = void (*)(octet::OutputStage&);
  const auto multiplier = [](Change change) {
    return Refusal<octet::OutputStage>{multiplier_out_of_range, "output.multiplier", change};
  };
  const auto shift = [](Change change) {
    return Refusal<octet::OutputStage>{shift_out_of_range, "output.shift", change};
  };
  return {
      {zero_point_out_of_range, "output.zero_point", [](auto& stage) { stage.zero_point = 128; }},
      {zero_point_out_of_range, "output.zero_point", [](auto& stage) { stage.zero_point = -129; }},
      {clamp_out_of_range, "output.min", [](auto& stage) { stage.min = -129; }},
      {clamp_out_of_range, "output.min", [](auto& stage) { stage.min = 128; }},
      {clamp_out_of_range, "output.max", [](auto& stage) { stage.max = -129; }},
      {clamp_out_of_range, "output.max", [](auto& stage) { stage.max = 128; }},
      {clamp_out_of_range, "output.min",
       [](auto& stage) {
         stage.min = 5;
         stage.max = 4;
       }},
      {unsupported, "output.rounding",
       [](auto& stage) { stage.rounding = static_cast<octet::Rounding>(6); }},
      {channel_count_mismatch, "output.multiplier", [](auto& stage) { stage.multiplier = {}; }},
      {channel_count_mismatch, "output.multiplier",
       [](auto& stage) {
         static constexpr std::int32_t kTwo[] = {1 << 30, 1 << 30};
         stage.multiplier = kTwo;
       }},
      {channel_count_mismatch, "output.shift", [](auto& stage) { stage.shift = {}; }},
      {channel_count_mismatch, "output.shift",
       [](auto& stage) {
         static constexpr std::int32_t kTwo[] = {-8, -8};
         stage.shift = kTwo;
       }},
      {null_pointer, "output.multiplier",
       [](auto& stage) { stage.multiplier = null_span<const std::int32_t>(1); }},
      {null_pointer, "output.shift",
       [](auto& stage) { stage.shift = null_span<const std::int32_t>(1); }},
      multiplier([](auto& stage) { stage.multiplier = one_value<(1 << 30) - 1>(); }),
      multiplier([](auto& stage) { stage.multiplier = one_value<1>(); }),
      multiplier([](auto& stage) { stage.multiplier = one_value<-1>(); }),
      multiplier([](auto& stage) { stage.multiplier = one_value<-(1 << 30)>(); }),
      multiplier([](auto& stage) { stage.multiplier = one_value<-kHuge - 1>(); }),
      shift([](auto& stage) { stage.shift = one_value<-32>(); }),
      shift([](auto& stage) { stage.shift = one_value<31>(); }),
      shift([](auto& stage) { stage.shift = one_value<-kHuge - 1>(); }),
      shift([](auto& stage) { stage.shift = one_value<kHuge>(); }),
  };
}

// Nothing but accumulators can be asked of int32 outputs.
inline Refusals<octet::OutputStage> raw_output_refusals() {
  using enum octet::StatusCode;
  return {
      {unsupported, "output.zero_point", [](auto& stage) { stage.zero_point = 1; }},
      {unsupported, "output.min", [](auto& stage) { stage.min = -1000; }},
      {unsupported, "output.max", [](auto& stage) { stage.max = 1000; }},
      {unsupported, "output.multiplier",
       [](auto& stage) { stage.multiplier = one_value<1 << 30>(); }},
      {unsupported, "output.shift", [](auto& stage) { stage.shift = one_value<1 << 30>(); }},
  };
}

inline Refusals<Operands> overflow_refusals() {
  return {{octet::StatusCode::accumulator_overflow, "filter",
           [](auto& a) { a.bias.template as<std::int32_t>().back() = -kHuge - 1; }}};
}

inline void check_status(const octet::Status& status, octet::StatusCode code,
                         const std::string& argument) {
  CHECK(std::string(to_string(status.code)) == to_string(code));
  CHECK(status.argument == argument);
}

// What bind refuses, rebind refuses: other memory than `valid` has, for the same operation.
template <class Params>
void check_rebind(const Prepared& prepared, const Arguments<Params>& valid,
                  const Arguments<Params>& changed, const octet::Status& expected) {
  if (changed.parts != valid.parts) return;
  const auto bound = prepared.bind(valid);
  if (!bound) return;
  check_status((*bound)->rebind(changed), expected.code, expected.argument);
  CHECK((*bound)->rebind(valid).ok());
}

template <class Product, class Params>
void check_refused(const TypedProduct<Product>& product, const Arguments<Params>& valid,
                   const Arguments<Params>& changed, const octet::Backend& backend,
                   octet::StatusCode code, const std::string& argument) {
  using enum octet::StatusCode;
  const auto prepared = product.prepare(changed.params, changed, backend);
  const octet::Status status = prepared ? (*prepared)->bind(changed).status() : prepared.status();
  check_status(status, code, argument);
  if (prepared) check_rebind(**prepared, valid, changed, status);
  // Without memory for packed weights the same is said of everything else.
  const octet::Status early = product.validate(changed.params, changed);
  CHECK(early.ok() == (prepared || argument == "packed"));
  if (!early.ok()) check_status(early, status.code, status.argument);
  // Shapes that are refused ask for no memory.
  if (!prepared && (code == invalid_shape || code == invalid_stride || code == invalid_dilation ||
                    code == invalid_padding)) {
    const ProductBytes bytes = product.bytes(changed.params, backend, 1);
    CHECK(bytes.packed == 0);
    CHECK(bytes.scratch == 0);
  }
}

template <class Changed, class Params>
Changed& part_of(Arguments<Params>& arguments) {
  if constexpr (std::is_same_v<Changed, Params>) {
    return arguments.params;
  } else if constexpr (std::is_same_v<Changed, octet::OutputStage>) {
    return arguments.params.output;
  } else {
    return arguments;
  }
}

template <class Product, class Changed>
void check_refusals(const TypedProduct<Product>& product, const typename Product::Params& params,
                    const Refusals<Changed>& refusals) {
  for (const octet::Backend* backend : octet::kBackends) {
    for (std::size_t i = 0; i < refusals.size(); ++i) {
      INFO("backend " << backend->name << ", refusal " << i);
      ValidArguments<Product> memory(product, params, *backend);
      const auto valid = product.prepare(memory.arguments.params, memory.arguments, *backend);
      REQUIRE(valid.status().ok());
      REQUIRE(
          (*valid)->bind(memory.arguments).status().code ==
          (backend->available() ? octet::StatusCode::ok : octet::StatusCode::backend_unavailable));
      auto changed = memory.arguments;
      // A product of more rows may want the same weights in another layout.
      if (std::is_same_v<Changed, typename Product::Params>) {
        changed.packed = {changed.packed.data(), 1 << 12};
      }
      refusals[i].change(part_of<Changed>(changed));
      check_refused(product, memory.arguments, changed, *backend, refusals[i].code,
                    refusals[i].argument);
    }
  }
}
