#include "alfi/inference/predictive_check.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/moments.hpp"
#include "alfi/core/parallel.hpp"
#include "alfi/core/random.hpp"
#include "alfi/core/special.hpp"
#include "alfi/inference/dense_solve.hpp"
#include "alfi/inference/host_samples.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kRidge = 0.02;  // of the scores' correlations: some statistics may say the same

using Values = std::vector<double>;

/// A set's mean, sd, least and largest by column; or the entries themselves.
Values statistics_of(MatView<const float> x, bool is_set) {
  Values all;
  for (Index d = 0; d < x.cols; ++d) {
    if (!is_set) {
      all.push_back(static_cast<double>(x(0, d)));
      continue;
    }
    RunningMoments moments;
    double low = static_cast<double>(x(0, d)), high = low;
    for (Index i = 0; i < x.rows; ++i) {
      const auto value = static_cast<double>(x(i, d));
      moments.add(value);
      low = std::min(low, value);
      high = std::max(high, value);
    }
    all.insert(all.end(), {moments.mean(), moments.sd(), low, high});
  }
  return all;
}

std::vector<std::string> names_of(const ObservationShape& shape) {
  std::vector<std::string> all;
  for (Index d = 0; d < shape.size(); ++d) {
    const std::string& column = shape.names[static_cast<std::size_t>(d % shape.columns())];
    if (shape.is_set) {
      for (const char* what : {"mean of ", "sd of ", "least ", "largest "}) all.push_back(what + column);
    } else {
      all.push_back(column + (shape.length > 1 ? " of row " + std::to_string(d / shape.columns() + 1) : ""));
    }
  }
  return all;
}

/// Draws of the answer, simulated: the statistics of each that is valid.
std::vector<Values> replicate(const Simulator& simulator, const Posterior& answer, Index observed, Index count,
                              std::uint64_t seed, int threads) {
  const Index parameters = simulator.parameters(), size = simulator.size();
  const std::vector<double> draws = answer.draw(count, seed);
  std::vector<float> theta(draws.begin(), draws.end()), x(static_cast<std::size_t>(count * observed * size));
  std::vector<std::uint8_t> status(static_cast<std::size_t>(count * observed));
  SimulateRequest request;
  request.problems = count;
  request.observations = observed;
  request.theta = {theta.data(), count, parameters};
  request.out = {x.data(), count * observed, size};
  request.status = {status.data(), count * observed};
  request.key = step_key(seed, Purpose::check, 1);
  ThreadPool pool(simulator.answers_rows() ? threads : 1);
  simulate_on_host(simulator, request, &pool);
  std::vector<Values> all;
  for (Index r = 0; r < count; ++r) {
    const MatView<const float> sample{x.data() + r * observed * size, observed, size};
    if (all_valid(sample, status.data() + r * observed))
      all.push_back(statistics_of(sample, simulator.info().observation.is_set));
  }
  return all;
}

/// Sorted column j of the replicates.
Values column(const std::vector<Values>& replicates, std::size_t j) {
  Values values;
  for (const Values& r : replicates) values.push_back(r[j]);
  std::sort(values.begin(), values.end());
  return values;
}

