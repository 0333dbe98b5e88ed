// SPDX-License-Identifier: Apache-2.0
#include "plot/program.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

namespace octet_plot {

int run_program(int argc, char** argv, const std::function<bool(Chart&)>& measure) {
  CLI::App app;
  std::string plot;
  app.add_option("--plot", plot, "Write a chart as SVG to this file");
  CLI11_PARSE(app, argc, argv);
  Chart chart;
  const bool passed = measure(chart);
  if (plot.empty() || write_svg(plot, chart)) return passed ? 0 : 1;
  std::fprintf(stderr, "%s: cannot write %s\n", argv[0], plot.c_str());
  return 1;
}

}  // namespace octet_plot
