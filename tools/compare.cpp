#include "alfi/inference/baselines/compare.hpp"

#include <filesystem>
#include <optional>

#include "alfi/core/text.hpp"
#include "commands.hpp"
#include "csv.hpp"
#include "failure.hpp"
#include "json.hpp"
#include "options.hpp"
#include "output.hpp"
#include "program.hpp"
#include "progress.hpp"
#include "report/comparison_figures.hpp"
#include "toml.hpp"
#include "waiting.hpp"

namespace alfi::tools {
namespace {

/// What is compared: a model with its configuration, or a configuration alone.
struct Subject {
  Configuration configuration;
  std::optional<Machine> machine;
  ConfiguredSimulator simulator;
  Origins origins;
};

bool is_configuration(const std::string& path) { return std::filesystem::path(path).extension() == ".toml"; }

Subject subject_of(const CompareArguments& arguments) {
  const int threads = arguments.common.threads;
  if (!is_configuration(arguments.subject)) {
    if (!arguments.set.empty())
      throw UsageError("--set: got " + arguments.set.front() + ", expected none with a model");
    LoadedMachine loaded = load_machine(arguments.subject, arguments.program, threads);
    return {loaded.machine.configuration(), loaded.machine, loaded.simulator, {}};
  }
  Subject subject;
  subject.configuration = read_configuration(arguments.subject, &subject.origins);
  for (const std::string& setting : arguments.set) apply_setting(subject.configuration, setting, &subject.origins);
  if (!arguments.program.command.empty()) replace_command(subject.configuration.simulator, arguments.program.command);
  subject.origins["train.budget"] = "--budget " + std::to_string(arguments.budget) + ", less the calls of an answer";
  with_origins(subject.origins, [&] {
    validate(subject.configuration);
    subject.simulator = make_configured_simulator(subject.configuration.simulator, threads);
  });
  return subject;
}

std::string error_text(const MeanWithError& value) { return with_error_text(value, 3); }

std::string count_text(double calls) { return std::to_string(static_cast<Index>(calls + 0.5)); }

std::string table_of(const SimulatorInfo& info, const Comparison& c) {
  Row header{"method", "training calls", "calls a problem", "training", "a problem"};
  if (c.truth_known) {
    header.insert(header.end(), {"-log density", "by draws"});
    if (c.has_exact) header.push_back("gap");
    header.insert(header.end(), {"rmse", "in 50 %", "in 90 %"});
  } else {
    for (const Parameter& p : info.parameters) header.push_back(p.name);
  }
  if (c.has_c2st) header.push_back("C2ST");
  std::vector<Row> rows{header};
  for (const MethodScore& m : c.methods) {
    const bool exact = c.has_exact && &m == &c.methods.back();
    Row row{m.name, std::to_string(m.training_calls), count_text(m.calls_per_problem),
            duration_text(m.training_seconds), duration_text(m.seconds_per_problem)};
    if (c.truth_known) {
      row.push_back(m.has_density ? error_text(m.negative_log_density) : "-");
      row.push_back(error_text(m.negative_log_density_by_draws));
      if (c.has_exact) row.push_back(exact ? "0" : error_text(m.gap));
      row.insert(row.end(), {number_text(m.rmse, 3), number_text(100 * m.coverage_50, 3) + " %",
                             number_text(100 * m.coverage_90, 3) + " %"});
    }
    for (std::size_t p = 0; p < info.parameters.size() && !c.truth_known; ++p) {
      const JudgedAnswer& answer = m.answers.front();
      row.push_back(number_text(answer.mean[p], 4) + " +- " + number_text(answer.standard_deviation[p], 2));
    }
    if (c.has_c2st) row.push_back(exact ? "-" : error_text(m.c2st));
    rows.push_back(row);
  }
  return table_text(rows, 1);
}

std::string explanation(const Comparison& c) {
  std::string text;
  if (c.truth_known) {
    text +=
        "-log density: of the truth, in nats, by a method's own density; by draws: by a mixture of Gaussians fitted to "
        "its draws.\n";
    if (c.has_exact) text += "gap: of the former (else the latter) to the exact posterior, problem by problem.\n";
    text += "rmse: of the mean, in prior sds. in 50 %, in 90 %: of central intervals, the truths.\n";
  }
  if (c.has_c2st)
    text += "C2ST: accuracy of a classifier of an answer's draws and the exact posterior's; 0.5 is best.\n";
  for (const MethodScore& m : c.methods) {
    if (m.warned == 0) continue;
    std::string first;
    for (const JudgedAnswer& answer : m.answers) {
      if (first.empty() && !answer.warnings.empty()) first = answer.warnings.front();
    }
    text += m.name + ": warnings at " + std::to_string(m.warned) + " of " + std::to_string(c.problems) +
            ", such as: " + first + "\n";
  }
  return text;
}

/// A row for each method and problem.
std::string csv_of(const Comparison& c) {
  std::string text = "method,problem,simulator_calls,seconds,negative_log_density,negative_log_density_by_draws,c2st";
  for (const std::string& name : c.parameters) text += ",truth_" + name + ",mean_" + name + ",sd_" + name;
  text += "\n";
  for (const MethodScore& m : c.methods) {
    for (std::size_t i = 0; i < m.answers.size(); ++i) {
      const JudgedAnswer& a = m.answers[i];
      const bool against = c.has_c2st && &m != &c.methods.back();
      text += m.name + "," + std::to_string(i) + "," + std::to_string(a.simulator_calls) + "," +
              number_text(a.seconds) + ",";
      text += c.truth_known ? number_text(a.negative_log_density) + "," + number_text(a.negative_log_density_by_draws)
                            : std::string(",");
      text += "," + (against ? number_text(a.c2st) : std::string());
      for (std::size_t p = 0; p < c.parameters.size(); ++p) {
        text += "," + (c.truth_known ? number_text(c.truths[i][p]) : std::string()) + "," + number_text(a.mean[p]) +
                "," + number_text(a.standard_deviation[p]);
      }
      text += "\n";
    }
  }
  return text;
}

}  // namespace

int compare(const CompareArguments& arguments) {
  const Subject subject = subject_of(arguments);
  const Simulator& simulator = subject.simulator.simulator;
  const SimulatorInfo& info = simulator.info();
  Progress progress(arguments.common.quiet);
  CompareOptions options;
  options.budget = arguments.budget;
  options.problems = arguments.problems;
  options.observed = arguments.observed;
  options.methods = arguments.methods;
  options.draws = arguments.draws;
  options.c2st_draws = arguments.c2st;
  options.seed = arguments.common.seed.value_or(1);
  options.threads = arguments.common.threads;
  options.context = context_of(arguments.common.device);
  ObservationTable table;
  if (!arguments.observations.empty()) {
    table = read_problem(arguments.observations, info.observation);
    options.given = table.view();
  }
  Waiting waiting(subject.simulator, arguments.common.quiet);
  options.progress = [&](const std::string& what, Index done, Index of) {
    waiting.end();
    if (progress.due()) progress.show(what + ": " + std::to_string(done) + "/" + std::to_string(of));
    return true;
  };
  if (!arguments.output.empty()) make_directory(arguments.output);
  require_writable("--json", arguments.common.json);
  const Machine* machine = subject.machine ? &*subject.machine : nullptr;
  Comparison c;
  with_origins(subject.origins, [&] { c = alfi::compare(subject.configuration, machine, simulator, options); });
  const double seconds = progress.seconds();
  waiting.end();
  progress.finish();
  warn(table.warnings, arguments.common.quiet);
  tell_failures(subject.simulator, arguments.common.quiet);
  const std::string json = comparison_json(info, c, options.seed, seconds);
  if (!arguments.output.empty()) {
    write_text(arguments.output + "/compare.json", json);
    write_text(arguments.output + "/compare.csv", csv_of(c));
    write_text(arguments.output + "/compare.svg", report::comparison_picture(c, info).file_text());
  }
  if (arguments.common.json != "-") {
    const std::string what = c.truth_known ? counted(c.problems, "problem") + " of " : "one problem, ";
    print(info.name + ": " + what + observed_text(info.observation, c.observed) + ", " + std::to_string(c.budget) +
          " simulator calls a method" + (subject.machine ? " (the model is as it was trained), " : ", ") +
          duration_text(seconds) + "\n\n" + table_of(info, c) + "\n" + explanation(c));
  }
  if (!arguments.common.json.empty()) write_text(arguments.common.json, json);
  return kDone;
}

}  // namespace alfi::tools
