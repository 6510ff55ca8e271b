#pragma once
#include <optional>
#include <string>
#include <vector>

#include "report/scale.hpp"
#include "report/svg.hpp"

/// A pair of axes with what is drawn between them. Everything is given in the axes' own numbers; ranges follow from
/// what is drawn unless they are said. What a plot shows it also writes as CSV, so that the two cannot differ.

namespace alfi::report {

struct Axis {
  std::string name, unit;
  std::optional<Range> range = {};       ///< else as wide as what is drawn
  bool logarithmic = false;              ///< values that are not positive are not drawn
  bool whole = false;                    ///< only whole numbers are written on it
  double margin = 0.04;                  ///< of the width, beyond what is drawn
  std::vector<std::string> labels = {};  ///< of the x axis: written at 1, 2, .. in place of numbers
};

/// What a series stands for (style.hpp: "machine", "truth", ..) and its name in the legend and in the CSV.
struct Series {
  std::string tone;
  std::string name;
  bool in_legend = true;
  double opacity = 1;
};

class Plot {
 public:
  struct Layout {
    double width = 360, height = 0;
    bool x_title = true, y_title = true, x_numbers = true, y_numbers = true, title = true, legend = true;
    double numbers = 0;  ///< pixels for the numbers left of the y axis; 0: as many as they need
  };

  Plot(std::string title, Axis x, Axis y) : title_(std::move(title)), x_(std::move(x)), y_(std::move(y)) {}

  /// kind: "line", "thin", "faint", "dashed" or "dotted".
  void line(const Series& series, const std::vector<double>& x, const std::vector<double>& y,
            const std::string& kind = "line");
  /// The same from the last point back to the first.
  void outline(const Series& series, const std::vector<double>& x, const std::vector<double>& y,
               const std::string& kind = "line");
  /// Between low and high; kind: "area" or "area2", which is stronger.
  void band(const Series& series, const std::vector<double>& x, const std::vector<double>& low,
            const std::vector<double>& high, const std::string& kind = "area");
  /// Dots; kind: "dot", or "haze" where there are many.
  void dots(const Series& series, const std::vector<double>& x, const std::vector<double>& y, double radius,
            const std::string& kind = "dot");
  /// A cross where something is.
  void cross(const Series& series, double x, double y);
  /// kind: "faint", "thin" or "thick".
  void intervals(const Series& series, const std::vector<double>& x, const std::vector<double>& low,
                 const std::vector<double>& high, const std::string& kind = "faint");
  /// Bars from 0: heights[i] between edges[i] and edges[i+1].
  void bars(const Series& series, const std::vector<double>& edges, const std::vector<double>& heights);
  /// Across the whole plot.
  void vertical(const Series& series, double x, const std::string& kind = "dashed");
  void horizontal(const Series& series, double y, const std::string& kind = "dashed");

  void set_height(double height) { height_ = height; }
  Range x_range() const { return range_of(x_, true); }
  Range y_range() const { return range_of(y_, false); }
  const std::string& title() const { return title_; }

  /// With its corner there.
  void draw(Svg& svg, Point corner, const Layout& layout) const;
  Svg svg() const;
  /// series, x, y or low and high.
  std::string csv() const;

 private:
  enum class Shape { line, outline, band, dots, cross, intervals, bars, vertical, horizontal };
  struct Item {
    Shape shape;
    Series series;
    std::string kind;
    std::vector<double> x, y, high;
    double radius = 0;
  };
  struct Frame;

  void add(Item item) { items_.push_back(std::move(item)); }
  Range range_of(const Axis& axis, bool along_x) const;
  double draw_legend(Svg& svg, Point corner, double width, bool draws) const;
  void draw_key(Svg& svg, Point at, const Item& item) const;
  void draw_axes(Svg& svg, const Frame& frame, const Layout& layout, Point corner, double top) const;
  void draw_labels(Svg& svg, const Frame& frame) const;
  void draw_item(Svg& svg, const Frame& frame, const Item& item) const;

  double height_ = 264;
  std::string title_;
  Axis x_, y_;
  std::vector<Item> items_;
};

}  // namespace alfi::report
