#include "alfi/inference/refine_learned.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/inference/annealing.hpp"
#include "alfi/inference/count_network.hpp"
#include "alfi/inference/likelihood_network.hpp"
#include "alfi/inference/mixture_fit.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kShares[] = {0.15, 0.2, 0.25, 0.4};  // of the simulations, a round each
constexpr Index kRounds = sizeof(kShares) / sizeof(kShares[0]);
constexpr Index kFewestSteps = 500, kSteps = 2500, kLastSteps = 20000;  // of a round's training: at least, at most,
constexpr Index kUses = 8;  // and else one for so many simulations: 32 passes with batches of 256
constexpr Index kPopulation = 2000, kLastPopulation = 10000;
constexpr Index kComponents = 8;          // of the likelihood, where one Gaussian is not as good
constexpr Index kSought = 8, kMost = 64;  // of the posterior, before the last round and then
constexpr double kWiden = 1.5;            // of a round's simulations beside the posterior so far,
constexpr double kElsewhere = 0.1;        // and the share of them that is drawn as in the round before
constexpr double kPrior = 0.2;            // share of the first round's that is drawn from the prior
constexpr Index kFirstRound = 16;         // after those of the other refinement: names of streams
constexpr double kOften = 0.05;           // share of a round's simulations that equal the observed number of an entry,
constexpr double kFarOff = 20;         // which is told by its own network then, and to the others up to so much beyond
constexpr double kImpossible = -1e30;  // a log likelihood
constexpr double kWorth = 0.01;        // nats a held-out simulation that a mixture must gain

class Learner {
 public:
  Learner(const RefineSetting& setting, RefineSimulations& known)
      : s_(setting), parameters_(setting.simulator->parameters()), known_(known) {}

  Refinement run(const MixtureState& start, Index simulations) {
    Refinement result;
    result.answer = start;
    result.by = RefineBy::learned;
    result.simulator_calls = simulations;
    proposal_ = joined(widened(start, kWiden), {{MixtureComponent{0, standard_gaussian(parameters_)}}}, kPrior);
    Index left = simulations;
    for (Index round = 0; round < kRounds; ++round) {
      const bool last = round == kRounds - 1;
      const Index count = last ? left : static_cast<Index>(kShares[round] * static_cast<double>(simulations));
      left -= count;
      before_ = known_.places().rows();
      simulate(round, count);
      try {
        learn(round, last ? kLastSteps : kSteps);
        const Points population = sample(round, last ? kLastPopulation : kPopulation);
        result.answer = fit_mixture(population, last ? kMost : kSought, step_key(seed(round), Purpose::refine, 0));
        result.holds = true;
      } catch (const NumericError& error) {
        result.holds = false;
        if (last) result.warnings.push_back(error.what());
        continue;
      }
      proposal_ = joined(widened(result.answer, kWiden), proposal_, kElsewhere);
    }
    return result;
  }

 private:
  std::uint64_t seed(Index round) const {
    const Key k = step_key(s_.seed, Purpose::refine, (std::uint64_t{1} << 40) + static_cast<std::uint64_t>(round));
    return ((std::uint64_t{k.high} << 32) | k.low) + s_.problem;
  }

  /// Of weights 1 - share and share.
  static MixtureState joined(const MixtureState& a, const MixtureState& b, double share) {
    MixtureState all;
    const auto add = [&](const MixtureState& part, double weight) {
      double sum = 0;
      for (const MixtureComponent& c : part.components) sum += std::exp(c.log_weight);
      for (const MixtureComponent& c : part.components) {
        all.components.push_back({c.log_weight + std::log(weight / sum), c.gaussian});
      }
    };
    add(a, 1 - share);
    add(b, share);
    return all;
  }

  /// Draws of the proposal.
  Points drawn(Index count, Index round, Key key) const {
    Points at{std::vector<double>(static_cast<std::size_t>(count * parameters_)), parameters_};
    std::vector<double> e(static_cast<std::size_t>(parameters_));
    for (Index i = 0; i < count; ++i) {
      Stream random(key, {s_.problem, static_cast<std::uint32_t>(round), static_cast<std::uint32_t>(i), 0});
      const double chosen = random.uniform_double();
      for (double& value : e) value = random.normal_double();
      place(proposal_, chosen, e.data(), at.row(i));
    }
    return at;
  }

  void simulate(Index round, Index count) {
    Points at = drawn(count, kFirstRound + round, step_key(s_.seed, Purpose::refine, 0));
    for (Index begin = 0; begin < count; begin += known_.part()) {
      const Index part = std::min(known_.part(), count - begin);
      Points some{{at.row(begin), at.row(begin) + part * parameters_}, parameters_};
      known_.simulate(std::move(some), kFirstRound + round, begin);
    }
  }

