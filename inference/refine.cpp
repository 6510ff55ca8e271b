#include "alfi/inference/refine.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/core/special.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/importance.hpp"
#include "alfi/inference/likelihood_network.hpp"
#include "alfi/inference/local_emulator.hpp"
#include "alfi/inference/problem_draws.hpp"
#include "alfi/inference/refine_learned.hpp"

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
constexpr double kMoved = 0.5;  // of the furthest: an answer out there is on its way, and its width means nothing
constexpr double kStride = 2;   // by which the next round is wider then
constexpr Index kEnough =
    10000;  // simulations to learn from: slcp's answers from 2000 were half as wide as they should be
constexpr double kFarShare = 0.01;  // of an answer
constexpr double kTried = 0.2;      // of the simulations: where either likelihood may be the better one
constexpr double kNearBy = 0.2;     // weight from which a simulation counts as near the answer
constexpr Index kHeldOut = 10;      // every tenth of those
constexpr Index kComponents = 8;    // of the learned likelihood,
constexpr double kGain = 0.02;      // by which so many nats a simulation must be gained, surely
constexpr double kSure = 2;         // standard errors
constexpr double kStill = 0.75;     // sds (a direction) that a settled answer moves at most,
constexpr double kAlike = 1.6;      // and times that its sds change

class Refiner {
 public:
  Refiner(const RefineSetting& setting, RefineSimulations& known)
      : s_(setting), parameters_(setting.simulator->parameters()), known_(known) {}

  Refinement run(GaussianState start, Index simulations) {
    state_ = std::move(start);
    const Index share = static_cast<Index>(kSearchShare * static_cast<double>(simulations));
    Index left = simulations;
    while (left > 0) {
      const bool last = settled_ || round_ == kSearches;
      const Index count = last ? left : share;
      left -= count;
      search(count, last);
    }
    return found();
  }

  /// One more round.
  Refinement go_on(Index simulations) {
    search(simulations, true);
    return found();
  }

  /// Whether a learned likelihood explains simulations that are held out, near the answer, better than the emulator.
  bool outdone() const {
    const auto [kept, held_out] = near_by();
    try {
      const LocalEmulator emulator(kept.near.view(), kept.values.view(), kept.weights, known_.least());
      LikelihoodPlan plan;
      plan.components = kComponents;
      plan.seed = s_.seed;
      const LikelihoodNetwork network(known_.shown(kept.places).view(), parameters_, kept.values.view(), known_.least(),
                                      plan);
      const MatView<const double> values = held_out.values.view();
      const std::vector<double> learned = network.log_likelihood(known_.shown(held_out.places).view(), values);
      double sum = 0, squares = 0;
      const double constant = 0.5 * kLogTwoPi * static_cast<double>(values.cols);
      for (Index i = 0; i < values.rows; ++i) {
        const double gain = learned[static_cast<std::size_t>(i)] + constant -
                            emulator.log_likelihood(held_out.near.row(i), values.row(i).data);
        sum += gain;
        squares += gain * gain;
      }
      return sum > kSure * std::sqrt(squares) && sum > kGain * static_cast<double>(values.rows);
    } catch (const NumericError&) {
      return false;
    }
  }

 private:
  std::uint32_t name(Index i) const { return static_cast<std::uint32_t>(i); }

  /// Simulations: where they are in the answer's own coordinates and in all, what was made there, what they weigh.
  struct Part {
    Points near, places, values;
    std::vector<double> weights;
  };

  /// Of those near the answer, those that an emulator is fitted to, and those held out.
  std::pair<Part, Part> near_by() const {
    const Points blurred = known_.blurred(step_key(s_.seed, Purpose::refine, 1));
    const Part empty{{{}, parameters_}, {{}, parameters_}, {{}, blurred.cols}, {}};
    std::pair<Part, Part> parts{empty, empty};
    std::vector<double> e(static_cast<std::size_t>(parameters_));
    for (Index i = 0, n = 0; i < blurred.rows(); ++i) {
      const double* const place = known_.places().row(i);
      unplace(state_, place, e.data());
      const double weight = weight_of(e.data());
      if (weight < kNearBy) continue;
      Part& part = n++ % kHeldOut == 0 ? parts.second : parts.first;
      part.near.data.insert(part.near.data.end(), e.begin(), e.end());
      part.places.data.insert(part.places.data.end(), place, place + parameters_);
      part.values.data.insert(part.values.data.end(), blurred.row(i), blurred.row(i) + blurred.cols);
      part.weights.push_back(weight);
    }
    return parts;
  }

  void search(Index count, bool last) {
    const Index round = round_++;
    simulate(state_, round, count);
    simulated_ += count;
    try {
      settled_ = improve(state_, round);
    } catch (const NumericError& error) {
      settled_ = false;
      if (last) failure_ = error.what();
    }
  }

  Refinement found() const {
    Refinement result;
    result.answer.components.push_back({0, state_});
    result.simulator_calls = simulated_ * known_.count();
    if (!failure_.empty()) result.warnings.push_back(failure_);
    if (share_ < kDoubtful) {
      result.warnings.push_back("its importance samples count for " + number_text(100 * share_, 2) +
                                " % of what those of a Gaussian would: it is none, or simulations were too few");
    }
    result.holds = result.warnings.empty() && fourth_moment_ < kFarTooHeavy;
    if (!settled_) {
      result.warnings.push_back("its answer still moved in the last round: it wants more simulations");
    }
    if (fourth_moment_ < kFlat || fourth_moment_ > kHeavy) {
      std::string text = "the noise of what is simulated is not Gaussian (fourth moment ";
      text += number_text(fourth_moment_, 2);
      text += ", expected 3)";
      if (result.holds) text += ": believe its answer less than the machine's own, which refine 0 leaves";
      if (can_refine_learned(s_.simulator->info().observation)) text += "; a learned likelihood does not assume it";
      result.warnings.push_back(std::move(text));
    }
    return result;
  }

