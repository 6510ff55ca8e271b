#include "report/figures.hpp"

namespace alfi::report {

Figure figure_of(const std::string& name, const Plot& plot) { return {name, plot.svg(), plot.csv(), 0, 0}; }

std::string file_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    name += plain ? c : '_';
  }
  return name;
}

std::vector<double> numbers_to(std::size_t count) {
  std::vector<double> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(static_cast<double>(i));
  return all;
}

std::string hue(std::size_t i) { return "h" + std::to_string(i % 6); }

}  // namespace alfi::report
