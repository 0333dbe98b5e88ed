// SPDX-License-Identifier: Apache-2.0
// Registers one layer for every backend of octet and every peer that offers it, as
// <operation>/<library>[:<backend>]/<types>/<shape>.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "layer.hpp"
#include "measure.hpp"
#include "octet/backends.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "octet/hosted/message.hpp"
#include "peers/peers.hpp"

namespace octet_bench {

template <class Params>
using Int8Layer = Layer<Params, std::int8_t>;
template <class Params>
using Fp32Layer = Layer<Params, std::int32_t>;

// Weights are packed outside of the timed loop; the first result must equal the reference.
template <class Operation, class Params>
void run_octet(benchmark::State& state, const Int8Layer<Params>& layer,
               const octet::Backend& backend) {
  octet::AlignedBuffer packed(Operation::packed_bytes(layer.params(), backend));
  const auto operation =
      Operation::prepare(layer.params(), layer.weights(), layer.bias(), packed.span(), backend);
  if (!operation) return fail(state, octet::to_string(operation.status()));
  octet::AlignedBuffer scratch(operation->scratch_bytes());
  Array<std::int8_t> output(layer.extents().outputs());
  const auto bound = operation->bind(layer.input(), output.span(), scratch.span());
  if (!bound) return fail(state, octet::to_string(bound.status()));

  bound->run();
  const std::int64_t differing = layer.template differing<std::int8_t>(output.span(), 0);
  if (differing != 0) {
    return fail(state, std::to_string(differing) + " outputs differ from the reference");
  }
  const Extents& e = layer.extents();
  measure(state, 2 * e.multiply_adds(), e.input + e.weights + 4 * e.channels + e.outputs(),
          [&] { bound->run(); });
}

// The same for a peer's call, which must have written `output`. Its rounding is its own:
// `tolerance` bounds what that explains, and the counter `differing` tells how many outputs it does
// not.
template <class T, class AnyLayer>
void run_peer(benchmark::State& state, const AnyLayer& layer, const Call& call,
              std::span<const T> output, double tolerance) {
  call();
  const std::int64_t differing = layer.template differing<T>(output, tolerance);
  const Extents& e = layer.extents();
  constexpr std::int64_t size = sizeof(T);
  const std::int64_t bias = static_cast<std::int64_t>(layer.bias().size_bytes());
  measure(state, 2 * e.multiply_adds(), size * (e.input + e.weights + e.outputs()) + bias, call);
  state.counters["differing"] = static_cast<double>(differing);
}

// change(value) of every value.
template <class T, class Change = std::identity>
Array<T> converted(std::span<const std::int8_t> from, const Change& change = {}) {
  Array<T> to(static_cast<std::int64_t>(from.size()));
  std::ranges::transform(from, to.data(), [&](auto x) { return static_cast<T>(change(x)); });
  return to;
}

template <class Params>
void run_int8_peer(benchmark::State& state, const Int8Layer<Params>& layer,
                   PrepareInt8<Params> prepare) {
  Array<std::int8_t> output(layer.extents().outputs());
  const Call call = prepare(layer.params(), {layer.input().data(), layer.weights().data(),
                                             layer.bias().data(), layer.scale(), output.data()});
  run_peer<std::int8_t>(state, layer, call, output.span(), 1);
}

template <class Params>
void run_uint8_peer(benchmark::State& state, const Int8Layer<Params>& layer,
                    PrepareUint8<Params> prepare) {
  Params params = layer.params();
  params.input.zero_point += kUnsignedOffset;
  params.output.zero_point += kUnsignedOffset;
  const auto move = [](std::int8_t x) { return x + kUnsignedOffset; };
  const auto input = converted<std::uint8_t>(layer.input(), move);
  const auto weights = converted<std::uint8_t>(layer.weights(), move);
  Array<std::uint8_t> output(layer.extents().outputs());
  const Call call = prepare(
      params, {input.data(), weights.data(), layer.bias().data(), layer.scale(), output.data()});
  run_peer<std::uint8_t>(state, layer, call, output.span(), 1);
}

template <class Params>
void run_fp32_peer(benchmark::State& state, const Fp32Layer<Params>& layer,
                   PrepareFp32<Params> prepare) {
  const auto input = converted<float>(layer.input()), weights = converted<float>(layer.weights());
  Array<float> output(layer.extents().outputs());
  const Call call = prepare(layer.params(), {input.data(), weights.data(), output.data()});
  // Sums of `depth` products of at most 2^14, with a relative error of 2^-24 in each step.
  const double tolerance = 1e-6 * 16384 * static_cast<double>(layer.extents().depth);
  run_peer<float>(state, layer, call, output.span(), tolerance);
}

// What a program measures: octet's backends and the peers, all under one limit.
struct Contest {
  Contest(int& argc, char** argv) : isa(limit_isa(argc, argv)), peers(find_peers(isa)) {}

  const Isa& isa;
  const std::vector<Peer> peers;
};

template <class Operation, class Params>
void register_layer(const Contest& contest, const std::string& operation, const std::string& shape,
                    const Params& params, const PeerOperation<Params> Peer::*peer_operation) {
  const auto int8_layer = std::make_shared<LazyLayer<Params, std::int8_t>>(params);
  const auto fp32_layer = std::make_shared<LazyLayer<Params, std::int32_t>>(params);
  for (const octet::Backend* backend : backends(contest.isa)) {
    register_benchmark(operation + "/octet:" + backend->name + "/s8s8s8/" + shape,
                       [=](benchmark::State& state) {
                         run_octet<Operation, Params>(state, int8_layer->get(), *backend);
                       });
  }
  for (const Peer& peer : contest.peers) {
    const PeerOperation<Params> offer = peer.*peer_operation;
    const std::string prefix = operation + "/" + peer.name;
    if (offer.int8 != nullptr) {
      register_benchmark(prefix + "/s8s8s8/" + shape, [=](benchmark::State& state) {
        run_int8_peer<Params>(state, int8_layer->get(), offer.int8);
      });
    }
    if (offer.uint8 != nullptr) {
      register_benchmark(prefix + "/u8u8u8/" + shape, [=](benchmark::State& state) {
        run_uint8_peer<Params>(state, int8_layer->get(), offer.uint8);
      });
    }
    if (offer.fp32 != nullptr) {
      register_benchmark(prefix + "/f32/" + shape, [=](benchmark::State& state) {
        run_fp32_peer<Params>(state, fp32_layer->get(), offer.fp32);
      });
    }
  }
}

// A layer of every shape of a list.
template <class Operation, class Shape, std::size_t kShapes, class PeerPointer>
void register_layers(const Contest& contest, const std::string& operation,
                     const Shape (&shapes)[kShapes], PeerPointer peer_operation) {
  for (const Shape& shape : shapes) {
    register_layer<Operation>(contest, operation, name(shape), params(shape), peer_operation);
  }
}

// As run(), with the peers' versions on record.
inline int run(const Contest& contest, int argc, char** argv) {
  for (const Peer& peer : contest.peers) benchmark::AddCustomContext(peer.name, peer.version);
  return run(contest.isa, argc, argv);
}

}  // namespace octet_bench
