// SPDX-License-Identifier: Apache-2.0
// A product that one of two operations computes, as its parameters have it.
#pragma once

#include "octet/family/product.hpp"

namespace octet::inline OCTET_BASELINE::family {

// Operation, but where prefers_alternative(p): there Alternative computes the same from parameters
// of its own, alternative(p). Operation checks the parameters of both, and its depth(p) and
// weight(p, filter) give the products of both in the same order.
template <class Operation, class Alternative>
struct Either : Operation {
  using Params = typename Operation::Params;

  struct Plan {
    bool is_alternative = false;
    union {
      typename Operation::Plan own{};
      typename Alternative::Plan other;
    };

    Plan() {}
    explicit Plan(const typename Operation::Plan& plan) : own(plan) {}
    explicit Plan(const typename Alternative::Plan& plan) : is_alternative(true), other(plan) {}
  };
  union Task {
    typename Operation::Task own;
    typename Alternative::Task other;
  };
  template <class Out>
  union Kernel {
    typename Operation::template Kernel<Out> own;
    typename Alternative::template Kernel<Out> other;
  };

  static constexpr const Layout& layout(const Params& p, const Backend& backend) {
    return *choose(p, [&](auto operation, const auto& own) {
      return &decltype(operation)::layout(own, backend);
    });
  }
  template <class Out>
  static Kernel<Out> kernel(const Params& p, const Backend& backend) {
    if (!Operation::prefers_alternative(p)) {
      return {.own = Operation::template kernel<Out>(p, backend)};
    }
    return {.other = Alternative::template kernel<Out>(Operation::alternative(p), backend)};
  }
  template <class Out>
  static constexpr Epilogue least_epilogue(const Params& p) {
    return choose(p, [](auto operation, const auto& own) {
      return decltype(operation)::template least_epilogue<Out>(own);
    });
  }

  static constexpr std::size_t packed_bytes(const Params& p, const Layout& layout) {
    return choose(p, [&](auto operation, const auto& own) {
      return decltype(operation)::packed_bytes(own, layout);
    });
  }
  static constexpr std::size_t scratch_bytes(const Params& p, const Layout& layout) {
    return choose(p, [&](auto operation, const auto& own) {
      return decltype(operation)::scratch_bytes(own, layout);
    });
  }

  template <class Packing, class Weight>
  static void pack(const Params& p, const Layout& layout, const Packing& packing, Weight weight,
                   std::byte* packed) {
    choose(p, [&](auto operation, const auto& own) {
      decltype(operation)::pack(own, layout, packing, weight, packed);
    });
  }

  template <class In, class Out>
  static Plan plan(const Params& p, const Backend& backend, const PackedWeights& weights) {
    return choose(p, [&](auto operation, const auto& own) {
      return Plan(decltype(operation)::template plan<In, Out>(own, backend, weights));
    });
  }
  static constexpr const char* loop(const Plan& plan) {
    return plan.is_alternative ? Alternative::loop(plan.other) : Operation::loop(plan.own);
  }
  static Partition partition(const Params& p, const Layout& layout) {
    return choose(p, [&](auto operation, const auto& own) {
      return decltype(operation)::partition(own, layout);
    });
  }

  OCTET_INLINE static Task task(const Plan& plan) {
    if (plan.is_alternative) return {.other = Alternative::task(plan.other)};
    return {.own = Operation::task(plan.own)};
  }
  OCTET_INLINE static void bind(Task& task, const Plan& plan, const std::uint8_t* input,
                                void* output, std::byte* scratch) {
    if (plan.is_alternative) {
      return Alternative::bind(task.other, plan.other, input, output, scratch);
    }
    Operation::bind(task.own, plan.own, input, output, scratch);
  }

  template <class Out>
  static void run(const Plan& plan, Kernel<Out> kernel, const Task& task) {
    if (plan.is_alternative) {
      return Alternative::template run<Out>(plan.other, kernel.other, task.other);
    }
    Operation::template run<Out>(plan.own, kernel.own, task.own);
  }
  template <class Out>
  static void run_part(const Plan& plan, Kernel<Out> kernel, const Task& task,
                       const Partition& partition, const Part& part) {
    if (plan.is_alternative) {
      return Alternative::template run_part<Out>(plan.other, kernel.other, task.other, partition,
                                                 part);
    }
    Operation::template run_part<Out>(plan.own, kernel.own, task.own, partition, part);
  }

 private:
  // f(operation, its parameters)
  template <class F>
  static constexpr auto choose(const Params& p, F f) {
    return Operation::prefers_alternative(p) ? f(Alternative(), Operation::alternative(p))
                                             : f(Operation(), p);
  }
};

}  // namespace octet::inline OCTET_BASELINE::family
