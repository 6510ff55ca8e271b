#include "report/plot.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "report/figures.hpp"
#include "report/style.hpp"

using namespace alfi::report;

namespace {

/// Whether every element ends, in the order in which they began, and no text holds a bare < or &.
bool well_formed(const std::string& text) {
  std::vector<std::string> open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '&') {
      const std::size_t end = text.find(';', i);
      if (end == std::string::npos || end - i > 6) return false;
    }
    if (text[i] != '<') continue;
    const std::size_t end = text.find('>', i);
    if (end == std::string::npos) return false;
    const std::string inside = text.substr(i + 1, end - i - 1);
    if (inside[0] == '/') {
      if (open.empty() || open.back() != inside.substr(1)) return false;
      open.pop_back();
    } else if (inside.back() != '/') {
      open.push_back(inside.substr(0, inside.find(' ')));
    }
    i = end;
  }
  return open.empty();
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

Plot sample() {
  Plot plot("a < b & c", {"time", "s"}, {"value", "m"});
  plot.line({"machine", "a line", true, 1}, {0, 1, 2, 3}, {1, 2, std::nan(""), 4});
  plot.band({"muted", "a band", true, 0.5}, {0, 3}, {0, 1}, {2, 3});
  plot.bars({"truth", "bars", true, 1}, {0, 1, 2}, {1, 3});
  plot.dots({"exact", "dots", true, 1}, {0, 1}, {0, std::numeric_limits<double>::infinity()}, 2);
  plot.intervals({"machine", "intervals", false, 1}, {1}, {0}, {2});
  plot.cross({"truth", "a, \"cross\"", true, 1}, 1, 1);
  plot.vertical({"truth", "here", true, 1}, 2);
  plot.horizontal({"truth", "there", true, 1}, 2);
  return plot;
}

}  // namespace

TEST_CASE("a drawing is well-formed XML, alone and in a page") {
  const Svg svg = sample().svg();
  CHECK(well_formed(svg.inline_text()));
  CHECK(well_formed(svg.file_text()));
  CHECK(count(svg.inline_text(), "<style>") == 0);
  CHECK(count(svg.file_text(), "<style>") == 1);
  CHECK(count(svg.file_text(), "prefers-color-scheme:dark") == 1);
  CHECK(count(svg.file_text(), "var(") == 0);  // which programs that are no browsers draw in black
  CHECK(count(svg.file_text(), "$") == 0);
  CHECK(count(svg.inline_text(), "a &lt; b &amp; c") == 2);  // the title that is drawn, and the one that is read
  CHECK(count(svg.inline_text(), "nan") == 0);
  CHECK(count(svg.inline_text(), "inf") == 0);
  CHECK(count(svg.inline_text(), "<circle") == 2);  // of two dots the finite one, and the one of the legend
  CHECK(escaped("a\nb\x01") == "a b ");
}

TEST_CASE("a line is interrupted where it is not finite") {
  Svg svg(10, 10, "");
  svg.path("line", {{0, 0}, {1, 1}, {std::nan(""), 2}, {3, 3.14159}});
  CHECK(count(svg.inline_text(), "M0 0L1 1M3 3.1\"") == 1);
}

TEST_CASE("axes hold what is drawn, unless their range is said") {
  const Plot plot = sample();
  CHECK(plot.x_range().low < 0);
  CHECK(plot.x_range().high > 3);
  CHECK(plot.y_range().low == 0);  // bars stand on it
  Plot fixed("", {"x", "", Range{1, 2}}, {"y", "", {}, true});
  fixed.line({"machine", "", true, 1}, {0, 5}, {0, 100});
  CHECK(fixed.x_range().low == 1);
  CHECK(fixed.x_range().high == 2);
  CHECK(std::abs(fixed.y_range().low - 2) < 0.3);  // log10 of the only value that is positive
  CHECK(well_formed(fixed.svg().inline_text()));
  CHECK(well_formed(Plot("", {"x", ""}, {"y", ""}).svg().inline_text()));
}

TEST_CASE("a plot writes what it shows") {
  const std::string csv = sample().csv();
  CHECK(csv.rfind("series,time [s],value [m],to value [m]\na line,0,1,\n", 0) == 0);
  CHECK(count(csv, "a band,3,1,3\n") == 1);
  CHECK(count(csv, "\"a, \"\"cross\"\"\",1,1,\n") == 1);
  CHECK(count(csv, "there,,2,\n") == 1);
}

TEST_CASE("text that does not fit is cut between characters") {
  CHECK(fitting("rate [1/s]", 11, 200) == "rate [1/s]");
  const std::string cut = fitting("−−−−−−−−−−", 10, 40);
  CHECK(text_width(cut, 10) <= 40);
  CHECK(cut.size() % 3 == 0);  // each of these characters has three bytes
  CHECK(cut.substr(cut.size() - 3) == "…");
  CHECK(fitting("a", 11, 0) == "…");
}

TEST_CASE("labels stand in the place of numbers, as much of them as fits") {
  Axis axis{"", "", Range{0.5, 3.5}};
  axis.labels = {"one", "two", std::string(100, 'w')};
  Plot plot("", axis, {"y", ""});
  plot.dots({"machine", "a"}, {1, 2, 3}, {4, 5, 6}, 2);
  const std::string svg = plot.svg().inline_text();
  CHECK(well_formed(svg));
  CHECK(count(svg, ">one<") == 1);
  CHECK(count(svg, ">two<") == 1);
  CHECK(count(svg, ">www") == 1);
  CHECK(count(svg, std::string(100, 'w')) == 0);
  CHECK(count(svg, ">3.0<") + count(svg, ">3<") == 0);
}

TEST_CASE("names of files hold nothing that a path could mind") {
  CHECK(file_name("theta_0") == "theta_0");
  CHECK(file_name("../a b/\xc3\xa9") == "___a_b___");
}
