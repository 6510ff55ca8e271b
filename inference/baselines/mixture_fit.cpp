#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/core/special.hpp"
#include "alfi/inference/baselines/gaussian_answer.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kMostComponents = 4;
constexpr std::uint64_t kRestarts = 2, kSeed = 20020101;
constexpr int kMostSteps = 60;
constexpr double kSettled = 1e-5;     // nats for each draw
constexpr double kLeastSd = 0.01;     // of a component, where all draws have 1
constexpr double kLeastOfAll = 1e-6;  // of all draws, where they lie in a plane
constexpr double kLeastDraws = 2;     // of a component

/// Expectation and maximization over draws that have mean 0 and covariance I.
class Fit {
 public:
  Fit(const Points& draws, Index components, std::uint64_t restart) : draws_(draws) {
    Stream random(step_key(kSeed, Purpose::user, restart), {static_cast<std::uint32_t>(components), 0, 0, 0});
    std::vector<double> away(static_cast<std::size_t>(draws.rows()), 1.0);
    for (Index j = 0; j < components; ++j) {
      double sum = 0;
      for (const double a : away) sum += a;
      double left = sum * random.uniform_double();
      Index chosen = 0;
      while (chosen + 1 < draws.rows() && (left -= away[static_cast<std::size_t>(chosen)]) > 0) ++chosen;
      GaussianState g = standard_gaussian(draws.cols);
      g.mean.assign(draws.row(chosen), draws.row(chosen) + draws.cols);
      for (double& entry : g.cholesky) entry /= std::sqrt(static_cast<double>(components));
      if (components == 1) g.mean.assign(g.mean.size(), 0.0);
      mixture_.components.push_back({-std::log(static_cast<double>(components)), g});
      for (Index i = 0; i < draws.rows(); ++i) {
        double square = 0;
        for (Index p = 0; p < draws.cols; ++p) {
          const double d = draws.row(i)[p] - g.mean[static_cast<std::size_t>(p)];
          square += d * d;
        }
        double& nearest = away[static_cast<std::size_t>(i)];
        nearest = j == 0 ? square : std::min(nearest, square);
      }
    }
    shares_.resize(mixture_.components.size(), away);
  }

  /// Mean log density of the draws.
  double run() {
    double now = expect();
    for (int step = 0; step < kMostSteps && mixture_.components.size() > 1; ++step) {
      maximize();
      const double before = now;
      now = expect();
      if (now - before < kSettled) break;
    }
    return now;
  }

  const MixtureState& mixture() const { return mixture_; }

 private:
  double expect() {
    const std::size_t count = mixture_.components.size();
    std::vector<double> logs(count), e(static_cast<std::size_t>(draws_.cols));
    std::vector<double> norm;
    for (const MixtureComponent& c : mixture_.components) {
      double log = c.log_weight - static_cast<double>(draws_.cols) * (0.5 * kLogTwoPi);
      for (std::size_t p = 0; p < e.size(); ++p) log -= std::log(c.gaussian.cholesky[p * e.size() + p]);
      norm.push_back(log);
    }
    double mean = 0;
    for (Index i = 0; i < draws_.rows(); ++i) {
      for (std::size_t j = 0; j < count; ++j) {
        unplace(mixture_.components[j].gaussian, draws_.row(i), e.data());
        logs[j] = norm[j] - 0.5 * square_of(e.data(), draws_.cols);
      }
      const double most = *std::max_element(logs.begin(), logs.end());
      double sum = 0;
      for (double& log : logs) sum += log = std::exp(std::max(log - most, -700.0));
      for (std::size_t j = 0; j < count; ++j) shares_[j][static_cast<std::size_t>(i)] = logs[j] / sum;
      mean += (most + std::log(sum)) / static_cast<double>(draws_.rows());
    }
    return mean;
  }

  void maximize() {
    for (std::size_t j = 0; j < mixture_.components.size(); ++j) {
      double sum = 0;
      for (const double share : shares_[j]) sum += share;
      MixtureComponent& c = mixture_.components[j];
      c.log_weight = std::log(std::max(sum, kLeastDraws) / static_cast<double>(draws_.rows()));
      if (sum < kLeastDraws) continue;
      c.gaussian = moments_of(draws_, shares_[j], kLeastSd);
    }
  }

  const Points& draws_;
  MixtureState mixture_;
  std::vector<std::vector<double>> shares_;  ///< [J][n]
};

}  // namespace

MixtureState fit_mixture(const Points& draws) {
  if (draws.rows() < 2) {
    throw InputError("fit_mixture: got " + std::to_string(draws.rows()) + " draws, expected at least 2");
  }
  const double count = static_cast<double>(draws.rows()), size = static_cast<double>(draws.cols);
  const GaussianState all =
      moments_of(draws, std::vector<double>(static_cast<std::size_t>(draws.rows()), 1.0), kLeastOfAll);
  Points white{draws.data, draws.cols};
  for (Index i = 0; i < draws.rows(); ++i) unplace(all, draws.row(i), white.row(i));
  MixtureState best;
  double best_score = 0;
  for (Index components = 1; components <= kMostComponents; ++components) {
    const double numbers = static_cast<double>(components) * (1 + size + size * (size + 1) / 2) - 1;
    for (std::uint64_t restart = 0; restart < (components == 1 ? 1 : kRestarts); ++restart) {
      Fit fit(white, components, restart);
      const double score = count * fit.run() - 0.5 * numbers * std::log(count);
      if (!best.components.empty() && score <= best_score) continue;
      best_score = score;
      best = fit.mixture();
    }
  }
  for (MixtureComponent& c : best.components) {
    GaussianState outside = all;
    compose(outside, c.gaussian);
    c.gaussian = outside;
  }
  return best;
}

}  // namespace v0
}  // namespace alfi
