#include "report/figures.hpp"

#include <cmath>

#include "alfi/core/text.hpp"

namespace alfi::report {

Section section_of(const std::string& id, const std::string& title, const std::string& text) {
  return {id, title, text, {}, {}};
}

void add_parameters(Section& section, const Findings& findings, Figure (*figure)(const Findings&, std::size_t)) {
  for (std::size_t p = 0; p < findings.info.parameters.size(); ++p) section.figures.push_back(figure(findings, p));
}

Figure figure_of(const std::string& name, const Plot& plot) { return {name, plot.svg(), plot.csv(), 0, 0}; }

std::string file_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    name += plain ? c : '_';
  }
  return name;
}

std::string count_text(double count) {
  if (count >= 1e9) return number_text(count / 1e9, 3) + " billion";
  if (count >= 1e6) return number_text(count / 1e6, 3) + " million";
  std::string text = number_text(std::round(count));
  for (std::size_t i = text.size(); i > 3 && count >= 1e4; i -= 3) text.insert(i - 3, "\xe2\x80\xaf");
  return text;
}

std::vector<double> numbers_to(std::size_t count) {
  std::vector<double> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(static_cast<double>(i));
  return all;
}

std::string hue(std::size_t i) { return "h" + std::to_string(i % 6); }

}  // namespace alfi::report
