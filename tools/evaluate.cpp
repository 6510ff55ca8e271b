#include "alfi/inference/evaluate.hpp"

#include "alfi/core/text.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "json.hpp"
#include "options.hpp"
#include "output.hpp"
#include "program.hpp"
#include "progress.hpp"
#include "waiting.hpp"

namespace alfi::tools {
namespace {

/// "500 problems of 20 to 3000 observations", "500 problems of a series of 14 rows".
std::string problems_text(const Machine& machine, const Evaluation& e) {
  const ObservationShape& shape = machine.simulator().info().observation;
  const ProblemConfiguration& trained = machine.configuration().problem;
  const bool varies = shape.is_set && e.observed == 0 && trained.observed_min < trained.observed_max;
  return counted(e.problems, "problem") + " of " + (varies ? std::to_string(trained.observed_min) + " to " : "") +
         observed_text(shape, e.observed > 0 ? e.observed : trained.observed_max);
}

std::string density_text(const Evaluation& e) {
  std::string text = "negative log density of the truth: " + with_error_text(e.negative_log_density) + " nats";
  if (e.exact_available) {
    text += "; exact posterior " + with_error_text(e.exact_negative_log_density) + ", gap " + with_error_text(e.gap) +
            ", its median " + number_text(e.gap_median, 4);
  }
  return text + "\n";
}

std::string parameters_text(const SimulatorInfo& info, const Evaluation& e) {
  Row header{"parameter", "unit", "rmse", "in 50 %", "in 90 %"};
  if (e.maximum_likelihood_available) header.push_back("max. likelihood rmse");
  std::vector<Row> rows{header};
  for (std::size_t p = 0; p < e.parameters.size(); ++p) {
    const std::string& unit = info.parameters[p].unit;
    rows.push_back({e.parameters[p], unit.empty() ? "-" : unit, number_text(e.rmse_by_iteration.back()[p], 4),
                    number_text(100 * e.coverage_50[p], 3) + " %", number_text(100 * e.coverage_90[p], 3) + " %"});
    if (e.maximum_likelihood_available) rows.back().push_back(number_text(e.maximum_likelihood_rmse[p], 4));
  }
  return table_text(rows, 2);
}

std::string iterations_table(const Evaluation& e) {
  Row header{"iteration", "negative log density"};
  for (const std::string& name : e.parameters) header.push_back("rmse " + name);
  std::vector<Row> rows{header};
  for (std::size_t t = 0; t < e.rmse_by_iteration.size(); ++t) {
    const bool refinement = e.refined && t + 1 == e.rmse_by_iteration.size();
    rows.push_back(
        {refinement ? "refined" : std::to_string(t), with_error_text(e.negative_log_density_by_iteration[t])});
    for (const double rmse : e.rmse_by_iteration[t]) rows.back().push_back(number_text(rmse, 4));
  }
  return table_text(rows, 0);
}

}  // namespace

int evaluate(const EvaluateArguments& arguments) {
  require_writable("--json", arguments.common.json);
  const LoadedMachine loaded = load_machine(arguments.model, arguments.program, arguments.common.threads);
  const Machine& machine = loaded.machine;
  const SimulatorInfo& info = machine.simulator().info();
  Progress progress(arguments.common.quiet);
  Waiting waiting(loaded.simulator, arguments.common.quiet);
  EvaluateOptions options;
  options.problems = arguments.problems;
  options.observed = arguments.observed;
  options.infer = infer_options(arguments.effort, arguments.common);
  const std::unique_ptr<const Bank> bank = bank_of(arguments.effort.bank, machine.simulator());
  options.infer.bank = bank.get();
  options.infer.context = bank ? Context() : context_of(arguments.common.device);
  options.progress = [&](Index done) {
    waiting.end();
    if (progress.due()) progress.show(std::to_string(done) + "/" + std::to_string(options.problems) + " problems");
    return true;
  };
  const Evaluation e = alfi::evaluate(machine, machine.simulator(), options);
  const double seconds = progress.seconds();
  progress.finish();
  tell_failures(loaded.simulator, arguments.common.quiet);
  warn(e.warnings, arguments.common.quiet);
  if (arguments.common.json != "-") {
    const std::string effort =
        iterations_text(e.iterations, e.refined, refinements_text(e.learned, e.left_out, e.problems)) + ", " +
        counted(e.simulator_calls_per_problem, "simulator call") + " a problem, ";
    print(info.name + ": " + problems_text(machine, e) + ", " + effort + duration_text(seconds) + "\n" +
          density_text(e) + "\n" + parameters_text(info, e) + "\n" + iterations_table(e));
  }
  if (!arguments.common.json.empty()) {
    write_text(arguments.common.json, evaluation_json(info, e, options.infer.seed, seconds));
  }
  return kDone;
}

}  // namespace alfi::tools
