#include "alfi/inference/baselines/tempered_sampler.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/core/special.hpp"
#include "alfi/inference/baselines/abc_simulations.hpp"
#include "alfi/inference/baselines/weighted_draws.hpp"
#include "alfi/inference/weights.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kEnough = 0.5;  // share of the draws that count from one power to the next
constexpr int kMostPowers = 500;
constexpr double kMoves = 2, kLastMoves = 15;  // accepted of each draw, at a power and at the last
constexpr int kMostMoves = 100;                // tried
constexpr double kWanted = 0.3;                // share of moves that is accepted
constexpr double kWiden = 2;                   // of the Gaussian around the peak

double gaussian_log_density(const GaussianState& g, const double* u) {
  const auto size = static_cast<Index>(g.mean.size());
  std::vector<double> e(g.mean.size());
  unplace(g, u, e.data());
  double log = prior_log_density(e.data(), size);
  for (std::size_t p = 0; p < g.mean.size(); ++p) log -= std::log(g.cholesky[p * g.mean.size() + p]);
  return log;
}

/// Where the sampler begins: the prior and a Gaussian around the target's peak, half and half.
struct Start {
  GaussianState peak;

  double log_density(const double* u) const {
    const double a = prior_log_density(u, static_cast<Index>(peak.mean.size())), b = gaussian_log_density(peak, u);
    return std::max(a, b) + std::log1p(std::exp(std::max(-std::abs(a - b), -700.0))) - std::log(2.0);
  }
};

/// log_target: prior times likelihood in u.
Start start_of(const BaselineProblem& problem, const LogOfCoordinates& log_target) {
  const Peak peak = find_peak("reference_posterior", log_target, problem);
  const std::vector<double> information = information_at(log_target, peak);
  Start start{{peak.u, {}}};
  for (double added = 0; !inverse_information(information, added, start.peak.cholesky);) {
    added = added > 0 ? 2 * added : 1;
  }
  for (double& entry : start.peak.cholesky) entry *= kWiden;
  return start;
}

/// A draw: its place, the logarithms of the start's density there and of the target's over that.
struct Draw {
  std::vector<double> u;
  double start = 0, gain = 0;
};

class TemperedSampler {
 public:
  TemperedSampler(const BaselineProblem& problem, const LogOfCoordinates& log_target)
      : p_(problem), log_target_(log_target), start_(start_of(problem, log_target)) {
    const Points prior = prior_draws(problem, problem.draws);
    width_ = 2.38 / std::sqrt(static_cast<double>(prior.cols));
    for (Index i = 0; i < prior.rows(); ++i) {
      std::vector<double> u(prior.row(i), prior.row(i) + prior.cols);
      if (i % 2 == 1) place(start_.peak, prior.row(i), u.data());
      draws_.push_back(at(std::move(u)));
    }
  }

  void run() {
    for (int power = 0; power_ < 1; ++power) {
      if (power == kMostPowers) throw NumericError("reference_posterior: the target is too sharp for its sampler");
      const double next = next_power();
      resample(next - power_, power);
      power_ = next;
      move(power_ < 1 ? kMoves : kLastMoves, power);
    }
  }

  Points draws() const {
    Points all;
    all.cols = p_.simulator->parameters();
    for (const Draw& draw : draws_) all.data.insert(all.data.end(), draw.u.begin(), draw.u.end());
    return all;
  }

 private:
  Draw at(std::vector<double> u) const {
    Draw draw;
    draw.start = start_.log_density(u.data());
    const double target = log_target_(u.data());
    draw.gain = target <= kImpossibleLog ? kImpossibleLog : target - draw.start;
    draw.u = std::move(u);
    return draw;
  }

  double most_gain() const {
    double most = kImpossibleLog;
    for (const Draw& draw : draws_) most = std::max(most, draw.gain);
    return most;
  }

  std::vector<double> weights_for(double exponent) const {
    const double most = most_gain();
    std::vector<double> weights;
    for (const Draw& draw : draws_) {
      const double log_weight = exponent * (draw.gain - most);
      weights.push_back(log_weight > -700 ? std::exp(log_weight) : 0.0);
    }
    return weights;
  }

  double next_power() const {
    const double enough = kEnough * static_cast<double>(draws_.size());
    if (effective_number(weights_for(1 - power_)) >= enough) return 1;
    double low = 0, high = 1 - power_;
    for (int i = 0; i < 60; ++i) {
      const double middle = 0.5 * (low + high);
      (effective_number(weights_for(middle)) < enough ? high : low) = middle;
    }
    // Where more than half of the draws are impossible any power leaves too few: the least one takes them out.
    return power_ + std::max(low, 1e-9);
  }

  /// Systematic.
  void resample(double exponent, int power) {
    const std::vector<double> weights = weights_for(exponent);
    double sum = 0;
    for (const double w : weights) sum += w;
    const double step = sum / static_cast<double>(draws_.size());
    Stream random(step_key(p_.seed, Purpose::draws, static_cast<std::uint64_t>(power)), {p_.number, 0, 0, 0});
    const double first = step * random.uniform_double();
    std::vector<Draw> chosen;
    std::size_t from = 0;
    double below = weights[0];
    for (std::size_t i = 0; i < draws_.size(); ++i) {
      while (below < first + step * static_cast<double>(i) && from + 1 < weights.size()) below += weights[++from];
      chosen.push_back(draws_[from]);
    }
    draws_ = std::move(chosen);
  }

  /// Until each draw was moved so often, on average.
  void move(double wanted, int power) {
    double moved = 0;
    for (int pass = 0; pass < kMostMoves && moved < wanted; ++pass) {
      const GaussianState shape = moments_of(draws(), std::vector<double>(draws_.size(), 1.0));
      const Key key = step_key(p_.seed, Purpose::noise, static_cast<std::uint64_t>(power * kMostMoves + pass));
      std::size_t accepted = 0;
      for (std::size_t i = 0; i < draws_.size(); ++i) {
        Stream random(key, {p_.number, 0, 0, static_cast<std::uint32_t>(i)});
        accepted += move(draws_[i], shape, random) ? 1 : 0;
      }
      const double share = static_cast<double>(accepted) / static_cast<double>(draws_.size());
      moved += share;
      width_ *= std::exp(share - kWanted);
    }
  }

  bool move(Draw& now, const GaussianState& shape, Stream& random) const {
    std::vector<double> e(now.u.size()), u(now.u.size());
    for (double& value : e) value = width_ * random.normal_double();
    place(shape, e.data(), u.data());
    for (std::size_t p = 0; p < u.size(); ++p) u[p] += now.u[p] - shape.mean[p];
    const double threshold = std::log(random.uniform_double());
    Draw next = at(std::move(u));
    const double gain = next.start - now.start + power_ * (next.gain - now.gain);
    if (next.gain <= kImpossibleLog || gain < threshold) return false;
    now = std::move(next);
    return true;
  }

  const BaselineProblem& p_;
  const LogOfCoordinates& log_target_;
  Start start_;
  std::vector<Draw> draws_;
  double power_ = 0, width_;
};

}  // namespace

double prior_log_density(const double* u, Index size) {
  return -0.5 * (square_of(u, size) + static_cast<double>(size) * kLogTwoPi);
}

Points tempered_draws(const BaselineProblem& problem, const LogOfCoordinates& log_target) {
  TemperedSampler sampler(problem, log_target);
  sampler.run();
  return sampler.draws();
}

}  // namespace v0
}  // namespace alfi
