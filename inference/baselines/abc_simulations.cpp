#include "alfi/inference/baselines/abc_simulations.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/inference/host_samples.hpp"
#include "alfi/inference/problem_draws.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kMostRows = 1 << 18;  // simulated at a time
constexpr Index kLearnt = 1000;       // simulations that say how summaries are measured

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Median absolute deviation; where more than half are the same, the mean one; 0 where all are.
double deviation(const std::vector<double>& values) {
  const double centre = median(values);
  std::vector<double> away;
  double sum = 0;
  for (const double value : values) {
    away.push_back(std::abs(value - centre));
    sum += away.back() / static_cast<double>(values.size());
  }
  const double typical = median(away);
  return typical > 0 ? typical : sum;
}

}  // namespace

void ComparedSimulations::append(const ComparedSimulations& other) {
  differences.cols = other.differences.cols;
  differences.data.insert(differences.data.end(), other.differences.data.begin(), other.differences.data.end());
  distances.insert(distances.end(), other.distances.begin(), other.distances.end());
}

/// Rows begin to begin + count - 1 of a request.
struct AbcSimulations::Part {
  Index begin, count;
  std::vector<float> x;              ///< [count*N,D]
  std::vector<std::uint8_t> status;  ///< [count*N]

  MatView<const float> sample(Index i, Index observed) const {
    const Index size = static_cast<Index>(x.size()) / (count * observed);
    return {x.data() + i * observed * size, observed, size};
  }
  bool valid(Index i, Index observed) const {
    const auto first = status.begin() + static_cast<std::ptrdiff_t>(i * observed);
    return std::all_of(first, first + static_cast<std::ptrdiff_t>(observed), [](std::uint8_t s) { return s == 0; });
  }
};

void AbcSimulations::make(const Points& at, Part& part) {
  const Index observed = p_.observed.rows, size = p_.observed.cols, parameters = at.cols;
  std::vector<float> theta;
  for (Index i = 0; i < part.count; ++i) {
    for (const double value : theta_at(p_.simulator->info(), at.row(part.begin + i))) {
      theta.push_back(static_cast<float>(value));
    }
  }
  part.x.resize(static_cast<std::size_t>(part.count * observed * size));
  part.status.resize(static_cast<std::size_t>(part.count * observed));
  SimulateRequest request;
  request.problems = 1;
  request.proposals = part.count;
  request.observations = observed;
  request.theta = {theta.data(), part.count, parameters};
  request.out = {part.x.data(), part.count * observed, size};
  request.status = {part.status.data(), part.count * observed};
  request.key = step_key(p_.seed, Purpose::simulated, static_cast<std::uint64_t>(calls_));
  request.first_problem = p_.number;
  simulate_on_host(*p_.simulator, request, p_.pool);
  calls_ += part.count * observed;
  for (Index i = 0; i < part.count * observed; ++i) {
    if (!all_finite(part.x.data() + i * size, size)) {
      part.status[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(Status::failed);
    }
  }
}

void AbcSimulations::learn(const Part& part) {
  const Index observed = p_.observed.rows, count = std::min(part.count, kLearnt);
  bool any = false;
  for (Index i = 0; i < count; ++i) any = any || part.valid(i, observed);
  if (!any) {
    throw NumericError("approximate Bayesian computation: " + p_.simulator->info().name + ": each of the first " +
                       std::to_string(count) + " simulations failed");
  }
  const auto calls = static_cast<std::ptrdiff_t>(count * observed);
  summaries_.emplace(p_.simulator->info(), observed,
                     std::vector<float>(part.x.begin(), part.x.begin() + calls * p_.observed.cols),
                     std::vector<std::uint8_t>(part.status.begin(), part.status.begin() + calls));
  const auto size = static_cast<std::size_t>(summaries_->size());
  std::vector<std::vector<double>> columns(size);
  std::vector<double> values(size);
  for (Index i = 0; i < count; ++i) {
    if (!part.valid(i, observed)) continue;
    summaries_->summarize(part.sample(i, observed), values.data());
    for (std::size_t s = 0; s < size; ++s) columns[s].push_back(values[s]);
  }
  for (const std::vector<double>& column : columns) {
    const double unit = deviation(column);
    per_unit_.push_back(unit > 0 ? 1 / unit : 0);
  }
  observed_.resize(size);
  summaries_->summarize(p_.observed, observed_.data());
}

ComparedSimulations AbcSimulations::simulate(const Points& at) {
  const Index observed = p_.observed.rows, most = std::max(Index{1}, kMostRows / observed);
  ComparedSimulations found;
  for (Index begin = 0; begin < at.rows(); begin += most) {
    Part part{begin, std::min(most, at.rows() - begin), {}, {}};
    make(at, part);
    if (!summaries_) learn(part);
    const std::size_t size = observed_.size();
    found.differences.cols = static_cast<Index>(size);
    std::vector<double> values(size);
    for (Index i = 0; i < part.count; ++i) {
      const bool valid = part.valid(i, observed);
      std::fill(values.begin(), values.end(), 0.0);
      if (valid) {
        summaries_->summarize(part.sample(i, observed), values.data());
        for (std::size_t s = 0; s < size; ++s) values[s] = (values[s] - observed_[s]) * per_unit_[s];
      }
      found.differences.data.insert(found.differences.data.end(), values.begin(), values.end());
      found.distances.push_back(valid ? std::sqrt(square_of(values.data(), static_cast<Index>(size)))
                                      : std::numeric_limits<double>::infinity());
    }
  }
  return found;
}

Points prior_draws(const BaselineProblem& p, Index count) {
  Points drawn;
  drawn.cols = p.simulator->parameters();
  for (Index i = 0; i < count; ++i) {
    Stream random(step_key(p.seed, Purpose::prior, 0), {p.number, 0, 0, static_cast<std::uint32_t>(i)});
    for (Index j = 0; j < drawn.cols; ++j) drawn.data.push_back(draw_coordinate(random));
  }
  return drawn;
}

}  // namespace v0
}  // namespace alfi
