// SPDX-License-Identifier: Apache-2.0
// The main function of an example that measures something and draws it: NAME [--plot FILE]
#pragma once

#include <functional>

#include "plot/svg.hpp"

namespace octet_plot {

// Calls `measure`, which prints, fills in the chart and says whether what it found is right. With
// --plot the chart is written. Returns what main returns: 0 only if all went well.
int run_program(int argc, char** argv, const std::function<bool(Chart&)>& measure);

}  // namespace octet_plot
