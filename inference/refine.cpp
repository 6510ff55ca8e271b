#include "alfi/inference/refine.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/importance.hpp"
#include "alfi/inference/local_emulator.hpp"
#include "alfi/inference/refine_learned.hpp"
#include "alfi/inference/refine_simulations.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kSearches = 7;             // rounds at most that look for the place,
constexpr double kSearchShare = 1.0 / 12;  // of the simulations each; what is left is the last round's
constexpr double kWiden = 1.5;             // of a round's simulations beside its Gaussian
constexpr double kTrusted = 1.5;  // an answer's draws go no further from it, in typical distances of the simulations
constexpr double kNear = 1.5;  // a simulation weighs exp(-1/2) where it is so many times as far as a draw typically is
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
      : s_(setting), parameters_(setting.simulator->parameters()), known_(setting, observed) {}

  Refinement run(GaussianState start) {
    Refinement result;
    GaussianState state = std::move(start);
    const Index share = static_cast<Index>(kSearchShare * static_cast<double>(s_.simulations));
    Index left = s_.simulations;
    bool settled = false;
    for (Index round = 0; left > 0; ++round) {
      const bool last = settled || round == kSearches;
      const Index count = last ? left : share;
      left -= count;
      simulate(state, round, count);
      try {
        settled = improve(state, round);
      } catch (const NumericError& error) {
        settled = false;
        if (last) result.warnings.push_back(std::string("refinement: ") + error.what());
      }
    }
    result.answer.components.push_back({0, std::move(state)});
    result.simulator_calls = s_.simulations * known_.count();
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
  std::uint32_t name(Index i) const { return static_cast<std::uint32_t>(i); }

  /// Around g, in parts, so that sets take no more memory than one.
  void simulate(const GaussianState& g, Index round, Index count) {
    std::vector<double> e(static_cast<std::size_t>(parameters_));
    for (Index begin = 0; begin < count; begin += known_.part()) {
      const Index part = std::min(known_.part(), count - begin);
      Points at{std::vector<double>(static_cast<std::size_t>(part * parameters_)), parameters_};
      for (Index i = 0; i < part; ++i) {
        Stream random(step_key(s_.seed, Purpose::refine, 0), {s_.problem, name(round), name(begin + i), 0});
        for (double& value : e) value = kWiden * random.normal_double();
        place(g, e.data(), at.row(i));
      }
      known_.simulate(std::move(at), round, begin);
    }
  }

  /// From g to the Gaussian of the emulated posterior, everything in g's own coordinates. Whether that hardly differs.
  bool improve(GaussianState& g, Index round) {
    const Points& places = known_.places();
    Points near{places.data, parameters_};
    std::vector<double> weights;
    const double typical = static_cast<double>(parameters_);
    for (Index i = 0; i < near.rows(); ++i) {
      unplace(g, places.row(i), near.row(i));
      weights.push_back(std::exp(-0.5 * square_of(near.row(i), parameters_) / (kNear * kNear * typical)));
    }
    const LocalEmulator emulator(near.view(), known_.values().view(), weights, known_.least());
    fourth_moment_ = emulator.fourth_moment();
    const double furthest = kTrusted * kWiden * std::sqrt(typical);
    const auto log_posterior = [&](const double* e) {
      std::vector<double> u(static_cast<std::size_t>(parameters_));
      place(g, e, u.data());
      const double beyond = std::max(0.0, std::sqrt(square_of(e, parameters_)) - furthest);
      return emulator.log_likelihood(e, known_.observed().data()) - 0.5 * square_of(u.data(), parameters_) -
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
  RefineSimulations known_;
  double share_ = 0;          ///< of the last round's importance samples (GaussianFit)
  double fourth_moment_ = 3;  ///< of the last emulator
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
  if (setting.by == RefineBy::learned) return refine_learned(setting, start, observed);
  return Refiner(setting, observed).run(moments_of(start));
}

}  // namespace v0
}  // namespace alfi
