#include "report/svg.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>

#include "report/style.hpp"

namespace alfi::report {
namespace {

/// Far outside of every picture, where no renderer minds.
constexpr double kFar = 1e5;

std::string attribute(const char* name, const std::string& value) {
  return std::string(" ") + name + "=\"" + value + "\"";
}

/// The same for the same text: names clip paths apart where several pictures share a page.
std::string name_of(const std::string& text) {
  std::uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  char buffer[24];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, hash, 36).ptr};
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
  }
  return out;
}

std::string pixels(double value) {
  const double inside = value > kFar ? kFar : value < -kFar ? -kFar : value;
  const double rounded = std::round(inside * 10) / 10;
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, rounded == 0 ? 0.0 : rounded).ptr};
}

double text_width(const std::string& text, double font_size) {
  double width = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;  // inside of a character of several bytes
    const std::string one(1, c);
    if (std::string("ilj.,:;'|! ()[]").find(one) != std::string::npos) {
      width += 0.32;
    } else if (std::string("mwMWOGQ%").find(one) != std::string::npos) {
      width += 0.86;
    } else {
      width += c >= 'A' && c <= 'Z' ? 0.68 : 0.57;
    }
  }
  return width * font_size;
}

std::string fitting(const std::string& text, double font_size, double width) {
  if (text_width(text, font_size) <= width) return text;
  std::string kept = text;
  while (!kept.empty() && text_width(kept + "m", font_size) > width) {
    while (!kept.empty() && (static_cast<unsigned char>(kept.back()) & 0xC0) == 0x80) kept.pop_back();
    if (!kept.empty()) kept.pop_back();
  }
  return kept + "…";
}

Svg::Svg(double width, double height, const std::string& title) : width_(width), height_(height), title_(title) {}

void Svg::path(const std::string& classes, const std::vector<Point>& points, bool closed) {
  std::string d;
  bool open = false;
  for (const Point& p : points) {
    const bool finite = std::isfinite(p.x) && std::isfinite(p.y);
    if (finite) d += (open ? "L" : "M") + pixels(p.x) + " " + pixels(p.y);
    open = finite;
  }
  if (d.empty()) return;
  body_ += "<path" + attribute("class", classes) + attribute("d", d + (closed ? "Z" : "")) + "/>";
}

void Svg::rectangle(const std::string& classes, Point corner, double width, double height) {
  body_ += "<rect" + attribute("class", classes) + attribute("x", pixels(corner.x)) + attribute("y", pixels(corner.y)) +
           attribute("width", pixels(width)) + attribute("height", pixels(height)) + "/>";
}

void Svg::circle(const std::string& classes, Point centre, double radius) {
  body_ += "<circle" + attribute("class", classes) + attribute("cx", pixels(centre.x)) +
           attribute("cy", pixels(centre.y)) + attribute("r", pixels(radius)) + "/>";
}

void Svg::text(const std::string& classes, Point at, Anchor anchor, const std::string& text) {
  const std::string more = anchor == Anchor::middle ? " middle" : anchor == Anchor::end ? " end" : "";
  body_ += "<text" + attribute("class", classes + more) + attribute("x", pixels(at.x)) + attribute("y", pixels(at.y)) +
           ">" + escaped(text) + "</text>";
}

void Svg::begin_clip(Point corner, double width, double height) {
  const std::string id = "c" + name_of(title_ + body_) + std::to_string(++clips_);
  body_ += "<clipPath" + attribute("id", id) + "><rect" + attribute("x", pixels(corner.x)) +
           attribute("y", pixels(corner.y)) + attribute("width", pixels(width)) + attribute("height", pixels(height)) +
           "/></clipPath><g" + attribute("clip-path", "url(#" + id + ")") + ">";
}

void Svg::begin_fade(double opacity) {
  body_ += "<g" + attribute("opacity", pixels(std::round(opacity * 10) / 10)) + ">";
}

std::string Svg::inline_text() const {
  return "<svg" + attribute("class", "alfi") + attribute("viewBox", "0 0 " + pixels(width_) + " " + pixels(height_)) +
         attribute("role", "img") + "><title>" + escaped(title_) + "</title>" + body_ + "</svg>";
}

std::string Svg::file_text() const {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\"" + attribute("class", "alfi") + attribute("width", pixels(width_)) +
         attribute("height", pixels(height_)) + attribute("viewBox", "0 0 " + pixels(width_) + " " + pixels(height_)) +
         "><title>" + escaped(title_) + "</title><style>" + figure_style() + "</style>" +
         "<rect class=\"ground\" width=\"100%\" height=\"100%\"/>" + body_ + "</svg>\n";
}

}  // namespace alfi::report
