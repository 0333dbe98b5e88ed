// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/plots.hpp"

#include <string>
#include <system_error>

#include "plot/svg.hpp"

namespace octet_quantizer {

namespace {

// Bars of so many bins each; more would be narrower than a pixel.
constexpr std::size_t kBinsPerBar = 16;

octet_plot::Chart chart_of(const std::string& title, const octet::Histogram& histogram,
                           const octet::RealRange& range) {
  octet_plot::Series bars{.mark = octet_plot::Mark::bars,
                          .bar_width = histogram.bin_width() * kBinsPerBar};
  const auto add = [&](double at, std::uint64_t count) {
    if (count == 0) return;
    bars.x.push_back(at);
    bars.y.push_back(static_cast<double>(count));
  };
  for (std::size_t begin = 0; begin < octet::Histogram::kBins; begin += kBinsPerBar) {
    std::uint64_t negative = 0, positive = 0;
    for (std::size_t i = begin; i < begin + kBinsPerBar; ++i) {
      negative += histogram.negative(i);
      positive += histogram.positive(i);
    }
    const double middle = (static_cast<double>(begin) + kBinsPerBar / 2.0) * histogram.bin_width();
    add(-middle, negative);
    add(middle, positive);
  }
  return {.title = title,
          .x = {"value"},
          .y = {.label = "count", .logarithmic = true},
          .series = {bars},
          .thresholds = {{"min", range.min}, {"max", range.max}}};
}

}  // namespace

std::optional<Error> plot_histograms(const std::filesystem::path& folder, const Network& network,
                                     const std::vector<Observations>& observations,
                                     const std::vector<octet::RealRange>& ranges) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const octet::Histogram& histogram = observations[i].histogram;
    if (histogram.count() == 0) continue;
    const std::filesystem::path path = folder / (std::to_string(i) + ".svg");
    const auto chart = chart_of(graph_of(network).tensors[i]->name, histogram, ranges[i]);
    if (!octet_plot::write_svg(path, chart)) {
      return Error{octet_engine::ErrorCode::file, path.string() + ": cannot be written"};
    }
  }
  return std::nullopt;
}

}  // namespace octet_quantizer
