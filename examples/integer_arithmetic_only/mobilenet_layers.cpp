// SPDX-License-Identifier: Apache-2.0
// The layers of MobileNet (1.0, 224 x 224), the network of Jacob et al. 2017: int8 on octet beside
// fp32 on oneDNN, on one core and on two.
#include <pthreadpool.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <iterator>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include <octet/conv2d.hpp>
#include <octet/depthwise_conv2d.hpp>
#include <octet/hosted/aligned_buffer.hpp>

#include "peers/peer.hpp"
#include "plot/program.hpp"

namespace {

// A square image; `times` of these layers are in the network.
struct Layer {
  std::int32_t size, channels, filters;  // no filters: depthwise
  std::int32_t window, stride, times;
};
constexpr Layer kLayers[] = {
    {224, 3, 32, 3, 2, 1},   {112, 32, 0, 3, 1, 1}, {112, 32, 64, 1, 1, 1},  {112, 64, 0, 3, 2, 1},
    {56, 64, 128, 1, 1, 1},  {56, 128, 0, 3, 1, 1}, {56, 128, 128, 1, 1, 1}, {56, 128, 0, 3, 2, 1},
    {28, 128, 256, 1, 1, 1}, {28, 256, 0, 3, 1, 1}, {28, 256, 256, 1, 1, 1}, {28, 256, 0, 3, 2, 1},
    {14, 256, 512, 1, 1, 1}, {14, 512, 0, 3, 1, 5}, {14, 512, 512, 1, 1, 5}, {14, 512, 0, 3, 2, 1},
    {7, 512, 1024, 1, 1, 1}, {7, 1024, 0, 3, 1, 1}, {7, 1024, 1024, 1, 1, 1}};

std::string name_of(const Layer& layer) {
  const std::string window = std::to_string(layer.window), size = std::to_string(layer.size);
  const std::string channels = std::to_string(layer.channels);
  const std::string stride = layer.stride == 1 ? "" : " /" + std::to_string(layer.stride);
  const std::string what = layer.filters == 0 ? "depthwise" : "-> " + std::to_string(layer.filters);
  return size + "x" + size + "x" + channels + " " + what + " " + window + "x" + window + stride;
}

// Microseconds of the fastest of the runs of some milliseconds.
template <class Run>
double fastest(const Run& run) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(10);
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 3 || Clock::now() < end; ++i) {
    const auto start = Clock::now();
    run();
    const std::chrono::duration<double, std::micro> time = Clock::now() - start;
    least = std::min(least, time.count());
  }
  return least;
}

constexpr int kCores[] = {1, 2};

// Of one layer, or of all.
struct Times {
  double int8[std::size(kCores)] = {}, fp32[std::size(kCores)] = {};
};

class Network {
 public:
  bool measure(octet_plot::Chart& chart);

 private:
  template <class Operation, class Params>
  bool measure_layer(const Params& params, std::int64_t weights,
                     octet_bench::PrepareFp32<Params> prepare_fp32, Times& times);
  bool measure_layer(const Layer& layer, Times& times);

  octet_bench::Peer onednn_ = octet_bench::onednn();
  std::unique_ptr<pthreadpool, decltype(&pthreadpool_destroy)> pool_{pthreadpool_create(2),
                                                                     pthreadpool_destroy};
};

// False if two cores do not make the same bytes as one.
template <class Operation, class Params>
bool Network::measure_layer(const Params& params, std::int64_t weights,
                            octet_bench::PrepareFp32<Params> prepare_fp32, Times& times) {
  const auto parallel_for = [&](std::int32_t count, const auto& body) {
    using Body = std::remove_reference_t<decltype(body)>;
    pthreadpool_parallelize_1d(
        pool_.get(),
        [](void* context, std::size_t i) {
          (*static_cast<Body*>(context))(static_cast<std::int32_t>(i));
        },
        const_cast<void*>(static_cast<const void*>(&body)), static_cast<std::size_t>(count), 0);
  };
  const auto bytes = [](std::int64_t count) {
    std::vector<std::int8_t> values(static_cast<std::size_t>(count));
    std::uint32_t state = 1;
    for (std::int8_t& value : values) value = static_cast<std::int8_t>((state *= 747796405u) >> 24);
    return values;
  };
  const auto input = bytes(params.input.shape.size()), filter = bytes(weights);
  const std::vector<float> real_input(input.begin(), input.end()),
      real_filter(filter.begin(), filter.end());
  std::vector<std::int8_t> output(static_cast<std::size_t>(output_shape(params).size()));
  std::vector<float> real_output(output.size());

  octet::AlignedBuffer packed(Operation::packed_bytes(params));
  const auto operation = Operation::prepare(params, filter, {}, packed.span());
  octet::AlignedBuffer scratch(operation->scratch_bytes(2));
  std::vector<std::int8_t> of_one_core;
  for (std::size_t i = 0; i < std::size(kCores); ++i) {
    const auto bound = operation->bind(input, output, scratch.span(), kCores[i]);
    times.int8[i] = fastest([&] { bound->run(parallel_for); });
    if (of_one_core.empty()) of_one_core = output;
    octet_bench::onednn_use_threads(kCores[i]);
    times.fp32[i] =
        fastest(prepare_fp32(params, {real_input.data(), real_filter.data(), real_output.data()}));
  }
  return output == of_one_core;
}

