#include "alfi/inference/baselines/peak.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "alfi/core/error.hpp"
#include "alfi/inference/baselines/abc_simulations.hpp"
#include "alfi/inference/dense_solve.hpp"
#include "alfi/inference/problem_draws.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kTried = 500;  // draws of the prior
constexpr std::size_t kClimbs = 5;
constexpr int kRestarts = 4;
constexpr int kMostSteps = 1500;    // of a simplex
constexpr double kSettled = 1e-9;   // nats between its best and its worst corner
constexpr double kFirstEdge = 0.3;  // of a simplex, in prior sds
constexpr double kLoses = 0.3;      // nats that a step of the second differences should lose,
constexpr double kWorst = 1e6;      // what is impossible loses no more
constexpr double kLeastStep = 1e-5, kMostStep = 0.5;

bool higher(const Peak& a, const Peak& b) { return a.log > b.log; }

class Simplex {
 public:
  Simplex(const LogOfCoordinates& log, const Peak& start, double edge) : log_(log), corners_{start} {
    for (std::size_t p = 0; p < start.u.size(); ++p) {
      std::vector<double> u = start.u;
      u[p] += u[p] > 0 ? -edge : edge;
      corners_.push_back(at(std::move(u)));
    }
  }

  Peak climb() {
    const std::size_t size = corners_.size() - 1;
    for (int step = 0; step < kMostSteps; ++step) {
      std::stable_sort(corners_.begin(), corners_.end(), higher);
      if (corners_.front().log - corners_.back().log < kSettled) break;
      Peak& worst = corners_.back();
      const Peak reflected = along(1);
      if (higher(reflected, corners_.front())) {
        const Peak further = along(2);
        worst = higher(further, reflected) ? further : reflected;
      } else if (higher(reflected, corners_[size - 1])) {
        worst = reflected;
      } else {
        const bool outside = higher(reflected, worst);
        const Peak nearer = along(outside ? 0.5 : -0.5);
        if (higher(nearer, outside ? reflected : worst)) {
          worst = nearer;
        } else {
          shrink();
        }
      }
    }
    return *std::min_element(corners_.begin(), corners_.end(), higher);
  }

 private:
  Peak at(std::vector<double> u) const {
    for (double& value : u) value = std::min(std::max(value, -kFurthest), kFurthest);
    const double log = log_(u.data());
    return {log, std::move(u)};
  }

  /// From the worst corner through the centre of the others, so many times as far beyond it.
  Peak along(double how_far) const {
    const std::size_t size = corners_.size() - 1;
    std::vector<double> u(size);
    for (std::size_t p = 0; p < size; ++p) {
      double centre = 0;
      for (std::size_t c = 0; c < size; ++c) centre += corners_[c].u[p] / static_cast<double>(size);
      u[p] = centre + how_far * (centre - corners_.back().u[p]);
    }
    return at(std::move(u));
  }

  void shrink() {
    for (std::size_t c = 1; c < corners_.size(); ++c) {
      std::vector<double> u = corners_[c].u;
      for (std::size_t p = 0; p < u.size(); ++p) u[p] = 0.5 * (u[p] + corners_.front().u[p]);
      corners_[c] = at(std::move(u));
    }
  }

  const LogOfCoordinates& log_;
  std::vector<Peak> corners_;
};

/// A step of coordinate p that loses about kLoses, both ways together on average.
double step_of(const LogOfCoordinates& log, const Peak& peak, std::size_t p) {
  double step = 0.01;
  for (int i = 0; i < 40; ++i) {
    std::vector<double> low = peak.u, high = peak.u;
    low[p] -= step;
    high[p] += step;
    const double lost = peak.log - 0.5 * (log(low.data()) + log(high.data()));
    if (lost > 0.5 * kLoses && lost < 2 * kLoses) break;
    const double factor = lost > 0 ? std::sqrt(kLoses / std::max(lost, 1e-6)) : 4;
    step = std::min(std::max(step * std::min(std::max(factor, 0.25), 4.0), kLeastStep), kMostStep);
  }
  return step;
}

}  // namespace

LogOfCoordinates log_likelihood_of(const BaselineProblem& problem) {
  return [&problem](const double* u) {
    const Simulator& simulator = *problem.simulator;
    const std::vector<double> theta = theta_at(simulator.info(), u);
    const double log = simulator.exact().log_likelihood(theta.data(), problem.observed);
    return std::isfinite(log) ? log : kImpossibleLog;
  };
}

Peak find_peak(const char* function, const LogOfCoordinates& log, const BaselineProblem& problem) {
  const Points tried = prior_draws(problem, kTried);
  std::vector<Peak> starts;
  for (Index i = 0; i < tried.rows(); ++i) {
    starts.push_back({log(tried.row(i)), {tried.row(i), tried.row(i) + tried.cols}});
  }
  std::stable_sort(starts.begin(), starts.end(), higher);
  if (starts.front().log <= kImpossibleLog) {
    throw NumericError(std::string(function) + ": the observations are impossible for each of " +
                       std::to_string(kTried) + " draws of the prior");
  }
  Peak best = starts.front();
  for (std::size_t i = 0; i < kClimbs; ++i) {
    const Peak found = Simplex(log, starts[i], kFirstEdge).climb();
    if (higher(found, best)) best = found;
  }
  for (int restart = 1; restart < kRestarts; ++restart) {
    best = Simplex(log, best, kFirstEdge / (1 + restart)).climb();
  }
  return best;
}

std::vector<double> information_at(const LogOfCoordinates& log, const Peak& peak) {
  const std::size_t size = peak.u.size();
  const LogOfCoordinates f = [&](const double* u) { return std::max(log(u), peak.log - kWorst); };
  std::vector<double> steps, information(size * size);
  for (std::size_t p = 0; p < size; ++p) steps.push_back(step_of(f, peak, p));
  const auto at = [&](std::size_t r, double a, std::size_t c, double b) {
    std::vector<double> u = peak.u;
    u[r] += a * steps[r];
    u[c] += b * steps[c];
    return f(u.data());
  };
  for (std::size_t r = 0; r < size; ++r) {
    information[r * size + r] = (2 * peak.log - at(r, 1, r, 0) - at(r, -1, r, 0)) / (steps[r] * steps[r]);
    for (std::size_t c = 0; c < r; ++c) {
      const double mixed = at(r, 1, c, 1) - at(r, 1, c, -1) - at(r, -1, c, 1) + at(r, -1, c, -1);
      information[r * size + c] = information[c * size + r] = -mixed / (4 * steps[r] * steps[c]);
    }
  }
  return information;
}

bool inverse_information(const std::vector<double>& information, double added, std::vector<double>& cholesky) {
  const auto n = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(information.size()))));
  const auto size = static_cast<Index>(n);
  std::vector<double> factor = information;
  for (std::size_t p = 0; p < n; ++p) factor[p * n + p] += added;
  if (!cholesky_in_place(factor, size)) return false;
  cholesky.assign(n * n, 0.0);
  for (std::size_t c = 0; c < n; ++c) {
    std::vector<double> column(n, 0.0);
    column[c] = 1;
    solve_lower(factor, size, column.data());
    solve_lower_transposed(factor, size, column.data());
    for (std::size_t r = 0; r < n; ++r) cholesky[r * n + c] = column[r];
  }
  return cholesky_in_place(cholesky, size);
}

}  // namespace v0
}  // namespace alfi
