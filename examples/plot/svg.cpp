// SPDX-License-Identifier: Apache-2.0
#include "plot/svg.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

namespace octet_plot {

namespace {

// Colours that people with any colour vision tell apart.
// Source: Okabe and Ito 2008, Color Universal Design.
constexpr const char* kColours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                    "#E69F00", "#56B4E9", "#000000"};

const char* colour(std::size_t i) { return kColours[i % std::size(kColours)]; }

std::string number(double value) {
  std::ostringstream text;
  text.precision(6);
  text << value + 0.0;  // of -0 it makes 0
  return text.str();
}

std::string escape(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

// Values of an axis as pixels, and where its ticks are.
class Scale {
 public:
  // From `low` to `high` pixels, for values given to `include` before the first call of the rest.
  Scale(const Axis& axis, double low, double high) : axis_(axis), low_(low), high_(high) {}

  bool shows(double value) const {
    return std::isfinite(value) && (!axis_.logarithmic || value > 0);
  }

  void include(double value) {
    if (!shows(value)) return;
    min_ = is_empty_ ? value : std::min(min_, value);
    max_ = is_empty_ ? value : std::max(max_, value);
    is_empty_ = false;
  }

  void finish() {
    if (shows(axis_.min)) min_ = axis_.min;
    if (shows(axis_.max)) max_ = axis_.max;
    if (is_empty_) min_ = max_ = axis_.logarithmic ? 1 : 0;
    if (max_ > min_) return;
    min_ -= axis_.logarithmic ? min_ / 2 : 0.5;
    max_ += axis_.logarithmic ? max_ : 0.5;
  }

  double pixel(double value) const {
    const double clamped = shows(value) ? std::clamp(value, min_, max_) : min_;
    const double share =
        (coordinate(clamped) - coordinate(min_)) / (coordinate(max_) - coordinate(min_));
    return low_ + share * (high_ - low_);
  }

  std::vector<std::pair<double, std::string>> ticks() const {
    if (!axis_.names.empty()) return axis_.names;
    std::vector<std::pair<double, std::string>> ticks;
    if (axis_.logarithmic && max_ / min_ >= 10) {
      const double decades = std::log10(max_ / min_);
      const int every = std::max(1, static_cast<int>(decades / 6));
      for (int i = static_cast<int>(std::ceil(std::log10(min_) - 1e-9));
           i <= std::log10(max_) + 1e-9; i += every) {
        ticks.push_back({std::pow(10, i), number(std::pow(10, i))});
      }
      return ticks;
    }
    const double step = tick_step();
    for (double i = std::ceil(min_ / step - 1e-9); i * step <= max_ + 1e-9 * step; ++i) {
      ticks.push_back({i * step, number(i * step)});
    }
    return ticks;
  }

 private:
  double coordinate(double value) const { return axis_.logarithmic ? std::log10(value) : value; }

  // 1, 2 or 5 times a power of ten: about six of them.
  double tick_step() const {
    const double wanted = (max_ - min_) / 6;
    const double power = std::pow(10, std::floor(std::log10(wanted)));
    const double rest = wanted / power;
    return power * (rest <= 1 ? 1 : rest <= 2 ? 2 : rest <= 5 ? 5 : 10);
  }

  const Axis& axis_;
  double low_, high_;
  double min_ = 0, max_ = 0;
  bool is_empty_ = true;
};

class Painter {
 public:
  explicit Painter(const Chart& chart)
      : chart_(chart),
        legend_width_(legend_width(chart)),
        slants_names_(slants_names(chart, right() - left())),
        x_(chart.x, left(), right()),
        y_(chart.y, bottom(), top()) {
    for (const Series& series : chart.series) {
      const bool is_bars = series.mark == Mark::bars;
      const double half = is_bars ? series.bar_width / 2 : 0;
      for (const double x : series.x) {
        x_.include(x - half);
        x_.include(x + half);
      }
      for (const double y : series.y) y_.include(y);
      if (is_bars) y_.include(0);
    }
    for (const Threshold& threshold : chart.thresholds) x_.include(threshold.x);
    x_.finish();
    y_.finish();
  }

  std::string paint() {
    svg_ << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << chart_.width << "\" height=\""
         << chart_.height << "\" viewBox=\"0 0 " << chart_.width << " " << chart_.height
         << "\" font-family=\"sans-serif\" font-size=\"12\">\n"
         << "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n";
    text(chart_.width / 2.0, 22, "middle", chart_.title, " font-size=\"15\"");
    axes();
    for (std::size_t i = 0; i < chart_.series.size(); ++i) {
      const Series& series = chart_.series[i];
      switch (series.mark) {
        case Mark::line: lines(series, colour(i), ""); break;
        case Mark::dashes: lines(series, colour(i), kDashes); break;
        case Mark::points: points(series, colour(i)); break;
        case Mark::bars: bars(series, colour(i)); break;
      }
    }
    for (std::size_t i = 0; i < chart_.thresholds.size(); ++i) {
      const double x = x_.pixel(chart_.thresholds[i].x);
      line(x, top(), x, bottom(), colour(chart_.series.size() + i), kDashes);
    }
    legend();
    svg_ << "</svg>\n";
    return svg_.str();
  }

 private:
  static constexpr int kLeft = 70, kRight = 20, kTop = 36, kBottom = 52;
  static constexpr double kLetter = 6.5;  // the width of most, in pixels
  static constexpr int kSample = 26;      // of a line, in the legend
  static constexpr const char* kDashes = " stroke-dasharray=\"6 4\"";

  static double width_of(const std::string& words) {
    return kLetter * static_cast<double>(words.size());
  }
  static double legend_width(const Chart& chart) {
    double widest = 0;
    for (const Series& series : chart.series) widest = std::max(widest, width_of(series.name));
    for (const Threshold& threshold : chart.thresholds) {
      widest = std::max(widest, width_of(threshold.name));
    }
    return widest == 0 ? 0 : widest + kSample + 14;
  }
  static double widest_name(const Chart& chart) {
    double widest = 0;
    for (const auto& [value, name] : chart.x.names) widest = std::max(widest, width_of(name));
    return widest;
  }
  // Whether names would run into one another.
  static bool slants_names(const Chart& chart, double width) {
    return widest_name(chart) * static_cast<double>(chart.x.names.size()) > width;
  }

  double left() const { return kLeft; }
  double right() const { return chart_.width - kRight - legend_width_; }
  double top() const { return kTop; }
  double bottom() const {
    return chart_.height - kBottom - (slants_names_ ? widest_name(chart_) / 2 : 0);
  }

  void text(double x, double y, const char* anchor, const std::string& words,
            const std::string& more = "") {
    svg_ << "<text x=\"" << number(x) << "\" y=\"" << number(y) << "\" text-anchor=\"" << anchor
         << "\"" << more << ">" << escape(words) << "</text>\n";
  }

  void line(double x1, double y1, double x2, double y2, const char* stroke, const char* more = "") {
    svg_ << "<line x1=\"" << number(x1) << "\" y1=\"" << number(y1) << "\" x2=\"" << number(x2)
         << "\" y2=\"" << number(y2) << "\" stroke=\"" << stroke << "\"" << more << "/>\n";
  }

  void axes() {
    constexpr const char* kGrid = "#dddddd";
    for (const auto& [value, name] : x_.ticks()) {
      const double x = x_.pixel(value);
      line(x, top(), x, bottom(), kGrid);
      if (slants_names_) {
        const std::string place = number(x) + " " + number(bottom() + 14);
        text(x, bottom() + 14, "end", name, " transform=\"rotate(-30 " + place + ")\"");
      } else {
        text(x, bottom() + 16, "middle", name);
      }
    }
    for (const auto& [value, name] : y_.ticks()) {
      const double y = y_.pixel(value);
      line(left(), y, right(), y, kGrid);
      text(left() - 6, y + 4, "end", name);
    }
    line(left(), bottom(), right(), bottom(), "black");
    line(left(), top(), left(), bottom(), "black");
    text((left() + right()) / 2, chart_.height - 12, "middle", chart_.x.label);
    const double middle = (top() + bottom()) / 2;
    text(16, middle, "middle", chart_.y.label,
         " transform=\"rotate(-90 16 " + number(middle) + ")\"");
  }

  bool shows(const Series& series, std::size_t i) const {
    return x_.shows(series.x[i]) && y_.shows(series.y[i]);
  }

  void lines(const Series& series, const char* stroke, const char* more) {
    svg_ << "<path fill=\"none\" stroke-width=\"1.5\" stroke=\"" << stroke << "\"" << more
         << " d=\"";
    bool is_down = false;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      const bool is_shown = shows(series, i);
      if (is_shown) {
        svg_ << (is_down ? "L" : "M") << number(x_.pixel(series.x[i])) << " "
             << number(y_.pixel(series.y[i]));
      }
      is_down = is_shown;
    }
    svg_ << "\"/>\n";
  }

  void point(double x, double y, const char* fill) {
    svg_ << "<circle cx=\"" << number(x) << "\" cy=\"" << number(y) << "\" r=\"3\" fill=\"" << fill
         << "\"/>\n";
  }

  void points(const Series& series, const char* fill) {
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (shows(series, i)) point(x_.pixel(series.x[i]), y_.pixel(series.y[i]), fill);
    }
  }

