// SPDX-License-Identifier: Apache-2.0
#include "plot/svg.hpp"

#include <algorithm>
#include <string>

#include "support/catch.hpp"

namespace {

using octet_plot::Chart;
using octet_plot::Mark;
using octet_plot::to_svg;

std::size_t count(const std::string& text, const std::string& wanted) {
  std::size_t found = 0;
  for (std::size_t at = text.find(wanted); at != std::string::npos;
       at = text.find(wanted, at + 1)) {
    ++found;
  }
  return found;
}

}  // namespace

TEST_CASE("a chart has its title, ticks, marks and legend") {
  const Chart chart{
      .title = "1 < 2 & \"3\"",
      .x = {"bits"},
      .y = {"dB"},
      .series = {{.name = "law", .x = {0, 12}, .y = {0, 60}},
                 {.name = "measured", .mark = Mark::points, .x = {4, 8}, .y = {20, 40}}},
      .thresholds = {{"limit", 6}}};
  const std::string svg = to_svg(chart);
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(count(svg, "1 &lt; 2 &amp; &quot;3&quot;") == 1);
  CHECK(count(svg, "<circle") == 3);  // the third one in the legend
  CHECK(count(svg, ">law<") + count(svg, ">measured<") + count(svg, ">limit<") == 3);
  // From corner to corner: 720 x 420 pixels without the margins and the legend beside them.
  CHECK(count(svg, "d=\"M70 368L608 36\"") == 1);
  // 0, 2 ... 12 and 0, 10 ... 60.
  CHECK(count(svg, "stroke=\"#dddddd\"") == 14);
  CHECK(count(svg, ">12</text>") == 1);
  CHECK(count(svg, ">60</text>") == 1);
  CHECK(count(svg, ">0</text>") == 2);
}

TEST_CASE("names that would run into one another slant") {
  Chart chart{.x = {.names = {{0, "average_pool2d"}, {1, "features"}}},
              .series = {{.mark = Mark::bars, .x = {0, 1}, .y = {1, 2}}},
              .width = 720};
  CHECK(count(to_svg(chart), "rotate(-30") == 0);
  chart.width = 250;
  CHECK(count(to_svg(chart), "rotate(-30") == 2);
}

TEST_CASE("logarithmic axes show decades and leave out what is not above 0") {
  const Chart chart{.y = {.label = "count", .logarithmic = true},
                    .series = {{.mark = Mark::bars, .x = {0, 1, 2}, .y = {1, 0, 1000}}}};
  const std::string svg = to_svg(chart);
  // Up from the foot, over, and down again: the first one without height, the second one left out.
  CHECK(count(svg, "M70 368V368H280V368ZM490 368V36H700V368Z") == 1);
  CHECK(count(svg, ">100</text>") == 1);
}

TEST_CASE("charts without values, or with one, have axes all the same") {
  for (const Chart& chart :
       {Chart{}, Chart{.series = {{.x = {3}, .y = {5}}}},
        Chart{.x = {.logarithmic = true}, .series = {{.x = {-1}, .y = {0}}}}}) {
    const std::string svg = to_svg(chart);
    CHECK(count(svg, "nan") == 0);
    CHECK(count(svg, "inf") == 0);
    CHECK(count(svg, "stroke=\"black\"") == 2);
  }
}

TEST_CASE("names stand for numbers, and gaps stay open") {
  const double gap = octet_plot::kAutomatic;
  const Chart chart{.x = {.names = {{0, "int8"}, {1, "16x8"}}},
                    .series = {{.x = {0, 1, 2, 3}, .y = {0, gap, 1, 2}}}};
  const std::string svg = to_svg(chart);
  CHECK(count(svg, ">16x8</text>") == 1);
  CHECK(count(svg, "M70 368M490 202L700 36\"") == 1);
}
