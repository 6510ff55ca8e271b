#include "alfi/inference/check.hpp"

#include <cmath>

#include "alfi/core/text.hpp"
#include "alfi/inference/predictive_check.hpp"
#include "commands.hpp"
#include "csv.hpp"
#include "failure.hpp"
#include "json.hpp"
#include "option_words.hpp"
#include "options.hpp"
#include "output.hpp"
#include "program.hpp"
#include "progress.hpp"
#include "report/check_figure.hpp"
#include "waiting.hpp"

namespace alfi::tools {
namespace {

constexpr double kMisfit = 0.01;    // a joint p value below it is worth a failure,
constexpr double kDoubtful = 0.05;  // and below this a word

/// Where shares and points differ most: how far, in per cent, and what that looks like.
std::string lean_text(const CalibrationCheck& c, const CalibrationQuantity& q) {
  double most = 0, at = 0;
  for (std::size_t i = 0; i < c.points.size(); ++i) {
    const double away = q.shares[i] - c.points[i];
    if (std::abs(away) > std::abs(most)) most = away, at = c.points[i];
  }
  return number_text(100 * (at + most), 3) + " % below " + number_text(at, 2);
}

constexpr double kSurely = 3;  // standard errors

/// What rounding leaves of a very small one is not shown.
std::string p_text(double p) {
  constexpr double kLeast = 1e-12;
  return p < kLeast ? "<1e-12" : number_text(p, 2);
}

/// Of a quantity outside the bands: what the answers are, and by how much their errors exceed what they say.
std::string fault_text(const CalibrationQuantity& q, bool parameter) {
  if (q.inside) return "-";
  std::string text;
  const auto add = [&](bool it_is, const char* what) {
    if (it_is) text += (text.empty() ? "" : ", ") + std::string(what);
  };
  add(q.spread > kSurely || (!parameter && q.name == "density" && q.shift < -kSurely), "too narrow");
  add(q.spread < -kSurely || (!parameter && q.name == "density" && q.shift > kSurely), "too wide");
  add(parameter && q.shift < -kSurely, "too high");
  add(parameter && q.shift > kSurely, "too low");
  const bool of_a_width = std::abs(q.spread) > kSurely;
  add(parameter && !of_a_width && q.middle > kSurely, "too flat in the middle");
  add(parameter && !of_a_width && q.tails > kSurely, "too thin in the tails");
  return text.empty() ? "of another shape" : text;
}

/// The verdict, and what it is worth.
std::string verdict_text(const CalibrationCheck& c) {
  const std::string uniform = "where truths lie in their answers, and how likely they are there (density), is ";
  std::string text = "NOT calibrated: " + uniform + "not uniform within the bands.\n";
  if (c.calibrated) {
    text = (c.conclusive() ? "Calibrated: " : "No miscalibration found, of which so few problems show little: ") +
           uniform + "uniform within the bands.\n";
  }
  return text + "Answers " + number_text(c.visible_narrow, 2) + " times as wide as they should be, or " +
         number_text(c.visible_wide, 2) + " times, fail half of all checks by " + std::to_string(c.problems) +
         " problems; what is less far off can pass.\n";
}

std::string calibration_text(const SimulatorInfo& info, const CalibrationCheck& c, double seconds) {
  std::vector<Row> rows{{"quantity", "inside", "p", "furthest off", "errors / sds", "answers are"}};
  const std::size_t parameters = info.parameters.size();
  for (std::size_t i = 0; i < c.quantities.size(); ++i) {
    const CalibrationQuantity& q = c.quantities[i];
    rows.push_back({q.name, q.inside ? "yes" : "NO", p_text(q.p_value), lean_text(c, q),
                    i < parameters ? number_text(q.error_ratio, 3) : "-", fault_text(q, i < parameters)});
  }
  std::string text = info.name + ": " + std::to_string(c.problems) + " problems, " +
                     counted(c.simulator_calls_per_problem, "simulator call") + " each, " + duration_text(seconds) +
                     "\n";
  if (c.refined) text += "Refinements: " + refinements_text(c.learned, c.left_out, c.problems) + ".\n";
  text += "\n" + table_text(rows, 1) + "\n";
  text += verdict_text(c);
  text += "Regions of highest density that should hold 50 % and 90 % hold " + number_text(100 * c.coverage_50, 3) +
          " % and " + number_text(100 * c.coverage_90, 3) + " %.\n";
  text += "What the answers know: negative log density of the truth " + with_error_text(c.negative_log_density) +
          " nats, that of the prior, which is calibrated too, " + with_error_text(c.prior_negative_log_density);
  if (c.exact_available) text += "; gap to the exact posterior " + with_error_text(c.gap);
  return text + ".\nTwo runs with other seeds differ by " + number_text(c.disagreement, 2) +
         " sds (root mean square of the means).\n";
}

std::string predictive_text(const SimulatorInfo& info, const PredictiveReport& report) {
  std::vector<Row> rows{{"statistic", "observed", "2.5 %", "50 %", "97.5 %", "p"}};
  for (const PredictiveStatistic& s : report.statistics) {
    Row row{s.name};
    for (const double value : {s.observed, s.low, s.median, s.high}) row.push_back(number_text(value, 4));
    row.push_back(number_text(s.p_value, 2));
    rows.push_back(row);
  }
  const std::string misfit = number_text(kMisfit, 2), doubtful = number_text(kDoubtful, 2);
  std::string verdict = ", at least " + doubtful + ": no sign of a misfit.\n";
  if (report.p_value < kDoubtful) verdict = ", from " + misfit + " to " + doubtful + ": the fit is doubtful.\n";
  if (report.p_value < kMisfit) {
    verdict = ", below " + misfit + ": they do NOT fit; the simulator does not make such observations.\n";
  }
  return info.name + ": the observations beside the predictive of their answer, " +
         counted(report.simulator_calls, "simulator call") + "\n\n" + table_text(rows, 1) + "\nAll together: p " +
         number_text(report.p_value, 2) + verdict;
}

int check_observations(const CheckArguments& arguments, const LoadedMachine& loaded, const InferOptions& infer) {
  const Simulator& simulator = loaded.machine.simulator();
  const SimulatorInfo& info = simulator.info();
  const ObservationTable table = read_problem(arguments.observations, info.observation);
  require_writable("--json", arguments.common.json);
  PredictiveOptions options;
  options.replicates = arguments.replicates;
  options.infer = infer;
  const Progress clock(true);
  Waiting waiting(loaded.simulator, arguments.common.quiet, "inferring");
  const PredictiveReport report = check_predictive(loaded.machine, simulator, table.view(), options);
  waiting.end();
  if (arguments.common.json != "-") print(predictive_text(info, report));
  warn(table.warnings, arguments.common.quiet);
  warn(in_options(report.inference.warnings), arguments.common.quiet);
  tell_failures(loaded.simulator, arguments.common.quiet);
  if (!arguments.common.json.empty()) {
    write_text(arguments.common.json, predictive_json(info, report, infer.seed, clock.seconds()));
  }
  return report.p_value < kMisfit ? kFailed : kDone;
}

}  // namespace

int check(const CheckArguments& arguments) {
  const LoadedMachine loaded = load_machine(arguments.model, arguments.program, arguments.common.threads);
  const Machine& machine = loaded.machine;
  const SimulatorInfo& info = machine.simulator().info();
  InferOptions infer = infer_options(arguments.effort, arguments.common);
  infer.context = context_of(arguments.common.device);
  if (!arguments.observations.empty()) {
    if (!arguments.output.empty()) {
      throw UsageError("--output: got " + arguments.output + ", expected none beside OBSERVATIONS.csv");
    }
    return check_observations(arguments, loaded, infer);
  }
  if (!arguments.output.empty()) make_directory(arguments.output);
  require_writable("--json", arguments.common.json);
  Progress progress(arguments.common.quiet);
  Waiting waiting(loaded.simulator, arguments.common.quiet);
  CheckOptions options;
  options.problems = arguments.problems;
  options.observed = arguments.observed;
  options.infer = infer;
  options.progress = [&](Index done) {
    waiting.end();
    if (progress.due()) progress.show(std::to_string(done) + "/" + std::to_string(options.problems) + " problems");
    return true;
  };
  const CalibrationCheck result = check_calibration(machine, machine.simulator(), options);
  const double seconds = progress.seconds();
  progress.finish();
  tell_failures(loaded.simulator, arguments.common.quiet);
  if (arguments.common.json != "-") print(calibration_text(info, result, seconds));
  if (!arguments.output.empty()) {
    const report::Figure figure = report::check_figure(info, result);
    write_text(arguments.output + "/" + figure.name + ".svg", figure.svg.file_text());
    write_text(arguments.output + "/" + figure.name + ".csv", figure.csv);
  }
  if (!arguments.common.json.empty()) {
    write_text(arguments.common.json, check_json(info, result, infer.seed, seconds));
  }
  return result.calibrated ? kDone : kFailed;
}

}  // namespace alfi::tools
