#include "alfi/inference/evaluate.hpp"

#include "alfi/core/text.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "json.hpp"
#include "options.hpp"
#include "output.hpp"
#include "program.hpp"
#include "progress.hpp"

namespace alfi::tools {
namespace {

std::string value_text(const MeanWithError& value) {
  return number_text(value.mean, 4) + " +- " + number_text(value.standard_error, 2);
}

std::string density_text(const Evaluation& e) {
  std::string text = "negative log density of the truth: " + value_text(e.negative_log_density) + " nats";
  if (e.exact_available) {
    text += "; exact posterior " + value_text(e.exact_negative_log_density) + ", gap " + value_text(e.gap);
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

std::string iterations_text(const Evaluation& e) {
  Row header{"iteration", "negative log density"};
  for (const std::string& name : e.parameters) header.push_back("rmse " + name);
  std::vector<Row> rows{header};
  for (std::size_t t = 0; t < e.rmse_by_iteration.size(); ++t) {
    rows.push_back({std::to_string(t), value_text(e.negative_log_density_by_iteration[t])});
    for (const double rmse : e.rmse_by_iteration[t]) rows.back().push_back(number_text(rmse, 4));
  }
  return table_text(rows, 0);
}

}  // namespace

int evaluate(const EvaluateArguments& arguments) {
  const LoadedMachine loaded = load_machine(arguments.model, arguments.program, arguments.common.threads);
  const Machine& machine = loaded.machine;
  const SimulatorInfo& info = machine.simulator().info();
  Progress progress(arguments.common.quiet);
  EvaluateOptions options;
  options.problems = arguments.problems;
  options.observed = arguments.observed;
  options.infer = infer_options(arguments.effort, arguments.common);
  const std::unique_ptr<const Bank> bank = bank_of(arguments.effort.bank, machine.simulator());
  options.infer.bank = bank.get();
  options.infer.context = bank ? Context() : context_of(arguments.common.device);
  options.progress = [&](Index done) {
    if (progress.due()) progress.show(std::to_string(done) + "/" + std::to_string(options.problems) + " problems");
    return true;
  };
  const Evaluation e = alfi::evaluate(machine, machine.simulator(), options);
  const double seconds = progress.seconds();
  progress.finish();
  tell_failures(loaded.simulator, arguments.common.quiet);
  if (arguments.common.json != "-") {
    const ProblemConfiguration& trained = machine.configuration().problem;
    const std::string observed =
        e.observed > 0 ? std::to_string(e.observed)
                       : std::to_string(trained.observed_min) + " to " + std::to_string(trained.observed_max);
    print(info.name + ": " + std::to_string(e.problems) + " problems of " + observed + " observations, " +
          std::to_string(e.iterations) + " iterations, " + std::to_string(e.simulator_calls_per_problem) +
          " simulator calls a problem, " + duration_text(seconds) + "\n" + density_text(e) + "\n" +
          parameters_text(info, e) + "\n" + iterations_text(e));
  }
  if (!arguments.common.json.empty()) {
    write_text(arguments.common.json, evaluation_json(info, e, options.infer.seed, seconds));
  }
  return kDone;
}

}  // namespace alfi::tools
