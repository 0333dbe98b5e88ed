// SPDX-License-Identifier: Apache-2.0
// What a rounding costs a layer: for each backend and layer the nanoseconds of an output with
// Rounding::tflite, then the times of the other roundings over that. All are taken in turns, and
// the medians are divided.
//
//   rounding_bench [backend]
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "octet/backends.hpp"
#include "octet/depthwise_conv2d.hpp"
#include "octet/gemm.hpp"
#include "turns.hpp"

namespace octet_bench {
namespace {

template <template <class...> class Operation, class Params>
bool compare(const octet::Backend& backend, const std::string& layer, Params params) {
  using Bound = BoundLayer<Operation<std::int8_t>, Params>;
  std::vector<std::unique_ptr<Bound>> layers;
  bool exact = true;
  for (const octet::Rounding rounding : octet::kRoundings) {
    params.output.rounding = rounding;
    layers.push_back(std::make_unique<Bound>(params, backend));
    exact &= layers.back()->is_exact();
  }
  const std::vector<double> medians = median_times(layers);
  std::printf("| %-10s | %-23s | %6.2f |", backend.name, layer.c_str(),
              medians[0] * 1e9 / static_cast<double>(layers[0]->outputs()));
  for (std::size_t i = 1; i < medians.size(); ++i) std::printf(" %5.2f |", medians[i] / medians[0]);
  std::printf("%s\n", exact ? "" : "  differs from the reference");
  std::fflush(stdout);
  return exact;
}

bool compare_all(const octet::Backend& backend) {
  bool exact = true;
  for (const std::int32_t depth : {64, 256, 1024}) {
    exact &= compare<octet::Gemm>(backend, "gemm 256x256, " + std::to_string(depth),
                                  octet::GemmParams{.m = 256, .n = 256, .k = depth});
  }
  exact &= compare<octet::Gemm>(backend, "gemm 256x10, 64",
                                octet::GemmParams{.m = 256, .n = 10, .k = 64});
  return exact & compare<octet::DepthwiseConv2d>(
                     backend, "depthwise 3x3, 28x28x64",
                     octet::DepthwiseConv2dParams{
                         .input = {{1, 28, 28, 64}}, .filter = {3, 3}, .padding = {1, 1, 1, 1}});
}

}  // namespace
}  // namespace octet_bench

int main(int argc, char** argv) {
  bool exact = true;
  std::printf("| backend | layer | tflite, ns |");
  for (const octet::Rounding rounding : octet::kRoundings) {
    if (rounding != octet::Rounding::tflite) std::printf(" %s |", octet::to_string(rounding));
  }
  std::printf("\n|---|---|---:|---:|---:|---:|---:|---:|\n");
  for (const octet::Backend* backend : octet::kBackends) {
    if (!backend->available() || (argc > 1 && std::string_view(argv[1]) != backend->name)) continue;
    exact &= octet_bench::compare_all(*backend);
  }
  return exact ? 0 : 1;
}
