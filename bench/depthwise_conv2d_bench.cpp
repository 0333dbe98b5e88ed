// SPDX-License-Identifier: Apache-2.0
// What dilation costs a depthwise convolution: for each backend, filter, size of the image and
// number of channels the time of the undilated layer in microseconds, then the times of dilated
// ones of as many outputs over it. Both are taken in turns, and the medians are divided.
//
//   depthwise_conv2d_bench [backend [filter]]
#include "octet/depthwise_conv2d.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "octet/backends.hpp"
#include "turns.hpp"

namespace octet_bench {
namespace {

using Bound = BoundLayer<octet::DepthwiseConv2d<std::int8_t>, octet::DepthwiseConv2dParams>;

constexpr octet::Extent2d kFilters[] = {{3, 3}, {5, 5}, {1, 7}, {7, 1}};
constexpr std::int32_t kSizes[] = {7, 14, 28, 56};
constexpr std::int32_t kChannels[] = {8, 32, 96, 256};
constexpr std::int32_t kDilations[] = {1, 2, 3, 4, 6, 12};

// What a dilated layer may cost, and how many cost more.
constexpr double kTarget = 1.3;
int above = 0, all = 0;

octet::DepthwiseConv2dParams shape(std::int32_t size, std::int32_t channels, octet::Extent2d filter,
                                   std::int32_t dilation) {
  octet::DepthwiseConv2dParams p{
      .input = {{1, size, size, channels}}, .filter = filter, .dilation = {dilation, dilation}};
  p.padding = octet::same_padding(p.input.shape, p.filter, p.stride, p.dilation);
  return p;
}

bool compare(const octet::Backend& backend, octet::Extent2d filter, std::int32_t size,
             std::int32_t channels) {
  bool exact = true;
  std::vector<std::unique_ptr<Bound>> layers;
  for (const std::int32_t dilation : kDilations) {
    layers.push_back(std::make_unique<Bound>(shape(size, channels, filter, dilation), backend));
    exact &= layers.back()->is_exact();
  }
  const std::vector<double> medians = median_times(layers);
  std::printf("%-10s %dx%d %3dx%-3d %4d %9.2f us ", backend.name, filter.h, filter.w, size, size,
              channels, medians[0] * 1e6);
  for (std::size_t i = 1; i < medians.size(); ++i) {
    const double ratio = medians[i] / medians[0];
    ++all;
    above += ratio > kTarget;
    std::printf(" %5.2f%c", ratio, ratio > kTarget ? '*' : ' ');
  }
  std::printf("%s\n", exact ? "" : "  differs from the reference");
  std::fflush(stdout);
  return exact;
}

}  // namespace
}  // namespace octet_bench

int main(int argc, char** argv) {
  using namespace octet_bench;
  bool exact = true;
  for (const octet::Backend* backend : octet::kBackends) {
    if (!backend->available() || (argc > 1 && std::string_view(argv[1]) != backend->name)) continue;
    for (const octet::Extent2d filter : kFilters) {
      const std::string name = std::to_string(filter.h) + "x" + std::to_string(filter.w);
      if (argc > 2 && name != argv[2]) continue;
      for (const std::int32_t size : kSizes) {
        for (const std::int32_t channels : kChannels) {
          exact &= compare(*backend, filter, size, channels);
        }
      }
    }
  }
  std::printf("%d of %d above %.1f\n", above, all, kTarget);
  return exact ? 0 : 1;
}
