#pragma once
#include <string>
#include <vector>

/// Scalable vector graphics as text. Shapes have classes, not colours: those are said once, in style.hpp, for light and
/// for dark pages. Coordinates are pixels, y downwards. No locale is asked.

namespace alfi::report {

/// & < > " and control characters as XML wants them.
std::string escaped(const std::string& text);

/// Pixels to a tenth: "12.3".
std::string pixels(double value);

/// How wide text is about, in pixels: there is no font to ask, so widths are those of a common sans serif.
double text_width(const std::string& text, double font_size);

/// The text, or as much of it as fits, and "…".
std::string fitting(const std::string& text, double font_size, double width);

enum class Anchor { start, middle, end };

struct Point {
  double x = 0, y = 0;
};

class Svg {
 public:
  /// title: what the picture shows, for whoever cannot see it.
  Svg(double width, double height, const std::string& title);

  /// Through points; a closed one returns to the first. Points that are not finite interrupt it.
  void path(const std::string& classes, const std::vector<Point>& points, bool closed = false);
  void line(const std::string& classes, Point from, Point to) { path(classes, {from, to}); }
  void rectangle(const std::string& classes, Point corner, double width, double height);
  void circle(const std::string& classes, Point centre, double radius);
  void text(const std::string& classes, Point at, Anchor anchor, const std::string& text);
  /// What is drawn until end_clip() shows only inside of the rectangle.
  void begin_clip(Point corner, double width, double height);
  void end_clip() { body_ += "</g>"; }
  /// What is drawn until end_fade() is that opaque, from 0 to 1.
  void begin_fade(double opacity);
  void end_fade() { body_ += "</g>"; }

  /// Inside of a page, whose style it takes.
  std::string inline_text() const;
  /// A file of its own, with its style.
  std::string file_text() const;

 private:
  double width_, height_;
  std::string title_, body_;
  int clips_ = 0;
};

}  // namespace alfi::report
