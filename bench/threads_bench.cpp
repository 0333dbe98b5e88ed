// SPDX-License-Identifier: Apache-2.0
// threads/<threads>/<operation>/<shape>: octet's best backend on one thread and on two, in wall
// clock time. The threads are a pthreadpool's, as in inference engines: its threads wait for work
// actively, so that a layer of some ten microseconds can gain by two.
// threads/<threads>/start: the time of the start and of the wait for the end, without any work.
#include <pthreadpool.h>

#include <memory>
#include <stdexcept>

#include "octet/conv2d.hpp"
#include "octet/gemm.hpp"
#include "register_layer.hpp"
#include "shapes.hpp"

namespace octet_bench {
namespace {

class Pool {
 public:
  explicit Pool(int threads)
      : pool_(pthreadpool_create(static_cast<std::size_t>(threads)), pthreadpool_destroy) {
    if (pool_ == nullptr) throw std::runtime_error("pthreadpool starts no threads");
  }

  template <class Body>
  void operator()(std::int32_t count, const Body& body) const {
    pthreadpool_parallelize_1d(
        pool_.get(),
        [](void* context, std::size_t i) {
          (*static_cast<const Body*>(context))(static_cast<std::int32_t>(i));
        },
        const_cast<Body*>(&body), static_cast<std::size_t>(count), 0);
  }

 private:
  std::unique_ptr<pthreadpool, decltype(&pthreadpool_destroy)> pool_;
};

void start_threads(benchmark::State& state, int threads) {
  const Pool parallel_for(threads);
  measure(state, 0, 0, [&] { parallel_for(threads, [](std::int32_t) {}); });
}

template <class Operation, class Params>
void run_on(benchmark::State& state, const Int8Layer<Params>& layer, const octet::Backend& backend,
            int threads) {
  octet::AlignedBuffer packed(Operation::packed_bytes(layer.params(), backend));
  const auto operation =
      Operation::prepare(layer.params(), layer.weights(), layer.bias(), packed.span(), backend);
  if (!operation) return fail(state, octet::to_string(operation.status()));
  octet::AlignedBuffer scratch(operation->scratch_bytes(threads));
  Array<std::int8_t> output(layer.extents().outputs());
  const auto bound = operation->bind(layer.input(), output.span(), scratch.span(), threads);
  if (!bound) return fail(state, octet::to_string(bound.status()));

  const Pool parallel_for(threads);
  bound->run(parallel_for);
  const std::int64_t differing = layer.template differing<std::int8_t>(output.span(), 0);
  if (differing != 0) {
    return fail(state, std::to_string(differing) + " outputs differ from the reference");
  }
  measure(state, 2 * layer.extents().multiply_adds(), 0, [&] { bound->run(parallel_for); });
}

template <class Operation, class Params>
void register_threads(const Isa& isa, const std::string& operation, const std::string& shape,
                      const Params& params) {
  const auto layer = std::make_shared<LazyLayer<Params, std::int8_t>>(params);
  const octet::Backend* const backend = backends(isa).front();
  for (const int threads : {1, 2}) {
    const std::string name = "threads/" + std::to_string(threads) + "/" + operation + "/" + shape;
    register_benchmark(name, [=](benchmark::State& state) {
      run_on<Operation, Params>(state, layer->get(), *backend, threads);
    })->UseRealTime();
  }
}

}  // namespace
}  // namespace octet_bench

int main(int argc, char** argv) {
  using namespace octet_bench;
  const Isa& isa = limit_isa(argc, argv);
  register_benchmark("threads/2/start", [](benchmark::State& state) {
    start_threads(state, 2);
  })->UseRealTime();
  for (const GemmShape& shape : kGemmShapes) {
    if (shape.m != shape.n || shape.n != shape.k || shape.m < 256) continue;
    register_threads<octet::Gemm<std::int8_t>>(isa, "gemm", name(shape), params(shape));
  }
  for (const Conv2dShape& shape : kConv2dShapes) {
    if (shape.filter != 3) continue;
    register_threads<octet::Conv2d<std::int8_t>>(isa, "conv2d", name(shape), params(shape));
  }
  return run(isa, argc, argv);
}
