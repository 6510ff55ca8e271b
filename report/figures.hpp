#pragma once
#include <string>
#include <vector>

#include "report/findings.hpp"
#include "report/plot.hpp"

/// The figures of a report, section by section.

namespace alfi::report {

struct Figure {
  std::string name;  ///< of its files, without an ending
  Svg svg;
  std::string csv;
  int group = 0;          ///< figures of different groups begin on different lines
  double most_width = 0;  ///< on a page, in pixels; 0: as the others
};

struct Table {
  std::vector<std::vector<std::string>> rows;  ///< the first is the header
};

struct Section {
  std::string id, title;
  std::string text;  ///< HTML of ours
  std::vector<Figure> figures;
  Table table;
};

Section training_section(const Findings& findings);
Section iterations_section(const Findings& findings);
Section walks_section(const Findings& findings);
Section recovery_section(const Findings& findings);
Section calibration_section(const Findings& findings);
Section predictive_section(const Findings& findings);
Section posterior_section(const Findings& findings);

/// Without figures yet. text: HTML.
Section section_of(const std::string& id, const std::string& title, const std::string& text);
/// Adds the figure of every parameter.
void add_parameters(Section& section, const Findings& findings,
                    Figure (*figure_of_parameter)(const Findings& findings, std::size_t parameter));
/// A figure of one plot.
Figure figure_of(const std::string& name, const Plot& plot);
/// A name that a file can have: letters, digits, - and _, the rest becoming _.
std::string file_name(const std::string& text);
/// "83 712", "94.2 million".
std::string count_text(double count);
/// 0, 1, .., count - 1.
std::vector<double> numbers_to(std::size_t count);
/// "h0" and so on, one for each of several things that are alike.
std::string hue(std::size_t i);

}  // namespace alfi::report