double quantile_of(const Values& sorted, double q) {
  return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

struct Tails {
  double below, above;  ///< numbers that are smaller, and larger
};

Tails tails_of(const Values& sorted, double value) {
  return {static_cast<double>(std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin()),
          static_cast<double>(sorted.end() - std::upper_bound(sorted.begin(), sorted.end(), value))};
}

/// How far a value lies outside of all others: 0 inside, else the logarithm of one and its distance from the nearest,
/// in spreads of the middle 95 %; negative below. own: the value is one of those sorted. Ranks alone would take a
/// typing error, ten thousand times too large, for the largest of a thousand replicates.
double beyond(const Values& sorted, double value, bool own) {
  const std::size_t skipped = own ? 1 : 0;
  const double spread = (quantile_of(sorted, 0.975) - quantile_of(sorted, 0.025)) / (2 * 1.96);
  const double low = sorted[skipped], high = sorted[sorted.size() - 1 - skipped];
  if (!(spread > 0)) return 0;
  if (value > high) return std::log1p((value - high) / spread);
  return value < low ? -std::log1p((low - value) / spread) : 0;
}

/// The share of replicates that are as far from the middle of all as the observed statistics, by their scores.
double joint_p_value(const std::vector<Values>& replicates, const Values& observed) {
  const std::size_t size = observed.size(), count = replicates.size();
  std::vector<Values> scores(count + 1, Values(size));
  for (std::size_t j = 0; j < size; ++j) {
    const Values sorted = column(replicates, j);
    for (std::size_t r = 0; r <= count; ++r) {
      const double value = r < count ? replicates[r][j] : observed[j];
      const Tails t = tails_of(sorted, value);
      const double middle = 0.5 * (t.below + static_cast<double>(count) - t.above);
      scores[r][j] =
          normal_quantile((middle + 0.5) / static_cast<double>(count + 1)) + beyond(sorted, value, r < count);
    }
  }
  std::vector<double> factor(size * size, 0.0);
  for (std::size_t r = 0; r < count; ++r) {
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j <= i; ++j)
        factor[i * size + j] += scores[r][i] * scores[r][j] / static_cast<double>(count);
    }
  }
  for (std::size_t i = 0; i < size; ++i) factor[i * size + i] += kRidge;
  if (!cholesky_in_place(factor, static_cast<Index>(size))) throw NumericError("check: the replicates are no numbers");
  const auto distance = [&](Values z) {
    solve_lower(factor, static_cast<Index>(size), z.data());
    double sum = 0;
    for (const double v : z) sum += v * v;
    return sum;
  };
  const double away = distance(scores[count]);
  double further = 1;
  for (std::size_t r = 0; r < count; ++r) further += distance(scores[r]) >= away ? 1 : 0;
  return further / static_cast<double>(count + 1);
}

}  // namespace

PredictiveReport check_predictive(const Machine& machine, const Simulator& simulator, Observations observed,
                                  const PredictiveOptions& options) {
  if (options.replicates < 20) {
    throw InputError("check: replicates is " + std::to_string(options.replicates) + ", expected at least 20");
  }
  const ObservationShape& shape = simulator.info().observation;
  PredictiveReport report;
  report.inference = machine.infer(simulator, observed, options.infer);
  const std::vector<Values> replicates =
      replicate(simulator, report.inference.posterior, observed.rows, options.replicates,
                derived_seed(options.infer.seed, Purpose::check), options.infer.threads);
  report.simulator_calls = report.inference.simulator_calls + options.replicates * observed.rows;
  if (2 * static_cast<Index>(replicates.size()) < options.replicates) {
    throw NumericError("check: " + simulator.info().name + ": " +
                       std::to_string(options.replicates - static_cast<Index>(replicates.size())) + " of " +
                       std::to_string(options.replicates) + " replicates failed");
  }
  const Values seen = statistics_of(observed, shape.is_set);
  const std::vector<std::string> names = names_of(shape);
  const double count = static_cast<double>(replicates.size());
  for (std::size_t j = 0; j < seen.size(); ++j) {
    const Values sorted = column(replicates, j);
    const Tails t = tails_of(sorted, seen[j]);
    const double least = std::min(count - t.above, count - t.below) + 1;  // as small, or as large, itself counted
    report.statistics.push_back({names[j], seen[j], quantile_of(sorted, 0.025), quantile_of(sorted, 0.5),
                                 quantile_of(sorted, 0.975), std::min(1.0, 2 * least / (count + 1))});
  }
  report.p_value = joint_p_value(replicates, seen);
  return report;
}

}  // namespace v0
}  // namespace alfi
