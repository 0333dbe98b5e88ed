// SPDX-License-Identifier: Apache-2.0
// Operations that move elements and compute nothing: preparing, binding and running all of them.
// Any type of 1, 2, 4 or 8 bytes will do, and no backend is asked for: memcpy is the kernel.
//
// An operation of one input and one output is a struct with
//
//   Params, kName                 reference/; its name for messages
//   validate<T>(params)           what it refuses beyond the input's shape
//   plan(params)                  the StridedCopy that it is, or
//   copies(params), plan(params, k)   how many it is, and each of them, planned while it runs, or
//   copy(params, input, output)   what it does, where that is no StridedCopy
//   filled_with(params)           optional: what elements of the output are that copies leave out;
//                                 each of them writes its part of it from the first element on
//   fill<T>(params, output)       optional: writes the elements that were not copied in another way
//
// An operation that joins many inputs or cuts one into many outputs has
//
//   Params, kName
//   validate(params)
//   plan(params)                  the MoveParts that it is
#pragma once

#include <algorithm>
#include <cassert>
#include <limits>
#include <span>
#include <type_traits>

#include "octet/detail/check_memory.hpp"
#include "octet/family/operation.hpp"
#include "octet/family/plain.hpp"
#include "octet/kernel/move/strided_copy.hpp"

namespace octet::inline OCTET_BASELINE::family {

template <class T>
concept Movable = std::is_trivially_copyable_v<T> &&
    (sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8);

// Elements before and behind dimension d of that extent: at most `most` each, and no more than
// 2^31 - 1 with the dimension's own.
constexpr Status check_padding(std::int32_t d, std::int32_t extent, std::int32_t before,
                               std::int32_t after, std::int64_t most = check::kHighestInt32) {
  constexpr auto& kBefore = check::kEntryNames<"before">;
  constexpr auto& kAfter = check::kEntryNames<"after">;
  const auto at_most = [&](std::int64_t room) { return room < most ? room : most; };
  const std::int64_t room = check::kHighestInt32 - extent;
  return check::first_refusal(
      {check::range(StatusCode::invalid_padding, kBefore[d], before, 0, at_most(room)),
       check::range(StatusCode::invalid_padding, kAfter[d], after, 0, at_most(room - before))});
}

// The whole input to a place inside of the output, `before` elements from its first ones.
constexpr StridedCopy copy_inside(const Shape& input, const Shape& output,
                                  const std::int32_t (&before)[kMaxRank]) {
  const Strides in(input), out(output);
  StridedCopy copy;
  for (std::int32_t d = 0; d < input.rank; ++d) {
    copy.output_first += before[d] * out[d];
    copy.add_loop(input.extent[d], in[d], out[d]);
  }
  return copy;
}

// What is filled in is an element.
template <class T>
constexpr Status check_value(std::int64_t value) {
  constexpr auto lowest = static_cast<std::int64_t>(std::numeric_limits<T>::min());
  constexpr auto highest = static_cast<std::int64_t>(std::numeric_limits<T>::max() &
                                                     std::numeric_limits<std::int64_t>::max());
  return check::range(StatusCode::zero_point_out_of_range, "value", value, lowest, highest);
}

template <class Operation, class T>
constexpr Status validate_move(const typename Operation::Params& p) {
  if (const Status s = check::input_shape(p.input); !s.ok()) return s;
  return Operation::template validate<T>(p);
}

template <class Operation, class T>
class Move : public Plain<Move<Operation, T>, Operation, T, T> {
  static_assert(Movable<T>, "elements of 1, 2, 4 or 8 bytes can be moved");

 public:
  using typename Move::Plain::Params;

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) { return validate_move<Operation, T>(p); }

 private:
  friend typename Move::Plain;
  friend typename Move::Bound;

  static constexpr bool kIsMany = requires(const Params& p) { Operation::copies(p); };
  static constexpr bool kIsOwn = requires(const Params& p, const T* input, T* output) {
    Operation::copy(p, input, output);
  };

  static constexpr bool kFills = requires(const Params& p) { Operation::filled_with(p); };

