#include <algorithm>

#include "alfi/core/error.hpp"
#include "alfi/core/moments.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/machine.hpp"
#include "commands.hpp"
#include "csv.hpp"
#include "expression.hpp"
#include "failure.hpp"
#include "inference_data.hpp"
#include "json.hpp"
#include "option_words.hpp"
#include "options.hpp"
#include "output.hpp"
#include "program.hpp"
#include "progress.hpp"
#include "waiting.hpp"

namespace alfi::tools {
namespace {

constexpr Index kDerivedDraws = 20000;  // behind what is said of derived quantities: sds to 0.5 %

/// Mean, sd and quantiles of each parameter, the exact posterior's where it is known.
std::string answer_text(const SimulatorInfo& info, const Posterior& posterior, const InferenceReport& report) {
  const std::vector<double> mean = posterior.mean(), sd = posterior.standard_deviation();
  const std::vector<double> low = posterior.quantile(0.05), middle = posterior.quantile(0.5),
                            high = posterior.quantile(0.95);
  Row header{"parameter", "unit", "mean", "sd", "5 %", "50 %", "95 %"};
  if (report.exact.available) header.insert(header.end(), {"exact mean", "exact sd"});
  if (!report.maximum_likelihood.empty()) header.push_back("max. likelihood");
  std::vector<Row> rows{header};
  for (std::size_t p = 0; p < mean.size(); ++p) {
    const Parameter& parameter = info.parameters[p];
    Row row{parameter.name, parameter.unit.empty() ? "-" : parameter.unit};
    for (const double value : {mean[p], sd[p], low[p], middle[p], high[p]}) row.push_back(number_text(value, 5));
    if (report.exact.available) {
      for (const double value : {report.exact.mean, report.exact.standard_deviation})
        row.push_back(number_text(value, 5));
    }
    if (!report.maximum_likelihood.empty()) row.push_back(number_text(report.maximum_likelihood[p], 5));
    rows.push_back(row);
  }
  for (const DerivedReport& d : report.derived) {
    Row row{d.name, "-"};
    for (const double value : {d.mean, d.standard_deviation, d.low, d.middle, d.high}) {
      row.push_back(number_text(value, 5));
    }
    row.resize(header.size());
    rows.push_back(row);
  }
  return table_text(rows, 2);
}

std::vector<std::string> names_of(const SimulatorInfo& info) {
  std::vector<std::string> names;
  for (const Parameter& parameter : info.parameters) names.push_back(parameter.name);
  return names;
}

/// Moments and quantiles of derived quantities, by kDerivedDraws draws.
std::vector<DerivedReport> derived_reports(const std::vector<Derived>& derived, const Posterior& posterior,
                                           std::uint64_t seed) {
  std::vector<DerivedReport> reports;
  if (derived.empty()) return reports;
  const std::vector<double> values =
      derive(derived, posterior.draw(kDerivedDraws, seed), posterior.parameters().size());
  for (std::size_t j = 0; j < derived.size(); ++j) {
    RunningMoments moments;
    std::vector<double> sorted;
    for (std::size_t i = j; i < values.size(); i += derived.size()) {
      moments.add(values[i]);
      sorted.push_back(values[i]);
    }
    std::sort(sorted.begin(), sorted.end());
    const auto at = [&](double q) {
      return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
    };
    reports.push_back({derived[j].name, moments.mean(), moments.sd(), at(0.05), at(0.5), at(0.95)});
  }
  return reports;
}

/// Draws in CmdStan's layout: its settings as comments, lp__ (our log density), the parameters by name and what is
/// derived of them.
std::string draws_text(const SimulatorInfo& info, const Posterior& posterior, const std::vector<Derived>& derived,
                       Index count, std::uint64_t seed) {
  const std::vector<double> draws = posterior.draw(count, seed);
  const auto size = info.parameters.size();
  const std::vector<double> more = derive(derived, draws, size);
  std::vector<std::string> names{"lp__"};
  for (const Parameter& parameter : info.parameters) names.push_back(parameter.name);
  for (const Derived& d : derived) names.push_back(d.name);
  std::vector<double> values;
  for (std::size_t i = 0; i < draws.size(); i += size) {
    const std::vector<double> theta(&draws[i], &draws[i] + size);
    values.push_back(posterior.log_density(theta));
    values.insert(values.end(), theta.begin(), theta.end());
    const auto first = more.begin() + static_cast<std::ptrdiff_t>(i / size * derived.size());
    values.insert(values.end(), first, first + static_cast<std::ptrdiff_t>(derived.size()));
  }
  const std::vector<std::string> comment{"alfi " ALFI_VERSION ": independent draws of the posterior",
                                         "model = " + info.name,
                                         "method = sample (Default)",
                                         "  sample",
                                         "    num_samples = " + std::to_string(count),
                                         "    num_warmup = 0",
                                         "    save_warmup = 0 (Default)",
                                         "    thin = 1 (Default)",
                                         "id = 1",
                                         "random",
                                         "  seed = " + std::to_string(seed)};
  return csv_text(comment, names, MatView<const double>{values.data(), count, static_cast<Index>(names.size())});
}

/// Which likelihood the refinement answers by.
std::string refinement_text(const Inference& inference) {
  if (inference.likelihood.empty()) return "left out";
  return inference.likelihood == "learned" ? "by a learned likelihood" : "by a local Gaussian";
}

std::string written_text(const std::string& path, Index draws) {
  return path + ": " + counted(draws, "draw") + " of the posterior\n";
}

void add_known_answers(const Simulator& simulator, Observations observations, InferenceReport& report) {
  report.exact = exact_posterior(simulator, observations);
  if (!simulator.exact().maximum_likelihood) return;
  std::vector<double> theta(simulator.info().parameters.size());
  if (simulator.exact().maximum_likelihood(observations, theta.data())) report.maximum_likelihood = theta;
}

}  // namespace

int infer(const InferArguments& arguments) {
  if ((arguments.draws > 0) != !(arguments.output.empty() && arguments.netcdf.empty())) {
    throw UsageError(
        "got --draws without a file, or a file without --draws, expected both (--draws N --output FILE, or --netcdf "
        "FILE) or neither");
  }
  if (!arguments.netcdf.empty() && !has_netcdf()) write_inference_data({});  // refuses before anything is done
  if (arguments.output == "-" && arguments.common.json == "-") {
    throw UsageError("--output - and --json -: got both on standard output, expected one of them to be a file");
  }
  require_writable("--output", arguments.output);
  require_writable("--netcdf", arguments.netcdf);
  require_writable("--json", arguments.common.json);
  ProgramArguments program = arguments.program;
  if (!arguments.effort.bank.empty()) program.trust = program.trust || program.command.empty();  // nothing is run
  const LoadedMachine loaded = load_machine(arguments.model, program, arguments.common.threads);
  const Machine& machine = loaded.machine;
  const Simulator& simulator = machine.simulator();
  const SimulatorInfo& info = simulator.info();
  std::vector<Derived> derived;
  for (const std::string& text : arguments.derive) derived.push_back(derived_option(text, names_of(info)));
  const ObservationTable table = read_problem(arguments.observations, info.observation);
  InferOptions options = infer_options(arguments.effort, arguments.common);
  const std::unique_ptr<const Bank> bank = bank_of(arguments.effort.bank, simulator);
  options.bank = bank.get();
  options.context = bank ? Context() : context_of(arguments.common.device);  // a bank is chosen from on a CPU
  const Progress clock(true);
  Waiting waiting(loaded.simulator, arguments.common.quiet, "inferring");
  const Inference inference = machine.infer(simulator, table.view(), options);
  waiting.end();
  InferenceReport report;
  report.seconds = clock.seconds();
  report.observed = table.rows;
  report.seed = options.seed;
  report.warnings = table.warnings;
  report.derived = derived_reports(derived, inference.posterior, options.seed);
  add_known_answers(simulator, table.view(), report);
  const bool text = arguments.common.json != "-" && arguments.output != "-";
  if (text) {
    print(info.name + ": " + observed_text(info.observation, table.rows) + ", " +
          iterations_text(inference.iterations(), inference.refined, refinement_text(inference)) + ", " +
          counted(inference.simulator_calls, "simulator call") + ", " + duration_text(report.seconds) + "\n" +
          answer_text(info, inference.posterior, report));
  }
  warn(report.warnings, arguments.common.quiet);
  warn(in_options(inference.warnings), arguments.common.quiet);
  tell_failures(loaded.simulator, arguments.common.quiet);
  if (!arguments.output.empty()) {
    write_text(arguments.output, draws_text(info, inference.posterior, derived, arguments.draws, options.seed));
    if (text && !arguments.common.quiet) print(written_text(arguments.output, arguments.draws));
  }
  if (!arguments.netcdf.empty()) {
    write_inference_data({arguments.netcdf, &info, &inference.posterior, table.view(), arguments.draws, options.seed});
    if (text && !arguments.common.quiet) print(written_text(arguments.netcdf, arguments.draws));
  }
  if (!arguments.common.json.empty()) write_text(arguments.common.json, inference_json(info, inference, report));
  return kDone;
}

}  // namespace alfi::tools
