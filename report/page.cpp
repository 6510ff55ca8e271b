#include "report/page.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/text.hpp"
#include "alfi/core/version.h"
#include "report/style.hpp"

namespace alfi::report {
namespace {

constexpr const char* kPercent = "\xc2\xa0%";  // stays with its number

std::string percent(double share) { return number_text(std::round(100 * share)) + kPercent; }

std::string card(const std::string& value, const std::string& what) {
  return "<div class=\"card\"><div class=\"value\">" + escaped(value) + "</div><div class=\"what\">" + escaped(what) +
         "</div></div>";
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v / static_cast<double>(values.size());
  return sum;
}

/// Rounded to the second digit of its error: "0.361 ± 0.052"; where there is none but rounding's, without.
std::string value_text(const MeanWithError& value) {
  const double error = value.standard_error;
  if (value.is_constant()) return shown(value.mean, 4);
  const int power = static_cast<int>(std::floor(std::log10(error))) - 1;
  const double unit = std::pow(10, std::min(power, 0));
  const auto rounded = [unit](double x) { return shown(std::round(x / unit) * unit, 6); };
  return rounded(value.mean) + " ± " + rounded(error);
}

/// Steps made, where a history tells them.
std::string steps_card(const Findings& f) {
  const double planned = static_cast<double>(f.configuration.train.steps);
  if (f.history.step.empty()) return card(count_text(planned), "meta-steps planned");
  const double made = f.history.step.back();
  return card(count_text(made), made < planned ? "meta-steps of " + count_text(planned) + " planned" : "meta-steps");
}

std::string cards(const Findings& f) {
  const Evaluation& e = f.after;
  std::string text = "<div class=\"cards\">";
  if (e.exact_available) text += card(value_text(e.gap), "nats lost against the exact posterior");
  text += card(value_text(e.negative_log_density), "nats, mean −log density of the truth");
  text += card(percent(mean_of(e.coverage_50)) + " · " + percent(mean_of(e.coverage_90)),
               "of truths in the " + percent(0.5) + " · " + percent(0.9) + " intervals");
  text += card(count_text(static_cast<double>(e.simulator_calls_per_problem)), "simulator calls for an answer");
  text += card(count_text(static_cast<double>(f.training_calls)), "simulator calls in training");
  text += steps_card(f);
  return text + "</div>";
}

std::string table_html(const Table& table) {
  if (table.rows.empty()) return "";
  std::string text = "<div class=\"scroll\"><table>";
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::string cell = i == 0 ? "th" : "td";
    text += "<tr>";
    for (const std::string& value : table.rows[i]) text += "<" + cell + ">" + escaped(value) + "</" + cell + ">";
    text += "</tr>";
  }
  return text + "</table></div>\n";
}

/// How good each parameter is, in numbers.
Table parameters_table(const Findings& f) {
  Table table;
  std::vector<std::string> header{"parameter", "prior sd"};
  if (f.before) header.push_back("RMSE before");
  header.push_back("RMSE after");
  if (f.after.maximum_likelihood_available) header.push_back("max. likelihood");
  header.insert(header.end(), {"in 50 %", "in 90 %"});
  table.rows.push_back(header);
  for (std::size_t p = 0; p < f.info.parameters.size(); ++p) {
    const Parameter& parameter = f.info.parameters[p];
    std::vector<std::string> row{axis_title(parameter.name, parameter.unit),
                                 shown(parameter.prior.standard_deviation(), 3)};
    if (f.before) row.push_back(shown(f.before->rmse_by_iteration.back()[p], 3));
    row.push_back(shown(f.after.rmse_by_iteration.back()[p], 3));
    if (f.after.maximum_likelihood_available) row.push_back(shown(f.after.maximum_likelihood_rmse[p], 3));
    row.push_back(percent(f.after.coverage_50[p]));
    row.push_back(percent(f.after.coverage_90[p]));
    table.rows.push_back(row);
  }
  return table;
}

std::string warnings_html(const Findings& f) {
  std::string text;
  for (const std::string& warning : f.example.inference.warnings) {
    text += "<div class=\"warning\">" + escaped(f.example.name + ": " + warning) + "</div>";
  }
  if (!f.no_before.empty()) {
    text += "<div class=\"warning\">" + escaped("the machine before training: " + f.no_before) + "</div>";
  }
  return text;
}

std::string figure_html(const Figure& figure) {
  const std::string style =
      figure.most_width > 0 ? " style=\"max-width:" + pixels(figure.most_width) + "px;grid-column:1/-1\"" : "";
  return "<figure" + style + ">" + figure.svg.inline_text() + "</figure>\n";
}

std::string section_html(const Section& section) {
  std::string text = "<section id=\"" + section.id + "\"><h2>" + escaped(section.title) + "</h2><p>" + section.text +
                     "</p>" + table_html(section.table);
  const Figure* last = nullptr;
  for (const Figure& figure : section.figures) {
    if (last == nullptr || last->group != figure.group) {
      text += std::string(last == nullptr ? "" : "</div>") + "<div class=\"figures\">\n";
    }
    text += figure_html(figure);
    last = &figure;
  }
  return text + "</div></section>\n";
}

}  // namespace

std::vector<Section> sections(const Findings& findings) {
  std::vector<Section> all{walks_section(findings),       iterations_section(findings), recovery_section(findings),
                           calibration_section(findings), posterior_section(findings),  predictive_section(findings),
                           training_section(findings)};
  std::vector<Section> shown;
  for (Section& section : all) {
    if (!section.figures.empty()) shown.push_back(std::move(section));
  }
  return shown;
}

std::string page(const Findings& f, const std::vector<Section>& sections) {
  const std::string title = f.info.name + " \xe2\x80\x93 alfi report";
  std::string text =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<meta name=\"color-scheme\" content=\"light dark\"><title>" +
      escaped(title) + "</title><style>" + page_style() + "</style></head><body>\n<header><h1>" + escaped(f.info.name) +
      "</h1><p>" + escaped(f.info.summary) + "</p></header>\n<nav>";
  for (const Section& section : sections) {
    text += "<a href=\"#" + section.id + "\">" + escaped(section.title) + "</a>";
  }
  text += "</nav>\n" + warnings_html(f) + cards(f) + table_html(parameters_table(f));
  for (const Section& section : sections) text += section_html(section);
  return text + "<footer>alfi " ALFI_VERSION "; " + std::to_string(f.after.problems) + " test problems, " +
         counted(f.after.iterations, "iteration") + (f.after.refined ? " and a refinement, " : ", ") +
         count_text(static_cast<double>(f.weights)) +
         " weights. Every figure lies beside this page as .svg, its numbers as .csv.</footer></body></html>\n";
}

}  // namespace alfi::report
