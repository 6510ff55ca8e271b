#include "alfi/inference/refine.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/host_samples.hpp"
#include "alfi/inference/importance.hpp"
#include "alfi/inference/local_emulator.hpp"
#include "alfi/inference/problem_draws.hpp"
#include "alfi/inference/rows/series.hpp"
#include "alfi/inference/set_statistics.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kSearches = 7;             // rounds at most that look for the place,
constexpr double kSearchShare = 1.0 / 12;  // of the simulations each; what is left is the last round's
constexpr double kWiden = 1.5;             // of a round's simulations beside its Gaussian
constexpr double kTrusted = 1.5;  // an answer's draws go no further from it, in typical distances of the simulations
constexpr double kNear = 1.5;  // a simulation weighs exp(-1/2) where it is so many times as far as a draw typically is
constexpr double kLeastNoise = 1e-3;     // of an entry, in distances of its prior predictive's quartiles
constexpr double kLeastShare = 1e-6;     // of a set's statistic
constexpr Index kMostRows = 1 << 18;     // simulated at a time
constexpr double kFlat = 2, kHeavy = 5;  // fourth moments beyond which noise is no Gaussian, whatever the chance
constexpr double kFarTooHeavy = 10;      // and beyond which the answer is not believed
constexpr double kDoubtful = 0.25;       // share of the importance samples below which it is not
constexpr double kMoved = 0.5;   // of the furthest: an answer out there is on its way, and its width means nothing
constexpr double kStride = 2;    // by which the next round is wider then
constexpr double kStill = 0.75;  // sds (a direction) that a settled answer moves at most,
constexpr double kAlike = 1.6;   // and times that its sds change

class Refiner {
 public:
  Refiner(const RefineSetting& setting, MatView<const float> observed)
      : s_(setting),
        parameters_(setting.simulator->parameters()),
        is_set_(setting.simulator->info().observation.is_set),
        count_(observed.rows),
        observed_(emulated(observed)) {
    places_.cols = parameters_;
    values_.cols = static_cast<Index>(observed_.size());
    for (std::size_t j = 0; j < observed_.size(); ++j) {
      least_.push_back(is_set_ ? kLeastShare * (1 + std::abs(observed_[j]))
                               : kLeastNoise * s_.normalization->spread[j]);
    }
  }

  Refinement run(GaussianState start) {
    Refinement result;
    result.state = std::move(start);
    const Index share = static_cast<Index>(kSearchShare * static_cast<double>(s_.simulations));
    Index left = s_.simulations;
    bool settled = false;
    for (Index round = 0; left > 0; ++round) {
      const bool last = settled || round == kSearches;
      const Index count = last ? left : share;
      left -= count;
      simulate(result.state, round, count);
      try {
        settled = improve(result.state, round);
      } catch (const NumericError& error) {
        settled = false;
        if (last) result.warnings.push_back(std::string("refinement: ") + error.what());
      }
    }
    result.simulator_calls = s_.simulations * count_;
    if (share_ < kDoubtful) {
      result.warnings.push_back("refinement: its importance samples count for " + number_text(100 * share_, 2) +
                                " % of what those of a Gaussian would: it is none, or simulations were too few");
    }
    result.holds = result.warnings.empty() && fourth_moment_ < kFarTooHeavy;
    if (!settled) {
      result.warnings.push_back("refinement: its answer still moved in the last round: it wants more simulations");
    }
    if (fourth_moment_ < kFlat || fourth_moment_ > kHeavy) {
      result.warnings.push_back("refinement: the noise of what is simulated is not Gaussian (fourth moment " +
                                number_text(fourth_moment_, 2) +
                                ", expected 3): believe its answer less than the machine's own, which refine 0 leaves");
    }
    if (!result.holds) result.warnings.push_back("refinement: left out: the answer is the machine's own");
    return result;
  }

 private:
  /// The numbers of a sample, or of a set, that are emulated.
  std::vector<double> emulated(MatView<const float> x) const {
    const Normalization& n = *s_.normalization;
    std::vector<double> values;
    if (is_set_) {
      values.resize(static_cast<std::size_t>(set_statistics_size(x.cols)));
      set_statistics(x, n.least_scale, values.data());
    }
    for (Index d = 0; !is_set_ && d < x.cols; ++d) {
      values.push_back(static_cast<double>(shown_value(x(0, d), n.shown.data(), n.floor.data(), d)));
    }
    return values;
  }

  std::uint32_t name(Index i) const { return static_cast<std::uint32_t>(i); }

  /// Around g; adds what is valid to what there is. In parts, so that sets take no more than kMostRows at a time.
  void simulate(const GaussianState& g, Index round, Index count) {
    const Index part = std::max(Index{1}, kMostRows / count_);
    for (Index begin = 0; begin < count; begin += part) simulate(g, round, begin, std::min(part, count - begin));
  }

