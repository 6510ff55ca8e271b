#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/machine.hpp"
#include "commands.hpp"
#include "csv.hpp"
#include "failure.hpp"
#include "json.hpp"
#include "options.hpp"
#include "output.hpp"
#include "program.hpp"
#include "progress.hpp"

namespace alfi::tools {
namespace {

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
  return table_text(rows, 2);
}

/// Draws in CmdStan's layout: its settings as comments, lp__ (our log density) and the parameters by name.
std::string draws_text(const SimulatorInfo& info, const Posterior& posterior, Index count, std::uint64_t seed) {
  const std::vector<double> draws = posterior.draw(count, seed);
  const auto size = info.parameters.size();
  std::vector<std::string> names{"lp__"};
  for (const Parameter& parameter : info.parameters) names.push_back(parameter.name);
  std::vector<double> values;
  for (std::size_t i = 0; i < draws.size(); i += size) {
    const std::vector<double> theta(&draws[i], &draws[i] + size);
    values.push_back(posterior.log_density(theta));
    values.insert(values.end(), theta.begin(), theta.end());
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

void add_known_answers(const Simulator& simulator, Observations observations, InferenceReport& report) {
  report.exact = exact_posterior(simulator, observations);
  if (!simulator.exact().maximum_likelihood) return;
  std::vector<double> theta(simulator.info().parameters.size());
  if (simulator.exact().maximum_likelihood(observations, theta.data())) report.maximum_likelihood = theta;
}

}  // namespace

int infer(const InferArguments& arguments) {
  if ((arguments.draws > 0) != !arguments.output.empty()) {
    throw UsageError("--draws and --output: got one of them, expected both or none");
  }
  if (arguments.output == "-" && arguments.common.json == "-") {
    throw UsageError("--output - and --json -: got both on standard output, expected one of them to be a file");
  }
  ProgramArguments program = arguments.program;
  if (!arguments.effort.bank.empty()) program.trust = program.trust || program.command.empty();  // nothing is run
  const LoadedMachine loaded = load_machine(arguments.model, program, arguments.common.threads);
  const Machine& machine = loaded.machine;
  const Simulator& simulator = machine.simulator();
  const SimulatorInfo& info = simulator.info();
  const ObservationTable table = read_observations(arguments.observations, info.observation);
  if (!info.observation.is_set && table.rows > 1) {
    throw InputError(arguments.observations + ": holds " + std::to_string(table.rows) + " series, expected one");
  }
  InferOptions options;
  options.iterations = arguments.effort.iterations;
  options.thetas = arguments.effort.thetas;
  options.observations = arguments.effort.observations;
  options.refine = arguments.effort.refine;
  options.seed = arguments.common.seed.value_or(1);
  options.threads = arguments.common.threads;
  const std::unique_ptr<const Bank> bank = bank_of(arguments.effort.bank, simulator);
  options.bank = bank.get();
  options.context = bank ? Context() : context_of(arguments.common.device);  // a bank is chosen from on a CPU
  const Progress clock(true);
  const Inference inference = machine.infer(simulator, table.view(), options);
  InferenceReport report;
  report.seconds = clock.seconds();
  report.observed = table.rows;
  report.seed = options.seed;
  report.warnings = table.warnings;
  add_known_answers(simulator, table.view(), report);
  const bool text = arguments.common.json != "-" && arguments.output != "-";
  if (text) {
    print(info.name + ": " + std::to_string(table.rows) + " observations, " +
          std::to_string(inference.trajectory.size() - 1) + " iterations, " +
          std::to_string(inference.simulator_calls) + " simulator calls, " + duration_text(report.seconds) + "\n" +
          answer_text(info, inference.posterior, report));
  }
  if (!arguments.common.quiet) {
    for (const std::string& warning : report.warnings) complain("alfi: warning: " + warning);
    for (const std::string& warning : inference.warnings) complain("alfi: warning: " + warning);
  }
  tell_failures(loaded.simulator, arguments.common.quiet);
  if (!arguments.output.empty()) {
    write_text(arguments.output, draws_text(info, inference.posterior, arguments.draws, options.seed));
  }
  if (!arguments.common.json.empty()) write_text(arguments.common.json, inference_json(info, inference, report));
  return kDone;
}

}  // namespace alfi::tools
