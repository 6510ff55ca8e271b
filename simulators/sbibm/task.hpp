#pragma once
#include <string>
#include <vector>

#include "alfi/simulators/exact.hpp"

/// What the ten tasks of the benchmark sbibm share. Each observes one vector. Names are those of the benchmark's files,
/// data_1 to data_D and parameter_1 to parameter_P; where a parameter has a name of its own, that.
/// Exact answers beyond the conventions of simulators/exact.hpp: observations are one row or none, else ShapeError.
/// Source: Lueckmann, Boelts, Greenberg, Goncalves, Macke 2021, "Benchmarking Simulation-Based Inference", AISTATS;
/// sbi-benchmark/sbibm (MIT), whose definitions and constants these are, written anew.

namespace alfi {
inline namespace v0 {
namespace sbibm {

constexpr const char* kSource = "Lueckmann et al. 2021, AISTATS (arXiv 2101.04653)";

/// stem1, stem2, ... up to size.
inline std::vector<std::string> numbered(const std::string& stem, Index size) {
  std::vector<std::string> names;
  for (Index i = 1; i <= size; ++i) names.push_back(stem + std::to_string(i));
  return names;
}

/// A description but for the parameters.
inline SimulatorInfo task_info(const std::string& task, const std::string& summary, Index data) {
  SimulatorInfo info;
  info.name = "sbibm/" + task;
  info.summary = summary;
  info.source = kSource;
  info.observation.names = numbered("data_", data);
  info.observation.units = std::vector<std::string>(static_cast<std::size_t>(data));
  info.observation.is_set = false;
  return info;
}

/// parameter_1, parameter_2, ..., alike.
inline std::vector<Parameter> alike(Index size, const std::string& description, const Prior& prior) {
  std::vector<Parameter> parameters;
  for (const std::string& name : numbered("parameter_", size)) parameters.push_back({name, "", description, prior});
  return parameters;
}

/// Whether all |x_i| <= largest, i < size.
template <class T>
ALFI_HD inline bool all_within(const T* x, Index size, double largest) {
  bool within = true;
  for (Index i = 0; i < size; ++i) {
    const double value = static_cast<double>(x[i]);
    within = within && std::isfinite(value) && std::fabs(value) <= largest;
  }
  return within;
}

/// The vector observed, if any, in doubles; not possible where an entry is not finite or beyond 1e30.
struct Observed {
  std::vector<double> x;  ///< empty: nothing is observed
  bool possible = true;
};

/// Throws ShapeError unless the observations are one vector of that size, or none.
inline Observed observed(const char* function, Observations observations, Index size) {
  require_shape(function, "observations", observations, observations.rows == 0 ? 0 : 1, size);
  const Index entries = observations.rows * size;
  return {{observations.data, observations.data + entries}, all_within(observations.data, entries, 1e30)};
}

/// log density of the prior, whose parameters are independent and have the same law.
inline LogDensity prior_density(const Prior& prior, Index size) {
  return [prior, size](const double* theta) {
    double sum = 0;
    for (Index i = 0; i < size; ++i) sum += std::isfinite(theta[i]) ? prior.log_density(theta[i]) : kImpossible;
    return sum;
  };
}

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
