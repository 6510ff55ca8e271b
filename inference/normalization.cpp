#include "alfi/inference/normalization.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/buffer.hpp"
#include "alfi/core/error.hpp"
#include "alfi/core/moments.hpp"
#include "alfi/inference/bank.hpp"
#include "alfi/inference/dense_solve.hpp"
#include "alfi/inference/problem_draws.hpp"
#include "alfi/inference/rows/series.hpp"
#include "alfi/kernels/features.hpp"
#include "alfi/simulators/functor.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kRepeats = 2;            // of a series or vector at one theta: their difference is noise
constexpr double kNoiseSds = 3;          // that relative features count as one
constexpr double kHeavyTail = 30;        // quantiles so many times apart are shown as logarithms
constexpr double kFloorShare = 1e-3;     // of the smallest simulated entry: what a logarithm is cut at
constexpr double kLeastScale = 1e-3;     // of the quartiles' distance
constexpr double kFarthest = 5;          // sds that count where columns are made uncorrelated,
constexpr double kLeastVariance = 1e-4;  // and the least variance of what no other column tells

double quantile(std::vector<double>& values, double q) {
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

/// Median, and the distance of the quartiles (1 where they coincide).
struct Quartiles {
  double median, spread;
};

Quartiles quartiles(std::vector<double>& values) {
  const double low = quantile(values, 0.25), middle = quantile(values, 0.5), high = quantile(values, 0.75);
  return {middle, high > low ? high - low : 1.0};
}

/// Draws of the prior predictive, and which of them are valid.
struct Predictive {
  Index problems, each, size;
  std::vector<float> x;              ///< [problems*each,size]
  std::vector<std::uint8_t> status;  ///< [problems*each]

  double at(Index row, Index d) const { return static_cast<double>(x[static_cast<std::size_t>(row * size + d)]); }
  bool valid(Index row) const { return status[static_cast<std::size_t>(row)] == 0; }
  std::vector<double> column(Index d) const {
    std::vector<double> values;
    for (Index i = 0; i < problems * each; ++i) {
      if (valid(i)) values.push_back(at(i, d));
    }
    return values;
  }
};

/// Each rank's part of an array, to all of them; first, count: of this one's.
template <class T>
void share(Ranks& ranks, std::vector<T>& values, Index first, Index count) {
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first);
  values = gather_values<T>(ranks, [&] { return std::vector<T>(begin, begin + static_cast<std::ptrdiff_t>(count)); });
}

/// Problems of which each rank asks for its part.
void draw_together(const Simulator& simulator, SimulateRequest request, ThreadPool* pool, Ranks& ranks,
                   Predictive& drawn) {
  const Block own = block_of(request.problems, ranks.rank(), ranks.size());
  const Index first = own.first * request.observations, rows = own.count * request.observations;
  request.problems = own.count;
  request.first_problem = static_cast<std::uint32_t>(own.first);
  request.theta = {request.theta.row(own.first).data, own.count, request.theta.cols};
  request.out = {request.out.row(first).data, rows, request.out.cols};
  request.status = {request.status.data + first, rows};
  agree(ranks, [&] { simulator.simulate_together({request}, pool, ranks.exchange()); });
  share(ranks, drawn.x, first * drawn.size, rows * drawn.size);
  share(ranks, drawn.status, first, rows);
}