  /// Of a simulation at e in the answer's own coordinates.
  double weight_of(const double* e) const {
    return std::exp(-0.5 * square_of(e, parameters_) / (kNear * kNear * static_cast<double>(parameters_)));
  }

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
      weights.push_back(weight_of(near.row(i)));
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
  RefineSimulations& known_;
  GaussianState state_;
  Index round_ = 0, simulated_ = 0;
  bool settled_ = false;
  std::string failure_;       ///< of the last round
  double share_ = 0;          ///< of the last round's importance samples (GaussianFit)
  double fourth_moment_ = 3;  ///< of the last emulator
};

/// The choice of a likelihood, and its answer; fewest: simulations that the emulator takes.
Refinement refined(const RefineSetting& setting, const MixtureState& start, MatView<const float> observed,
                   Index fewest) {
  RefineSimulations known(setting, observed);
  Index left = setting.simulations, enough = kEnough;
  Refinement first;
  if (setting.by != RefineBy::learned) {
    Refiner local(setting, known);
    const Index tried = std::max(fewest, static_cast<Index>(kTried * static_cast<double>(left)));
    if (setting.by == RefineBy::local || !can_refine_learned(setting.simulator->info().observation) ||
        left - tried < fewest)
      return local.run(moments_of(start), left);
    first = local.run(moments_of(start), tried);
    left -= tried;
    if (first.warnings.empty() && !local.outdone()) return local.go_on(left);
    enough += std::max(fewest, static_cast<Index>(kTried / (1 - kTried) * static_cast<double>(kEnough)));
  }
  Refinement result = refine_learned(setting, known, first.holds ? first.answer : start, left);
  result.simulator_calls += first.simulator_calls;
  if (result.holds && left < kEnough) {
    std::string text = "its likelihood was learned from ";
    text += std::to_string(left);
    text += " simulations: answers from fewer than ";
    text += std::to_string(kEnough);
    text += " can be too narrow; refine ";
    text += std::to_string(enough);
    text += " or more makes so many";
    result.warnings.push_back(std::move(text));
  }
  return result;
}

/// Of each parameter with a share of the answer where nothing is simulated.
void warn_of_far(const SimulatorInfo& info, Refinement& result) {
  const std::size_t size = info.parameters.size();
  for (std::size_t p = 0; p < size; ++p) {
    double beyond = 0, all = 0;
    for (const MixtureComponent& c : result.answer.components) {
      const double weight = std::exp(c.log_weight), mean = c.gaussian.mean[p];
      const double sd = std::sqrt(square_of(&c.gaussian.cholesky[p * size], static_cast<Index>(p) + 1));
      beyond += weight * (normal_cdf((mean - kFurthest) / sd) + normal_cdf((-mean - kFurthest) / sd));
      all += weight;
    }
    if (beyond < kFarShare * all) continue;
    std::string text = number_text(100 * beyond / all, 2);
    text += " % of its answer have ";
    text += info.parameters[p].name;
    text += " further than ";
    text += number_text(kFurthest);
    text += " prior sds out, where nothing is simulated: it is extrapolated there";
    result.warnings.push_back(std::move(text));
  }
}

}  // namespace

Index fewest_refine_simulations(Index parameters) {
  return static_cast<Index>(std::ceil(2 * LocalEmulator::fewest(parameters) / kSearchShare));
}

void require_refine_simulations(const char* what, Index simulations, Index parameters) {
  const Index fewest = fewest_refine_simulations(parameters);
  if (simulations >= fewest) return;
  throw InputError(std::string(what) + ": got " + std::to_string(simulations) + " simulations, expected at least " +
                   std::to_string(fewest) + " for " + counted(parameters, "parameter"));
}

void require_refine_by(RefineBy by, const ObservationShape& shape) {
  if (by != RefineBy::learned || can_refine_learned(shape)) return;
  throw InputError("refine: likelihood: got \"learned\" for " +
                   (shape.is_set ? std::string("sets") : std::to_string(shape.size()) + " entries") +
                   ", expected \"local\": it is for series and vectors of up to " +
                   std::to_string(LikelihoodNetwork::kMostValues) + " entries");
}

Refinement refine(const RefineSetting& setting, const MixtureState& start, MatView<const float> observed) {
  require_refine_simulations("refine", setting.simulations, setting.simulator->parameters());
  require_refine_by(setting.by, setting.simulator->info().observation);
  Refinement result = refined(setting, start, observed, fewest_refine_simulations(setting.simulator->parameters()));
  if (result.holds) warn_of_far(setting.simulator->info(), result);
  std::string all = "left out, the answer is the machine's own";
  for (std::size_t i = 0; i < result.warnings.size() && !result.holds; ++i) {
    all += i == 0 ? ": " : "; ";
    all += result.warnings[i];
  }
  if (!result.holds) {
    result.warnings.resize(1);
    result.warnings[0].swap(all);
  }
  for (std::string& warning : result.warnings) warning.insert(0, "refinement: ");
  return result;
}

}  // namespace v0
}  // namespace alfi