  void set_up([[maybe_unused]] const Params& params) {
    if constexpr (!kIsMany && !kIsOwn) copy_ = planned(Operation::plan(params));
  }

  void run(const T* input, T* output) const {
    if constexpr (kIsOwn) {
      Operation::copy(this->params_, input, output);
    } else if constexpr (kIsMany) {
      const std::int64_t copies = Operation::copies(this->params_);
      const std::int64_t part = this->outputs_ / copies;
      for (std::int64_t k = 0; k < copies; ++k) {
        run_copy(planned(Operation::plan(this->params_, k)), input, output, k * part, part);
      }
    } else {
      run_copy(copy_, input, output, 0, this->outputs_);
    }
    if constexpr (requires { Operation::fill(this->params_, output); }) {
      Operation::fill(this->params_, output);
    }
  }

  static constexpr StridedCopy planned(const StridedCopy& copy) {
    return kFills ? copy.with_runs() : copy.in_best_order();
  }
  // A copy and the part of the output that it fills, if it does.
  void run_copy(const StridedCopy& copy, const T* input, T* output,
                [[maybe_unused]] std::int64_t first, [[maybe_unused]] std::int64_t size) const {
    if constexpr (kFills) {
      detail::run_copy_and_fill(copy, input, static_cast<T>(Operation::filled_with(this->params_)),
                                output, output + first, output + first + size);
    } else {
      detail::run_copy(copy, input, output);
    }
  }

  StridedCopy copy_;
};

// Tensors that lie side by side along a dimension of a larger one: in each of its rows, `row`
// elements long, they have `width` elements.
struct MoveParts {
  std::int64_t rows = 1, row = 0;
  std::int32_t count = 0;
  std::int64_t width[kMaxOperands] = {};

  constexpr MoveParts() = default;
  constexpr MoveParts(const Shape& whole, std::int32_t axis) {
    for (std::int32_t d = 0; d < axis; ++d) rows *= whole.extent[d];
    row = whole.size() / rows;
    inner_ = row / whole.extent[axis];
  }
  // The next of them.
  constexpr void add(std::int64_t extent) { width[count++] = extent * inner_; }

 private:
  std::int64_t inner_ = 0;
};

template <class Operation, class T, bool kJoins>
class MoveMany {
  static_assert(Movable<T>, "elements of 1, 2, 4 or 8 bytes can be moved");

  using Whole = std::conditional_t<kJoins, T, const T>;
  using Part = std::conditional_t<kJoins, const T, T>;
  using Parts = std::span<const std::span<Part>>;

  // Whether the operation computes of its parts what others put side by side. It has a class for
  // that: Combination(params, backend...), its ready(), and its call with the parts and the whole.
  static constexpr bool kCombines = requires { typename Operation::Combination; };
  template <class Of>
  struct CombinationOf {
    struct Type {};
  };
  template <class Of>
  requires requires { typename Of::Combination; }
  struct CombinationOf<Of> {
    using Type = typename Of::Combination;
  };
  using Combination = typename CombinationOf<Operation>::Type;

 public:
  using Params = typename Operation::Params;
  // One span, or an array of them.
  using Inputs = std::conditional_t<kJoins, Parts, std::span<const T>>;
  using Outputs = std::conditional_t<kJoins, std::span<T>, Parts>;

  // The operation bound to memory; it refers to what it was prepared from, but not to the array of
  // spans. Re-entrant as long as the outputs are not shared.
  class Bound {
   public:
    void run() const {
      assert(operation_ != nullptr && "run of what was never bound: look at the status of bind");
      operation_->run(whole_, parts_);
    }

    // Other memory, with the checks of bind; where they refuse, the memory stays as it was.
    Status rebind(Inputs inputs, Outputs outputs) {
      if (operation_ == nullptr) return {StatusCode::not_prepared, Operation::kName};
      return set(*operation_, inputs, outputs);
    }

   private:
    friend class MoveMany;