Predictive draw(const Simulator& simulator, std::uint64_t seed, Index problems, Index each, ThreadPool* pool,
                Ranks& ranks) {
  const Index p_count = simulator.parameters(), size = simulator.size();
  Predictive drawn{problems, each, size, {}, {}};
  drawn.x.resize(static_cast<std::size_t>(problems * each * size));
  drawn.status.resize(static_cast<std::size_t>(problems * each));
  std::vector<float> theta(static_cast<std::size_t>(problems * p_count));
  const Key prior_key = step_key(seed, Purpose::standardize, 0);
  for (Index b = 0; b < problems; ++b) {
    Stream random(prior_key, {static_cast<std::uint32_t>(b), 0, 0, 0});
    draw_theta(simulator.info(), random, theta.data() + b * p_count);
  }
  SimulateRequest request;
  request.problems = problems;
  request.observations = each;
  request.theta = {theta.data(), problems, p_count};
  request.out = {drawn.x.data(), problems * each, size};
  request.status = {drawn.status.data(), problems * each};
  request.key = step_key(seed, Purpose::standardize, 1);
  if (simulator.answers_rows()) {
    draw_together(simulator, request, pool, ranks, drawn);
  } else {
    simulator.simulate(Context(), request);
  }
  for (Index i = 0; i < problems * each; ++i) {
    if (all_finite(drawn.x.data() + i * size, size)) continue;
    drawn.status[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(Status::failed);
  }
  return drawn;
}

void require_some(const Predictive& drawn, const SimulatorInfo& info) {
  for (Index i = 0; i < drawn.problems * drawn.each; ++i) {
    if (drawn.valid(i)) return;
  }
  throw NumericError("standardize: " + info.name + ": every simulation failed");
}

void put_moments(const std::vector<double>& values, Normalization& n) {
  RunningMoments moments;
  for (const double value : values) moments.add(value);
  n.mean.push_back(moments.mean());
  n.sd.push_back(moments.sd() > 0 ? moments.sd() : 1.0);
}

/// The inverse of the Cholesky factor of the correlations of the prior predictive.
std::vector<double> whitening_of(const Predictive& drawn, const Normalization& n) {
  const auto size = static_cast<std::size_t>(drawn.size);
  if (drawn.size > kMostWhitened) return {};
  std::vector<double> correlation(size * size, 0.0), z(size), inverse(size * size, 0.0);
  double count = 0;
  for (Index row = 0; row < drawn.problems * drawn.each; ++row) {
    if (!drawn.valid(row)) continue;
    count += 1;
    for (std::size_t d = 0; d < size; ++d) {
      const double away = (drawn.at(row, static_cast<Index>(d)) - n.mean[d]) / n.sd[d];
      z[d] = std::max(-kFarthest, std::min(away, kFarthest));
      for (std::size_t k = 0; k <= d; ++k) correlation[d * size + k] += z[d] * z[k];
    }
  }
  for (double& entry : correlation) entry /= count;
  for (std::size_t d = 0; d < size; ++d) correlation[d * size + d] += kLeastVariance;
  cholesky_in_place(correlation, drawn.size);  // positive definite by what was added
  for (std::size_t d = 0; d < size; ++d) {
    std::vector<double> column(size, 0.0);
    column[d] = 1;
    solve_lower(correlation, drawn.size, column.data());
    for (std::size_t r = 0; r < size; ++r) inverse[r * size + d] = column[r];
  }
  return inverse;
}

Normalization of_sets(const Predictive& drawn) {
  const Context context;
  const Index size = drawn.size, problems = drawn.problems;
  Normalization n;
  for (Index d = 0; d < size; ++d) {
    std::vector<double> values = drawn.column(d);
    put_moments(values, n);
    n.least_scale.push_back(kLeastScale * quartiles(values).spread);
  }
  n.whitening = whitening_of(drawn, n);
  Buffer<double> location(context, problems * size), scale(context, problems * size);
  kernels::location_and_scale<double>(
      context, {drawn.x.data(), problems * drawn.each, size}, {drawn.status.data(), problems * drawn.each}, drawn.each,
      {}, {n.least_scale.data(), size}, location.matrix(problems, size), scale.matrix(problems, size));
  for (Index entry = 0; entry < 2 * size; ++entry) {
    std::vector<double> values;
    for (Index b = 0; b < problems; ++b) {
      values.push_back(entry < size ? location.data()[b * size + entry]
                                    : std::log(scale.data()[b * size + entry - size]));
    }
    const Quartiles q = quartiles(values);
    n.median.push_back(q.median);
    n.spread.push_back(q.spread);
  }
  return n;
}

/// How a column (all rows of a series alike) is best shown, by the values that it takes.
struct Showing {
  Shown shown;
  double floor;
};

Showing showing_of(std::vector<double> values) {
  const double least = *std::min_element(values.begin(), values.end());
  const double low = quantile(values, 0.01), high = quantile(values, 0.99);
  if (least > 0 && high > kHeavyTail * low) return {Shown::log, kFloorShare * least};
  if (least >= 0 && high > kHeavyTail) return {Shown::log1p, 0};
  return {Shown::as_is, -std::numeric_limits<float>::max()};
}

/// Three sds of the noise in entry d as shown: robust, and where most draws have none, by all of them. Where nothing
/// was simulated twice, the spread: what matters is found out from the proposals (rows/series.hpp: ZoomColumn).
double noise_scale(const Predictive& drawn, Index d, double spread) {
  std::vector<double> differences;
  RunningMoments all;
  for (Index b = 0; b < drawn.problems; ++b) {
    const Index row = b * drawn.each;
    if (drawn.each < 2 || !drawn.valid(row) || !drawn.valid(row + 1)) continue;
    differences.push_back(std::abs(drawn.at(row, d) - drawn.at(row + 1, d)) / std::sqrt(2.0));
    all.add(differences.back() * differences.back());
  }
  if (differences.empty()) return spread;
  const double typical = quantile(differences, 0.5) / 0.6745;
  const double sd = typical > 0 ? typical : std::sqrt(all.mean());
  return std::max(kNoiseSds * sd, kLeastScale * spread);
}

Normalization of_samples(Predictive drawn, Index columns) {
  Normalization n;
  std::vector<Showing> showing;
  for (Index c = 0; c < columns; ++c) {
    std::vector<double> values;
    for (Index d = c; d < drawn.size; d += columns) {
      for (const double value : drawn.column(d)) values.push_back(value);
    }
    showing.push_back(showing_of(std::move(values)));
  }
  for (Index d = 0; d < drawn.size; ++d) {
    const Showing& s = showing[static_cast<std::size_t>(d % columns)];
    n.shown.push_back(s.shown);
    n.floor.push_back(s.floor);
  }
  for (Index i = 0; i < static_cast<Index>(drawn.x.size()); ++i) {
    float& x = drawn.x[static_cast<std::size_t>(i)];
    x = drawn.valid(i / drawn.size) ? shown_value(x, n.shown.data(), n.floor.data(), i % drawn.size) : 0;
  }
  for (Index d = 0; d < drawn.size; ++d) {
    std::vector<double> values = drawn.column(d);
    put_moments(values, n);
    const Quartiles q = quartiles(values);
    n.median.push_back(q.median);
    n.spread.push_back(q.spread);
    n.least_scale.push_back(noise_scale(drawn, d, q.spread));
  }
  return n;
}

}  // namespace