  // One path for all of them: a histogram has thousands.
  void bars(const Series& series, const char* fill) {
    svg_ << "<path fill=\"" << fill << "\" d=\"";
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!shows(series, i)) continue;
      const double begin = x_.pixel(series.x[i] - series.bar_width / 2);
      const double end = x_.pixel(series.x[i] + series.bar_width / 2);
      svg_ << "M" << number(begin) << " " << number(y_.pixel(0)) << "V"
           << number(y_.pixel(series.y[i])) << "H" << number(end) << "V" << number(y_.pixel(0))
           << "Z";
    }
    svg_ << "\"/>\n";
  }

  void legend() {
    const double x = right() + 10;
    double y = top() + 14;
    const auto entry = [&](const std::string& name, std::size_t i, Mark mark) {
      if (name.empty()) return;
      if (mark == Mark::points) {
        point(x + kSample / 2, y - 4, colour(i));
      } else {
        line(x, y - 4, x + kSample, y - 4, colour(i),
             mark == Mark::dashes ? kDashes
             : mark == Mark::bars ? " stroke-width=\"6\""
                                  : "");
      }
      text(x + kSample + 6, y, "start", name);
      y += 17;
    };
    for (std::size_t i = 0; i < chart_.series.size(); ++i) {
      entry(chart_.series[i].name, i, chart_.series[i].mark);
    }
    for (std::size_t i = 0; i < chart_.thresholds.size(); ++i) {
      entry(chart_.thresholds[i].name, chart_.series.size() + i, Mark::dashes);
    }
  }

  const Chart& chart_;
  double legend_width_;
  bool slants_names_;
  Scale x_, y_;
  std::ostringstream svg_;
};

}  // namespace

std::string to_svg(const Chart& chart) { return Painter(chart).paint(); }

bool write_svg(const std::filesystem::path& path, const Chart& chart) {
  std::ofstream file(path);
  file << to_svg(chart);
  file.flush();
  return file.good();
}

}  // namespace octet_plot
