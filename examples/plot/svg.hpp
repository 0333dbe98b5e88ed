// SPDX-License-Identifier: Apache-2.0
// Charts of lines, points and bars as SVG, which every browser shows.
//
//   octet_plot::Chart chart{.title = "Sine, sampled", .x = {"bits"}, .y = {"SQNR in dB"}};
//   chart.series.push_back({.name = "measured", .x = bits, .y = decibels});
//   octet_plot::write_svg("sqnr.svg", chart);
#pragma once

#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace octet_plot {

inline constexpr double kAutomatic = std::numeric_limits<double>::quiet_NaN();

struct Axis {
  std::string label = {};
  bool logarithmic = false;  // values that are not above 0 are left out
  double min = kAutomatic;   // from the values; bars start at 0
  double max = kAutomatic;
  // What stands at which values, instead of numbers: the names of bars.
  std::vector<std::pair<double, std::string>> names = {};
};

enum class Mark { line, dashes, points, bars };

// As many x as y. Values that are no numbers leave gaps.
struct Series {
  std::string name = {};  // in the legend; empty: not there
  Mark mark = Mark::line;
  std::vector<double> x = {}, y = {};
  double bar_width = 1;  // in units of x; bars are centred on x
};

// A line across the chart where x has that value: a threshold.
struct Threshold {
  std::string name = {};
  double x = 0;
};

struct Chart {
  std::string title = {};
  Axis x = {}, y = {};
  std::vector<Series> series = {};
  std::vector<Threshold> thresholds = {};
  int width = 720, height = 420;  // in pixels
};

std::string to_svg(const Chart& chart);

// False if the file cannot be written.
bool write_svg(const std::filesystem::path& path, const Chart& chart);

}  // namespace octet_plot