bool Network::measure_layer(const Layer& layer, Times& times) {
  static constexpr std::int32_t kMultiplier[] = {1518500250}, kShift[] = {-9};
  const octet::OutputStage output{.min = 0, .multiplier = kMultiplier, .shift = kShift};
  const octet::ShapeNhwc input{1, layer.size, layer.size, layer.channels};
  const octet::Extent2d window{layer.window, layer.window}, stride{layer.stride, layer.stride};
  const octet::Padding padding = octet::same_padding(input, window, stride);
  if (layer.filters == 0) {
    const octet::DepthwiseConv2dParams params{
        .input = {input}, .filter = window, .stride = stride, .padding = padding, .output = output};
    return measure_layer<octet::DepthwiseConv2d<std::int8_t>>(
        params, std::int64_t{layer.channels} * window.h * window.w, onednn_.depthwise_conv2d.fp32,
        times);
  }
  const octet::Conv2dParams params{
      .input = {input},
      .filter = {layer.filters, layer.window, layer.window, layer.channels},
      .stride = stride,
      .padding = padding,
      .output = output};
  return measure_layer<octet::Conv2d<std::int8_t>>(params, params.filter.size(),
                                                   onednn_.conv2d.fp32, times);
}

bool Network::measure(octet_plot::Chart& chart) {
  if (onednn_.conv2d.fp32 == nullptr) {
    std::puts("this version of oneDNN has another interface");
    return true;
  }
  chart.title = "MobileNet's layers: fp32 on oneDNN takes so many times as long as int8 on octet";
  chart.x.label = "layer";
  chart.y = {.label = "fp32 time / int8 time", .min = 0};
  for (const int cores : kCores) {
    chart.series.push_back({.name = std::to_string(cores) + (cores == 1 ? " core" : " cores"),
                            .mark = octet_plot::Mark::points});
  }
  std::printf("microseconds: int8 on octet (%s), fp32 on %s\n", octet::best_backend().name,
              onednn_.name.c_str());
  std::printf("%-30s %5s  1 core: %4s %7s  %5s  2 cores: %4s %6s  %5s\n", "layer", "times", "int8",
              "fp32", "ratio", "int8", "fp32", "ratio");
  const auto print = [](const std::string& name, std::int32_t count, const Times& t) {
    std::printf("%-30s %5d %13.0f %7.0f  %5.2f %14.0f %6.0f  %5.2f\n", name.c_str(), count,
                t.int8[0], t.fp32[0], t.fp32[0] / t.int8[0], t.int8[1], t.fp32[1],
                t.fp32[1] / t.int8[1]);
  };
  Times sum;
  std::int32_t count = 0;
  bool same = true;
  for (const Layer& layer : kLayers) {
    Times times;
    same = measure_layer(layer, times) && same;
    print(name_of(layer), layer.times, times);
    count += layer.times;
    for (std::size_t i = 0; i < std::size(kCores); ++i) {
      sum.int8[i] += layer.times * times.int8[i];
      sum.fp32[i] += layer.times * times.fp32[i];
      chart.series[i].x.push_back(static_cast<double>(chart.series[i].x.size() + 1));
      chart.series[i].y.push_back(times.fp32[i] / times.int8[i]);
    }
  }
  print("all convolutions", count, sum);
  std::puts(same ? "two cores made the same bytes as one" : "TWO CORES MADE OTHER BYTES");
  return same;
}

}  // namespace

int main(int argc, char** argv) {
  return octet_plot::run_program(argc, argv,
                                 [](octet_plot::Chart& chart) { return Network().measure(chart); });
}
