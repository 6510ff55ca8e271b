#include "json.hpp"

#include <sys/utsname.h>

#include <nlohmann/json.hpp>

#include "alfi/core/parallel.hpp"
#include "alfi/kernels/cpu/table.hpp"

namespace alfi::tools {
namespace {

/// Keys in the order in which they are set.
using Json = nlohmann::ordered_json;

/// Indented; numbers in the shortest form that reads back the same, what is not finite as null.
std::string text_of(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json names_of(const SimulatorInfo& simulator) {
  Json names = Json::array();
  for (const Parameter& parameter : simulator.parameters) names.push_back(parameter.name);
  return names;
}

Json mean_with_error(const MeanWithError& value) {
  return {{"mean", value.mean}, {"standard_error", value.standard_error}};
}

Json refinements(Index learned, Index left_out) { return {{"learned", learned}, {"left_out", left_out}}; }

}  // namespace

std::string simulation_json(const SimulatorInfo& simulator, const SimulationReport& report) {
  Json json;
  json["simulator"] = simulator.name;
  json["parameters"] = names_of(simulator);
  json["theta"] = report.theta;
  json["columns"] = simulator.observation.names;
  json["count"] = report.count;
  json["failed"] = report.failed;
  json["seed"] = report.seed;
  json["seconds"] = report.seconds;
  return text_of(json);
}

std::string run_json(const RunReport& report) {
  utsname host{};
  uname(&host);
  Json json;
  json["alfi"] = ALFI_VERSION;
  json["status"] = report.status;
  if (!report.reason.empty()) json["reason"] = report.reason;
  json["simulator"] = report.simulator;
  json["steps"] = report.last.step;
  json["steps_planned"] = report.steps_planned;
  json["simulator_calls"] = report.last.simulator_calls;
  json["loss"] = report.last.loss;
  json["rmse"] = report.last.rmse;
  json["best_validation"] = report.best_validation;
  json["weights"] = report.weights;
  json["planned_bytes"] = report.planned_bytes;
  if (report.peak_bytes > 0) json["peak_bytes"] = report.peak_bytes;
  json["started"] = report.started;
  json["ended"] = report.ended;
  json["seconds"] = report.seconds;
  json["seconds_this_run"] = report.this_run;
  json["threads"] = report.threads;
  json["ranks"] = report.ranks;
  if (!report.busy.empty()) json["busy_simulating"] = report.busy;
  json["processors"] = available_processors();
  json["device"] = report.device;
  json["cpu_level"] = kernels::cpu_level();
  json["host"] = host.nodename;
  json["system"] = std::string(host.sysname) + " " + host.release + " " + host.machine;
  return text_of(json);
}

std::string inference_json(const SimulatorInfo& simulator, const Inference& inference, const InferenceReport& report) {
  Json json;
  json["simulator"] = simulator.name;
  json["observed"] = report.observed;
  json["parameters"] = names_of(simulator);
  json["mean"] = inference.posterior.mean();
  json["standard_deviation"] = inference.posterior.standard_deviation();
  json["quantiles"] = {{"0.05", inference.posterior.quantile(0.05)},
                       {"0.5", inference.posterior.quantile(0.5)},
                       {"0.95", inference.posterior.quantile(0.95)}};
  for (const DerivedReport& d : report.derived) {
    json["derived"][d.name] = {{"mean", d.mean},
                               {"standard_deviation", d.standard_deviation},
                               {"quantiles", {{"0.05", d.low}, {"0.5", d.middle}, {"0.95", d.high}}}};
  }
  json["trajectory"] = Json::array();
  for (const Posterior& psi : inference.trajectory) {
    json["trajectory"].push_back({{"mean", psi.mean()}, {"standard_deviation", psi.standard_deviation()}});
  }
  json["exact"] = {{"available", report.exact.available}};
  if (report.exact.available) {
    json["exact"]["mean"] = {report.exact.mean};
    json["exact"]["standard_deviation"] = {report.exact.standard_deviation};
  }
  json["maximum_likelihood"] = {{"available", !report.maximum_likelihood.empty()}};
  if (!report.maximum_likelihood.empty()) json["maximum_likelihood"]["theta"] = report.maximum_likelihood;
  json["refined"] = inference.refined;
  if (inference.refined) json["likelihood"] = inference.likelihood;
  json["simulator_calls"] = inference.simulator_calls;
  json["warnings"] = report.warnings;
  for (const std::string& warning : inference.warnings) json["warnings"].push_back(warning);
  json["seed"] = report.seed;
  json["seconds"] = report.seconds;
  return text_of(json);
}

std::string check_json(const SimulatorInfo& simulator, const CalibrationCheck& c, std::uint64_t seed, double seconds) {
  Json json;
  json["simulator"] = simulator.name;
  json["problems"] = c.problems;
  json["observed"] = c.observed;
  json["calibrated"] = c.calibrated;
  json["refined"] = c.refined;
  if (c.refined) json["refinements"] = refinements(c.learned, c.left_out);
  json["visible"] = {{"narrow", c.visible_narrow}, {"wide", c.visible_wide}};
  json["points"] = c.points;
  json["band"] = {{"low", c.low}, {"high", c.high}};
  json["quantities"] = Json::array();
  for (const CalibrationQuantity& q : c.quantities) {
    json["quantities"].push_back({{"name", q.name},
                                  {"inside", q.inside},
                                  {"p_value", q.p_value},
                                  {"shift", q.shift},
                                  {"spread", q.spread},
                                  {"middle", q.middle},
                                  {"tails", q.tails},
                                  {"error_ratio", q.error_ratio},
                                  {"shares", q.shares}});
  }
  json["expected_coverage"] = {{"0.5", c.coverage_50}, {"0.9", c.coverage_90}};
  json["negative_log_density"] = mean_with_error(c.negative_log_density);
  json["prior_negative_log_density"] = mean_with_error(c.prior_negative_log_density);
  json["exact"] = {{"available", c.exact_available}};
  if (c.exact_available) json["exact"]["gap"] = mean_with_error(c.gap);
  json["disagreement"] = c.disagreement;
  json["simulator_calls_per_problem"] = c.simulator_calls_per_problem;
  json["seed"] = seed;
  json["seconds"] = seconds;
  return text_of(json);
}

std::string predictive_json(const SimulatorInfo& simulator, const PredictiveReport& report, std::uint64_t seed,
                            double seconds) {
  Json json;
  json["simulator"] = simulator.name;
  json["p_value"] = report.p_value;
  json["statistics"] = Json::array();
  for (const PredictiveStatistic& s : report.statistics) {
    json["statistics"].push_back({{"name", s.name},
                                  {"observed", s.observed},
                                  {"quantiles", {{"0.025", s.low}, {"0.5", s.median}, {"0.975", s.high}}},
                                  {"p_value", s.p_value}});
  }
  json["warnings"] = report.inference.warnings;
  json["simulator_calls"] = report.simulator_calls;
  json["seed"] = seed;
  json["seconds"] = seconds;
  return text_of(json);
}

std::string comparison_json(const SimulatorInfo& simulator, const Comparison& c, std::uint64_t seed, double seconds) {
  Json json;
  json["simulator"] = simulator.name;
  json["parameters"] = c.parameters;
  json["problems"] = c.problems;
  json["observed"] = c.observed;
  json["budget"] = c.budget;
  json["methods"] = Json::array();
  for (const MethodScore& m : c.methods) {
    Json method;
    method["name"] = m.name;
    method["training_calls"] = m.training_calls;
    method["calls_per_problem"] = m.calls_per_problem;
    method["training_seconds"] = m.training_seconds;
    method["seconds_per_problem"] = m.seconds_per_problem;
    if (c.truth_known) {
      method["density"] = m.has_density ? "own" : "by draws";
      method["negative_log_density"] = mean_with_error(m.negative_log_density);
      method["negative_log_density_by_draws"] = mean_with_error(m.negative_log_density_by_draws);
      if (c.has_exact) method["gap"] = mean_with_error(m.gap);
      method["rmse_in_prior_sds"] = m.rmse;
      method["coverage"] = {{"0.5", m.coverage_50}, {"0.9", m.coverage_90}};
    } else {
      method["mean"] = m.answers.front().mean;
      method["standard_deviation"] = m.answers.front().standard_deviation;
    }
    if (c.has_c2st && m.name != c.methods.back().name) method["c2st"] = mean_with_error(m.c2st);
    Json warnings = Json::array();
    for (std::size_t i = 0; i < m.answers.size(); ++i) {
      for (const std::string& warning : m.answers[i].warnings) warnings.push_back({{"problem", i}, {"text", warning}});
    }
    method["warnings"] = warnings;
    json["methods"].push_back(method);
  }
  json["seed"] = seed;
  json["seconds"] = seconds;
  return text_of(json);
}

std::string evaluation_json(const SimulatorInfo& simulator, const Evaluation& e, std::uint64_t seed, double seconds) {
  Json json;
  json["simulator"] = simulator.name;
  json["problems"] = e.problems;
  json["observed"] = e.observed;
  json["iterations"] = e.iterations;
  json["refined"] = e.refined;
  if (e.refined) json["refinements"] = refinements(e.learned, e.left_out);
  json["parameters"] = e.parameters;
  json["rmse_by_iteration"] = e.rmse_by_iteration;
  json["negative_log_density"] = mean_with_error(e.negative_log_density);
  json["negative_log_density_by_iteration"] = Json::array();
  for (const MeanWithError& value : e.negative_log_density_by_iteration) {
    json["negative_log_density_by_iteration"].push_back(mean_with_error(value));
  }
  json["coverage"] = {{"0.5", e.coverage_50}, {"0.9", e.coverage_90}};
  json["exact"] = {{"available", e.exact_available}};
  if (e.exact_available) {
    json["exact"]["negative_log_density"] = mean_with_error(e.exact_negative_log_density);
    json["exact"]["gap"] = mean_with_error(e.gap);
    json["exact"]["gap_median"] = e.gap_median;
  }
  json["maximum_likelihood"] = {{"available", e.maximum_likelihood_available}};
  if (e.maximum_likelihood_available) json["maximum_likelihood"]["rmse"] = e.maximum_likelihood_rmse;
  json["simulator_calls_per_problem"] = e.simulator_calls_per_problem;
  json["warnings"] = e.warnings;
  json["seed"] = seed;
  json["seconds"] = seconds;
  return text_of(json);
}

}  // namespace alfi::tools
