#include "report/plot.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "alfi/core/text.hpp"

namespace alfi::report {
namespace {

constexpr double kTitle = 14, kSmall = 11, kKey = 20, kLine = 15,
                 kGap = 12;  // pixels: fonts, key of a legend, its lines

/// A value as a linear axis would place it.
double placed(const Axis& axis, double value) {
  if (!axis.logarithmic) return value;
  return value > 0 ? std::log10(value) : std::numeric_limits<double>::quiet_NaN();
}

Ticks ticks_of(const Axis& axis, Range range, int most) {
  return axis.logarithmic ? logarithmic_ticks({std::pow(10, range.low), std::pow(10, range.high)}, most)
                          : linear_ticks(range, most, axis.whole);
}

int most_numbers(double length, double each) { return std::max(2, static_cast<int>(length / each)); }

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

}  // namespace

/// From numbers to pixels.
struct Plot::Frame {
  Axis x_axis, y_axis;
  Range x, y;
  double left, top, width, height;

  double at_x(double value) const { return left + width * (placed(x_axis, value) - x.low) / (x.high - x.low); }
  double at_y(double value) const { return top + height * (y.high - placed(y_axis, value)) / (y.high - y.low); }
  Point at(double px, double py) const { return {at_x(px), at_y(py)}; }
};

void Plot::line(const Series& s, const std::vector<double>& x, const std::vector<double>& y, const std::string& kind) {
  add({Shape::line, s, kind, x, y, {}});
}
void Plot::outline(const Series& s, const std::vector<double>& x, const std::vector<double>& y,
                   const std::string& kind) {
  add({Shape::outline, s, kind, x, y, {}});
}
void Plot::band(const Series& s, const std::vector<double>& x, const std::vector<double>& low,
                const std::vector<double>& high, const std::string& kind) {
  add({Shape::band, s, kind, x, low, high});
}
void Plot::dots(const Series& s, const std::vector<double>& x, const std::vector<double>& y, double radius,
                const std::string& kind) {
  add({Shape::dots, s, kind, x, y, {}, radius});
}
void Plot::cross(const Series& s, double x, double y) { add({Shape::cross, s, "mark", {x}, {y}, {}}); }
void Plot::intervals(const Series& s, const std::vector<double>& x, const std::vector<double>& low,
                     const std::vector<double>& high, const std::string& kind) {
  add({Shape::intervals, s, kind, x, low, high});
}
void Plot::bars(const Series& s, const std::vector<double>& edges, const std::vector<double>& heights) {
  add({Shape::bars, s, "bar", edges, heights, {}});
}
void Plot::vertical(const Series& s, double x, const std::string& kind) {
  add({Shape::vertical, s, kind, {x}, {}, {}});
}
void Plot::horizontal(const Series& s, double y, const std::string& kind) {
  add({Shape::horizontal, s, kind, {}, {y}, {}});
}

Range Plot::range_of(const Axis& axis, bool along_x) const {
  if (axis.range) return {placed(axis, axis.range->low), placed(axis, axis.range->high)};
  Extent extent;
  for (const Item& item : items_) {
    for (const double v : along_x ? item.x : item.y) extent.add(placed(axis, v));
    if (along_x) continue;
    for (const double v : item.high) extent.add(placed(axis, v));
    if (item.shape == Shape::bars) extent.add(0);
  }
  Range range = extent.range(axis.margin);
  const bool has_bars = std::any_of(items_.begin(), items_.end(), [](const Item& i) { return i.shape == Shape::bars; });
  if (!along_x && has_bars && range.low < 0) range.low = 0;
  return range;
}

void Plot::draw_key(Svg& svg, Point at, const Item& item) const {
  const std::string classes = item.kind + " " + item.series.tone;
  const double right = at.x + kKey - 5, middle = at.x + (kKey - 5) / 2, y = at.y - 4;
  switch (item.shape) {
    case Shape::band:
    case Shape::bars:
      return svg.rectangle(classes, {at.x, y - 5}, kKey - 5, 10);
    case Shape::dots:
      return svg.circle("dot " + item.series.tone, {middle, y}, std::max(item.radius, 2.5));
    case Shape::cross:
      svg.line(classes, {middle - 4, y}, {middle + 4, y});
      return svg.line(classes, {middle, y - 4}, {middle, y + 4});
    default:
      svg.line(item.kind == "faint" ? "thin " + item.series.tone : classes, {at.x, y}, {right, y});
  }
}

/// How high the legend is.
double Plot::draw_legend(Svg& svg, Point corner, double width, bool draws) const {
  std::vector<std::string> seen;
  double x = corner.x, y = corner.y + kSmall;
  for (const Item& item : items_) {
    const std::string& name = item.series.name;
    if (!item.series.in_legend || name.empty() || std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
    const double needed = kKey + text_width(name, kSmall);
    if (!seen.empty() && x + needed > corner.x + width) {
      x = corner.x;
      y += kLine;
    }
    seen.push_back(name);
    if (draws) {
      draw_key(svg, {x, y}, item);
      svg.text("name", {x + kKey, y}, Anchor::start, name);
    }
    x += needed + kGap;
  }
  return seen.empty() ? 0 : y - corner.y + 5;
}

/// Each in the middle of its place, as much of it as fits there.
void Plot::draw_labels(Svg& svg, const Frame& f) const {
  const double room = f.width / (f.x.high - f.x.low) - 4;
  for (std::size_t i = 0; i < x_.labels.size(); ++i) {
    svg.text("", {f.at_x(static_cast<double>(i + 1)), f.top + f.height + 15}, Anchor::middle,
             fitting(x_.labels[i], kSmall, room));
  }
}

void Plot::draw_axes(Svg& svg, const Frame& f, const Layout& layout, Point corner, double top) const {
  const int most_y = most_numbers(f.height, 34);
  const bool short_numbers = f.x_axis.whole && f.x.high < 100;
  const int most_x = most_numbers(f.width, short_numbers ? 28 : f.width > 250 ? 52 : 36);
  const Ticks x = ticks_of(f.x_axis, f.x, most_x), y = ticks_of(f.y_axis, f.y, most_y);
  const double bottom = f.top + f.height;
  const bool labelled = !x_.labels.empty();
  if (labelled) draw_labels(svg, f);
  double last = -1e9;
  for (const Tick& tick : x.ticks) {
    const double at = f.at_x(tick.value), half = text_width(tick.text, kSmall) / 2;
    if (!labelled) svg.line("grid", {at, f.top}, {at, bottom});
    if (labelled || !layout.x_numbers || at - half < last + 6) continue;
    svg.text("", {at, bottom + 15}, Anchor::middle, tick.text);
    last = at + half;
  }
  for (const Tick& tick : y.ticks) {
    const double at = f.at_y(tick.value);
    svg.line("grid", {f.left, at}, {f.left + f.width, at});
    if (layout.y_numbers) svg.text("", {f.left - 6, at + 4}, Anchor::end, tick.text);
  }
  if (layout.x_title) {
    svg.text("name", {f.left + f.width / 2, bottom + (layout.x_numbers ? 32 : 16)}, Anchor::middle,
             fitting(axis_title(x_.name, x_.unit, x.exponent), kSmall, f.width + 4));
  }
  if (layout.y_title) {
    svg.text("name", {corner.x + 2, top - 7}, Anchor::start,
             fitting(axis_title(y_.name, y_.unit, y.exponent), kSmall, layout.width - 4));
  }
}

void Plot::draw_item(Svg& svg, const Frame& f, const Item& item) const {
  const std::string classes = item.kind + " " + item.series.tone;
  std::vector<Point> points;
  switch (item.shape) {
    case Shape::line:
    case Shape::outline:
      for (std::size_t i = 0; i < item.x.size(); ++i) points.push_back(f.at(item.x[i], item.y[i]));
      return svg.path(classes, points, item.shape == Shape::outline);
    case Shape::band:
      for (std::size_t i = 0; i < item.x.size(); ++i) points.push_back(f.at(item.x[i], item.y[i]));
      for (std::size_t i = item.x.size(); i-- > 0;) points.push_back(f.at(item.x[i], item.high[i]));
      return svg.path(classes, points, true);
    case Shape::dots:
      for (std::size_t i = 0; i < item.x.size(); ++i) {
        const Point p = f.at(item.x[i], item.y[i]);
        if (std::isfinite(p.x) && std::isfinite(p.y)) svg.circle(classes, p, item.radius);
      }
      return;
    case Shape::cross: {
      const Point p = f.at(item.x[0], item.y[0]);
      for (const std::string& pen : {std::string("halo"), classes}) {
        svg.line(pen, {p.x - 5, p.y}, {p.x + 5, p.y});
        svg.line(pen, {p.x, p.y - 5}, {p.x, p.y + 5});
      }
      return;
    }
    case Shape::intervals:
      for (std::size_t i = 0; i < item.x.size(); ++i) {
        svg.line(classes, f.at(item.x[i], item.y[i]), f.at(item.x[i], item.high[i]));
      }
      return;
    case Shape::bars:
      for (std::size_t i = 0; i < item.y.size(); ++i) {
        const Point corner = f.at(item.x[i], item.y[i]), end = f.at(item.x[i + 1], std::max(0.0, f.y.low));
        svg.rectangle(classes, {corner.x + 0.5, corner.y}, std::max(end.x - corner.x - 1, 0.5),
                      std::max(end.y - corner.y, 0.0));
      }
      return;
    case Shape::vertical:
      return svg.line(classes, {f.at_x(item.x[0]), f.top}, {f.at_x(item.x[0]), f.top + f.height});
    case Shape::horizontal:
      return svg.line(classes, {f.left, f.at_y(item.y[0])}, {f.left + f.width, f.at_y(item.y[0])});
  }
}

void Plot::draw(Svg& svg, Point corner, const Layout& layout) const {
  double top = corner.y + 4;
  if (layout.title) {
    svg.text("title", {corner.x + 2, top + 12}, Anchor::start, fitting(title_, kTitle, layout.width - 4));
    top += 21;
  }
  if (layout.legend) {
    top += draw_legend(svg, {corner.x + 2, top}, layout.width - 6, true);
  }
  if (layout.y_title) top += 22;
  const Range x = x_range(), y = y_range();
  const double bottom = corner.y + layout.height - 6 - (layout.x_numbers ? 14 : 0) - (layout.x_title ? 18 : 0);
  double numbers = 0;
  if (layout.y_numbers) {
    for (const Tick& tick : ticks_of(y_, y, most_numbers(bottom - top, 34)).ticks) {
      numbers = std::max(numbers, text_width(tick.text, kSmall));
    }
    numbers = layout.numbers > 0 ? layout.numbers : numbers + 10;
  }
  const double left = corner.x + numbers + 2, right = corner.x + layout.width - 10;
  const Frame frame{x_, y_, x, y, left, top, right - left, bottom - top};
  draw_axes(svg, frame, layout, corner, top);
  svg.begin_clip({left, top}, frame.width, frame.height);
  for (const Item& item : items_) {
    const bool fades = item.series.opacity < 1;
    if (fades) svg.begin_fade(item.series.opacity);
    draw_item(svg, frame, item);
    if (fades) svg.end_fade();
  }
  svg.end_clip();
  svg.path("frame", {{left, top}, {left, bottom}, {right, bottom}});
}

Svg Plot::svg() const {
  Layout layout;
  layout.height = height_;
  Svg svg(layout.width, layout.height, title_);
  draw(svg, {0, 0}, layout);
  return svg;
}

std::string Plot::csv() const {
  const std::string y = quoted(axis_title(y_.name, y_.unit));
  std::string text = "series," + quoted(axis_title(x_.name, x_.unit)) + "," + y + "," +
                     quoted("to " + axis_title(y_.name, y_.unit)) + "\n";
  const auto number = [](const std::vector<double>& v, std::size_t i) { return i < v.size() ? number_text(v[i]) : ""; };
  for (const Item& item : items_) {
    const std::string name = quoted(item.series.name);
    for (std::size_t i = 0; i < std::max(item.x.size(), item.y.size()); ++i) {
      text += name + "," + number(item.x, i) + "," + number(item.y, i) + "," + number(item.high, i) + "\n";
    }
  }
  return text;
}

}  // namespace alfi::report