  /// Entries that are often equal to the observed number, one given those before; then the others given these, as one
  /// Gaussian or a mixture: in the first round both, and what explains the held-out simulations better stays.
  void learn(Index round, Index most) {
    LikelihoodPlan plan;
    plan.steps = std::clamp(known_.places().rows() / kUses, kFewestSteps, most);
    plan.seed = seed(round);
    counts_.clear();
    network_.reset();
    Points places = known_.shown(known_.places());
    const std::vector<Index> often = known_.often_equal(before_, kOften);
    for (const Index entry : often) {
      std::vector<double> beyond = known_.beyond(entry);
      counts_.emplace_back(places.view(), beyond, plan.steps, plan.seed + static_cast<std::uint64_t>(entry));
      for (double& value : beyond) value = std::min(std::max(value, -kFarOff), kFarOff);
      places = beside(places, {std::move(beyond), 1});
    }
    others_.clear();
    for (Index d = 0; d < known_.values().cols; ++d) {
      if (std::find(often.begin(), often.end(), d) == often.end()) others_.push_back(d);
    }
    if (others_.empty()) return;
    const Points values = chosen(known_.blurred(step_key(seed(round), Purpose::refine, 1)));
    const std::vector<double> least = chosen({known_.least(), known_.values().cols}).data;
    const auto learned = [&](Index components) {
      plan.components = components;
      return LikelihoodNetwork(places.view(), parameters_, values.view(), least, plan);
    };
    if (components_ > 0) {
      network_ = learned(components_);
      return;
    }
    LikelihoodNetwork one = learned(1), several = learned(kComponents);
    const bool better = several.held_out() > one.held_out() + kWorth;
    components_ = better ? kComponents : 1;
    network_ = better ? std::move(several) : std::move(one);
  }

  /// Columns of a, then those of b.
  static Points beside(const Points& a, const Points& b) {
    Points all{{}, a.cols + b.cols};
    for (Index i = 0; i < a.rows(); ++i) {
      all.data.insert(all.data.end(), a.row(i), a.row(i) + a.cols);
      all.data.insert(all.data.end(), b.row(i), b.row(i) + b.cols);
    }
    return all;
  }

  /// Of rows of all entries, the others'.
  Points chosen(const Points& all) const {
    Points some{{}, static_cast<Index>(others_.size())};
    for (Index i = 0; i < all.rows(); ++i) {
      for (const Index d : others_) some.data.push_back(all.row(i)[d]);
    }
    return some;
  }

  /// Of what was observed, at [n,P]: [n].
  std::vector<double> log_likelihood(const Points& u) const {
    Points places = known_.shown(u);
    const Points nothing{std::vector<double>(static_cast<std::size_t>(u.rows()), 0.0), 1};
    std::vector<double> sum = nothing.data;
    const auto add = [&](const std::vector<double>& some) {
      for (std::size_t i = 0; i < some.size(); ++i) sum[i] += some[i];
    };
    for (const CountNetwork& count : counts_) {
      add(count.log_probability(places.view()));
      places = beside(places, nothing);
    }
    if (network_) {
      const Points observed = chosen({known_.observed(), known_.values().cols});
      add(network_->log_likelihood(places.view(), observed.view()));
    }
    return sum;
  }

  Points sample(Index round, Index count) const {
    const LogDensities from = [&](const Points& u) { return log_density_of(proposal_, u); };
    const LogDensities to = [&](const Points& u) {
      std::vector<double> all = log_likelihood(u);
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (!std::isfinite(all[i])) all[i] = kImpossible;  // further off than a float can say
        all[i] -= 0.5 * square_of(u.row(static_cast<Index>(i)), parameters_);
      }
      return all;
    };
    return anneal(drawn(count, round, step_key(s_.seed, Purpose::refine, 1)), from, to,
                  step_key(seed(round), Purpose::refine, 2))
        .points;
  }

  const RefineSetting& s_;
  Index parameters_;
  RefineSimulations& known_;
  MixtureState proposal_;  ///< of the round,
  Index before_ = 0;       ///< which so many simulations were made before
  std::vector<CountNetwork> counts_;
  std::vector<Index> others_;                 ///< entries,
  std::optional<LikelihoodNetwork> network_;  ///< and theirs
  Index components_ = 0;                      ///< of the network; 0: not chosen yet
};

}  // namespace

bool can_refine_learned(const ObservationShape& shape) {
  return !shape.is_set && shape.size() <= LikelihoodNetwork::kMostValues;
}

Refinement refine_learned(const RefineSetting& setting, RefineSimulations& known, const MixtureState& start,
                          Index simulations) {
  return Learner(setting, known).run(start, simulations);
}

}  // namespace v0
}  // namespace alfi