Index standardize_calls(const ObservationShape& shape, Index observed) { return shape.is_set ? observed : kRepeats; }

namespace {

Normalization of(Predictive drawn, const ObservationShape& shape) {
  return shape.is_set ? of_sets(drawn) : of_samples(std::move(drawn), shape.columns());
}

}  // namespace

Normalization standardize(const Bank& bank, const SimulatorInfo& info, Index problems, Index observed) {
  const Index size = info.observation.size(), rows = std::min(problems, bank.rows);
  const Index each = std::min(standardize_calls(info.observation, observed), bank.observed);
  Predictive drawn{rows, each, size, {}, {}};
  for (Index r = 0; r < rows; ++r) {
    const Index from = r * bank.observed;
    drawn.x.insert(drawn.x.end(), bank.x.data() + from * size, bank.x.data() + (from + each) * size);
    drawn.status.insert(drawn.status.end(), bank.status.data() + from, bank.status.data() + from + each);
  }
  require_some(drawn, info);
  return of(std::move(drawn), info.observation);
}

Normalization standardize(const Simulator& simulator, std::uint64_t seed, Index problems, Index observed,
                          ThreadPool* pool, Ranks* ranks) {
  const ObservationShape& shape = simulator.info().observation;
  OneRank alone;
  Predictive drawn = draw(simulator, seed, problems, standardize_calls(shape, observed), pool,
                          ranks != nullptr ? *ranks : static_cast<Ranks&>(alone));
  require_some(drawn, simulator.info());
  return of(std::move(drawn), shape);
}

}  // namespace v0
}  // namespace alfi