  void simulate(const GaussianState& g, Index round, Index begin, Index count) {
    const SimulatorInfo& info = s_.simulator->info();
    const Index size = s_.simulator->size();
    std::vector<float> theta(static_cast<std::size_t>(count * parameters_)),
        x(static_cast<std::size_t>(count * count_ * size));
    std::vector<std::uint8_t> status(static_cast<std::size_t>(count * count_));
    Points at{std::vector<double>(theta.size()), parameters_};
    std::vector<double> e(static_cast<std::size_t>(parameters_));
    for (Index i = 0; i < count; ++i) {
      Stream random(step_key(s_.seed, Purpose::refine, 0), {s_.problem, name(round), name(begin + i), 0});
      for (double& value : e) value = kWiden * random.normal_double();
      place(g, e.data(), at.row(i));
      for (Index p = 0; p < parameters_; ++p) {
        double& u = at.row(i)[p];
        u = std::min(std::max(u, -kFurthest), kFurthest);
        theta[static_cast<std::size_t>(i * parameters_ + p)] =
            static_cast<float>(info.parameters[static_cast<std::size_t>(p)].prior.theta(u));
      }
    }
    SimulateRequest request;
    request.problems = 1;
    request.proposals = count;
    request.observations = count_;
    request.theta = {theta.data(), count, parameters_};
    request.out = {x.data(), count * count_, size};
    request.status = {status.data(), count * count_};
    request.key = step_key(s_.seed, Purpose::refine, 2 + static_cast<std::uint64_t>(begin));
    request.first_problem = s_.problem;
    request.iteration = name(round);
    simulate_on_host(*s_.simulator, request, s_.pool);
    for (Index i = 0; i < count; ++i) {
      const MatView<const float> sample{x.data() + i * count_ * size, count_, size};
      if (!all_valid(sample, status.data() + i * count_)) continue;
      places_.data.insert(places_.data.end(), at.row(i), at.row(i) + parameters_);
      const std::vector<double> values = emulated(sample);
      values_.data.insert(values_.data.end(), values.begin(), values.end());
    }
  }

  /// From g to the Gaussian of the emulated posterior, everything in g's own coordinates. Whether that hardly differs.
  bool improve(GaussianState& g, Index round) {
    Points near{places_.data, parameters_};
    std::vector<double> weights;
    const double typical = static_cast<double>(parameters_);
    for (Index i = 0; i < near.rows(); ++i) {
      unplace(g, places_.row(i), near.row(i));
      weights.push_back(std::exp(-0.5 * square_of(near.row(i), parameters_) / (kNear * kNear * typical)));
    }
    const LocalEmulator emulator(near.view(), values_.view(), weights, least_);
    fourth_moment_ = emulator.fourth_moment();
    const double furthest = kTrusted * kWiden * std::sqrt(typical);
    const auto log_posterior = [&](const double* e) {
      std::vector<double> u(static_cast<std::size_t>(parameters_));
      place(g, e, u.data());
      const double beyond = std::max(0.0, std::sqrt(square_of(e, parameters_)) - furthest);
      return emulator.log_likelihood(e, observed_.data()) - 0.5 * square_of(u.data(), parameters_) -
             2 * beyond * beyond;
    };
    const auto stream = [&](Index step, Index draw) {
      return Stream(step_key(s_.seed, Purpose::refine, 1), {s_.problem, name(round), name(draw), name(step)});
    };
    GaussianFit fit = fit_gaussian(log_posterior, parameters_, stream);
    GaussianState& inner = fit.state;
    share_ = fit.share;
    const double away = std::sqrt(square_of(inner.mean.data(), parameters_));
    if (away > kMoved * furthest) {
      inner.cholesky = standard_gaussian(parameters_).cholesky;
      for (double& entry : inner.cholesky) entry *= kStride;
    }
    compose(g, inner);
    return away <= kStill * std::sqrt(typical) && alike(inner);
  }

  /// Whether no sd, of those that are left to each coordinate once the ones before are known, is far from 1.
  bool alike(const GaussianState& inner) const {
    for (Index p = 0; p < parameters_; ++p) {
      const double sd = inner.cholesky[static_cast<std::size_t>(p * parameters_ + p)];
      if (sd > kAlike || sd * kAlike < 1) return false;
    }
    return true;
  }

  const RefineSetting& s_;
  Index parameters_;
  bool is_set_;
  Index count_;                           ///< N
  std::vector<double> observed_, least_;  ///< what is emulated: of the real observations, and its least noise
  Points places_, values_;                ///< all valid simulations: coordinates, and what is emulated
  double share_ = 0;                      ///< of the last round's importance samples (GaussianFit)
  double fourth_moment_ = 3;              ///< of the last emulator
};

}  // namespace

Index fewest_refine_simulations(Index parameters) {
  return static_cast<Index>(std::ceil(2 * LocalEmulator::fewest(parameters) / kSearchShare));
}

Refinement refine(const RefineSetting& setting, const MixtureState& start, MatView<const float> observed) {
  const Index fewest = fewest_refine_simulations(setting.simulator->parameters());
  if (setting.simulations < fewest) {
    throw InputError("refine: got " + std::to_string(setting.simulations) + " simulations, expected at least " +
                     std::to_string(fewest) + " for " + std::to_string(setting.simulator->parameters()) +
                     " parameters");
  }
  return Refiner(setting, observed).run(moments_of(start));
}

}  // namespace v0
}  // namespace alfi