    Status set(const MoveMany& operation, Inputs inputs, Outputs outputs) {
      if constexpr (kJoins) {
        return set_parts(operation, outputs, inputs);
      } else {
        return set_parts(operation, inputs, outputs);
      }
    }
    Status set_parts(const MoveMany& operation, std::span<Whole> whole, Parts parts) {
      if (const Status s = operation.check_memory(whole, parts); !s.ok()) return s;
      operation_ = &operation;
      whole_ = whole.data();
      for (std::size_t k = 0; k < parts.size(); ++k) parts_[k] = parts[k].data();
      return {};
    }

    const MoveMany* operation_ = nullptr;
    Whole* whole_ = nullptr;
    Part* parts_[kMaxOperands] = {};
  };

  // All that prepare may refuse.
  static constexpr Status validate(const Params& p) { return Operation::validate(p); }

  // For a backend, if the operation combines.
  template <class... For>
  static Result<MoveMany> prepare(const Params& params, const For&... backend) {
    if (const Status s = validate(params); !s.ok()) return {s};
    MoveMany operation;
    if constexpr (kCombines) operation.combination_ = Combination(params, backend...);
    operation.plan_ = Operation::plan(params);
    return {{}, operation};
  }

  Result<Bound> bind(Inputs inputs, Outputs outputs) const {
    if (plan_.count == 0) return {{StatusCode::not_prepared, Operation::kName}};
    if constexpr (kCombines) {
      if (const Status s = combination_.ready(); !s.ok()) return {s};
    }
    Result<Bound> bound;
    bound.state = bound.content.set(*this, inputs, outputs);
    return bound;
  }

 private:
  Status check_memory(std::span<Whole> whole, Parts parts) const {
    constexpr const char* kWhole = kJoins ? "output" : "input";
    constexpr const char* kParts = kJoins ? "inputs" : "outputs";
    const auto count = static_cast<std::int64_t>(parts.size());
    if (const Status s = check::equal(kParts, count, plan_.count); !s.ok()) return s;
    const std::int64_t size = plan_.rows * plan_.row;
    if (const Status s = check::buffer(kWhole, whole, size); !s.ok()) return s;
    const check::Used used(whole.data(), size);
    for (std::size_t k = 0; k < parts.size(); ++k) {
      const std::int64_t part_size = plan_.rows * plan_.width[k];
      if (const Status s = check::at(k, check::buffer(kParts, parts[k], part_size)); !s.ok()) {
        return s;
      }
      const check::Used part(parts[k].data(), part_size);
      if (const Status s = check::apart(kJoins ? kWhole : kParts, part, {used}); !s.ok()) {
        return kJoins ? s : check::at(k, s);
      }
      // Inputs may be the same, outputs may not.
      for (std::size_t other = 0; other < k && !kJoins; ++other) {
        const check::Used before(parts[other].data(), plan_.rows * plan_.width[other]);
        if (const Status s = check::at(k, check::apart(kParts, part, {before})); !s.ok()) return s;
      }
    }
    return {};
  }

  void run(Whole* whole, Part* const* parts) const {
    if constexpr (kCombines) return combination_(parts, whole);
    detail::RunCopy<T> copies[kMaxOperands];
    for (std::int32_t k = 0; k < plan_.count; ++k) copies[k] = detail::RunCopy<T>(plan_.width[k]);
    const std::int64_t block = detail::kMoveBlock<T> / plan_.row;
    for (std::int64_t first = 0, rows = 0; first < plan_.rows; first += rows) {
      rows = std::clamp<std::int64_t>(block, 1, plan_.rows - first);
      Whole* of_whole = whole + first * plan_.row;
      for (std::int32_t k = 0; k < plan_.count; ++k) {
        const std::int64_t width = plan_.width[k];
        Part* const part = parts[k] + first * width;
        if constexpr (kJoins) {
          copies[k](of_whole, plan_.row, part, width, rows);
        } else {
          copies[k](part, width, of_whole, plan_.row, rows);
        }
        of_whole += width;
      }
    }
  }

  [[no_unique_address]] Combination combination_;
  MoveParts plan_;
};

template <class Operation, class T>
using Join = MoveMany<Operation, T, true>;
template <class Operation, class T>
using Cut = MoveMany<Operation, T, false>;

}  // namespace octet::inline OCTET_BASELINE::family
