#include "alfi/inference/check.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/moments.hpp"
#include "alfi/core/special.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/problem_draws.hpp"
#include "alfi/inference/test_problems.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kBatch = 64, kBatchOnGpu = 256;  // problems in memory at once
constexpr Index kRepeated = 100;                 // problems inferred twice
constexpr double kTwoPi = 6.28318530717958648;
constexpr double kFurthestSds = 100;    // times too wide, or too narrow: more is not told apart
constexpr double kMostSquare = 0.2499;  // of a place's distance from 1/2: at 1/4 errors are infinite

/// What one problem says.
struct Findings {
  std::vector<double> places;  ///< of its quantities
  double negative_density = 0, prior_negative_density = 0, exact = 0;
  double disagreement = 0;  ///< mean square over the parameters
};

/// Of `count` draws `below` are smaller: where the truth lies among them, uniform to the last digit.
double place_among(Index below, Index count, Stream& random) {
  return (static_cast<double>(below) + random.uniform_double()) / static_cast<double>(count + 1);
}

std::vector<double> coordinates_of(const SimulatorInfo& info, const double* theta) {
  std::vector<double> u;
  for (std::size_t p = 0; p < info.parameters.size(); ++p) {
    const double v = info.parameters[p].prior.coordinate(theta[p]);
    u.push_back(std::min(std::max(v, -kFurthest), kFurthest));
  }
  return u;
}

double square_distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t p = 0; p < a.size(); ++p) sum += (a[p] - b[p]) * (a[p] - b[p]);
  return sum;
}

/// Whether answers of so many times the right sd are expected to leave the band: of Gaussians, the truths below a place
/// x are Phi(sds * quantile(x)).
bool visible(const std::vector<double>& points, const UniformityTest::Band& band, double sds) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double share = normal_cdf(sds * normal_quantile(points[i]));
    if (share < band.low[i] || share > band.high[i]) return true;
  }
  return false;
}

/// The sds nearest to 1, towards `furthest`, that are; furthest where none is.
double least_visible(const std::vector<double>& points, const UniformityTest::Band& band, double furthest) {
  double hidden = 0, seen = std::log(furthest);
  for (int i = 0; i < 40; ++i) {
    const double middle = 0.5 * (hidden + seen);
    (visible(points, band, std::exp(middle)) ? seen : hidden) = middle;
  }
  return std::exp(seen);
}

/// What the numbers' moments say of the answers.
void lean(const std::vector<double>& places, CalibrationQuantity& q) {
  RunningMoments first, second;
  for (const double place : places) {
    first.add(place - 0.5);
    second.add((place - 0.5) * (place - 0.5));
  }
  const double root = std::sqrt(static_cast<double>(places.size()));
  q.shift = first.mean() * root * std::sqrt(12.0);                  // a uniform number's variance: 1 / 12,
  q.spread = (second.mean() - 1 / 12.0) * root * std::sqrt(180.0);  // and that of its square: 1 / 180
  const auto beyond = [&](double half, double share) {
    const auto found = std::count_if(places.begin(), places.end(), [&](double p) { return std::abs(p - 0.5) > half; });
    return (static_cast<double>(found) / root / root - share) * root / std::sqrt(share * (1 - share));
  };
  q.middle = -beyond(0.25, 0.5);
  q.tails = beyond(0.475, 0.05);
  // E (Phi(k z) - 1/2)^2 = asin(k^2 / (1 + k^2)) / (2 pi), z normal.
  const double sine = std::sin(kTwoPi * std::min(second.mean(), kMostSquare));
  q.error_ratio = std::sqrt(sine / (1 - sine));
}

class Checker {
 public:
  Checker(const Machine& machine, const Simulator& simulator, const CheckOptions& options)
      : machine_(machine),
        simulator_(simulator),
        o_(options),
        seed_(derived_seed(options.infer.seed, Purpose::check)),
        pool_(options.infer.threads) {}

  CalibrationCheck run() {
    CalibrationCheck result;
    result.problems = o_.problems;
    result.observed = o_.observed;
    result.exact_available = static_cast<bool>(simulator_.exact().posterior_log_density);
    findings_.resize(static_cast<std::size_t>(o_.problems));
    const Index batch = o_.infer.context.backend() == Backend::cpu ? kBatch : kBatchOnGpu;
    for (Index first = 0; first < o_.problems; first += batch) {
      const Index count = std::min(batch, o_.problems - first);
      infer(first, count, result);
      if (o_.progress && !o_.progress(first + count)) {
        throw Error("check: stopped after " + std::to_string(first + count) + " problems");
      }
    }
    summarize(result);
    return result;
  }

 private:
  void infer(Index first, Index count, CalibrationCheck& result) {
    const TestProblems problems =
        draw_test_problems({&simulator_, &machine_.configuration(), o_.observed, seed_, "check"}, first, count, pool_);
    const Index size = simulator_.size(), n_max = problems.n_max;
    InferOptions options = o_.infer;
    options.first_problem = first;
    options.progress = nullptr;
    const MatView<const float> x{problems.observations.data(), count * n_max, size};
    const std::vector<Inference> answers = machine_.infer_many(simulator_, x, {problems.counts.data(), count}, options);
    std::vector<Inference> again;
    const Index repeated = std::min(count, kRepeated - first);
    if (repeated > 0) {
      options.seed = derived_seed(o_.infer.seed + 1, Purpose::check);
      again = machine_.infer_many(simulator_, {x.data, repeated * n_max, size}, {problems.counts.data(), repeated},
                                  options);
    }
    pool_.parallel_for(count, [&](Index b, int) {
      const auto i = static_cast<std::size_t>(b);
      const Observations observed{x.data + b * n_max * size, problems.counts[i], size};
      Findings& found = findings_[static_cast<std::size_t>(first + b)];
      judge(first + b, answers[i].posterior, observed, problems.theta.data() + b * simulator_.parameters(), found);
      if (b < repeated) found.disagreement = disagreement(answers[i].posterior, again[i].posterior);
    });
    for (const Inference& answer : answers) {
      result.learned += answer.likelihood == "learned" ? 1 : 0;
      result.left_out += answer.refined && answer.likelihood.empty() ? 1 : 0;
    }
    result.refined = answers.front().refined;
    result.simulator_calls_per_problem = answers.front().simulator_calls;
  }

  void judge(Index problem, const Posterior& answer, Observations observed, const double* truth, Findings& found) {
    const SimulatorInfo& info = simulator_.info();
    const auto p_count = static_cast<std::size_t>(simulator_.parameters());
    const std::vector<double> theta(truth, truth + p_count);
    found.places = answer.probability_below(theta);
    const double density = answer.log_density(theta);
    found.negative_density = -density;
    const std::vector<double> at = coordinates_of(info, truth);
    for (std::size_t p = 0; p < p_count; ++p) {
      found.prior_negative_density += info.parameters[p].prior.log_jacobian(at[p]) - normal_log_density(at[p]);
    }
    if (simulator_.exact().posterior_log_density)
      found.exact = -simulator_.exact().posterior_log_density(observed)(truth);

    Stream random(step_key(seed_, Purpose::check, 0), {static_cast<std::uint32_t>(problem), 0, 0, 0});
    std::vector<double> from;
    for (std::size_t p = 0; p < p_count; ++p) from.push_back(draw_coordinate(random));
    const std::vector<double> draws =
        answer.draw(o_.draws, derived_seed(seed_ + static_cast<std::uint64_t>(problem), Purpose::draws));
    const double away = square_distance(from, at);
    Index less_likely = 0, closer = 0;
    for (std::size_t i = 0; i < draws.size(); i += p_count) {
      less_likely += answer.log_density({&draws[i], &draws[i] + p_count}) < density ? 1 : 0;
      closer += square_distance(from, coordinates_of(info, &draws[i])) < away ? 1 : 0;
    }
    found.places.push_back(place_among(less_likely, o_.draws, random));
    found.places.push_back(place_among(closer, o_.draws, random));
  }

  static double disagreement(const Posterior& a, const Posterior& b) {
    const std::vector<double> mean_a = a.mean(), mean_b = b.mean();
    const std::vector<double> sd_a = a.standard_deviation(), sd_b = b.standard_deviation();
    double sum = 0;
    for (std::size_t p = 0; p < mean_a.size(); ++p) {
      const double away = mean_a[p] - mean_b[p];
      sum += 2 * away * away / (sd_a[p] * sd_a[p] + sd_b[p] * sd_b[p]);
    }
    return sum / static_cast<double>(mean_a.size());
  }

  template <class Value>
  MeanWithError mean_of(Value&& value) const {
    RunningMoments moments;
    for (const Findings& found : findings_) moments.add(value(found));
    return {moments.mean(), moments.standard_error()};
  }

  void summarize(CalibrationCheck& result) const {
    std::vector<std::string> names;
    for (const Parameter& p : simulator_.info().parameters) names.push_back(p.name);
    names.insert(names.end(), {"density", "distance"});
    const UniformityTest test(o_.problems);
    const double count = static_cast<double>(names.size()), left = (1 - o_.level) / count;
    const UniformityTest::Band band = test.band(1 - left);
    result.points = test.points();
    result.low = band.low;
    result.high = band.high;
    result.visible_narrow = least_visible(result.points, band, 1 / kFurthestSds);
    result.visible_wide = least_visible(result.points, band, kFurthestSds);
    for (std::size_t q = 0; q < names.size(); ++q) {
      std::vector<double> places;
      for (const Findings& found : findings_) places.push_back(found.places[q]);
      CalibrationQuantity quantity;
      quantity.name = names[q];
      quantity.shares = test.shares(places);
      quantity.p_value = test.p_value(places);
      lean(places, quantity);
      for (std::size_t i = 0; i < result.points.size(); ++i) {
        quantity.inside = quantity.inside && quantity.shares[i] >= band.low[i] && quantity.shares[i] <= band.high[i];
      }
      result.calibrated = result.calibrated && quantity.inside;
      result.quantities.push_back(std::move(quantity));
    }
    // A region of the highest density that holds a share c of the answer holds the truth where 1 - c is less likely.
    const std::size_t density = names.size() - 2;
    const auto covered = [&](double level) {
      return mean_of([&](const Findings& f) { return f.places[density] > 1 - level ? 1.0 : 0.0; }).mean;
    };
    result.coverage_50 = covered(0.5);
    result.coverage_90 = covered(0.9);
    result.negative_log_density = mean_of([](const Findings& f) { return f.negative_density; });
    result.prior_negative_log_density = mean_of([](const Findings& f) { return f.prior_negative_density; });
    if (result.exact_available) result.gap = mean_of([](const Findings& f) { return f.negative_density - f.exact; });
    RunningMoments squares;
    for (Index i = 0; i < std::min(kRepeated, o_.problems); ++i) {
      squares.add(findings_[static_cast<std::size_t>(i)].disagreement);
    }
    result.disagreement = std::sqrt(squares.mean());
  }

  const Machine& machine_;
  const Simulator& simulator_;
  const CheckOptions& o_;
  std::uint64_t seed_;
  ThreadPool pool_;
  std::vector<Findings> findings_;
};

}  // namespace

CalibrationCheck check_calibration(const Machine& machine, const Simulator& simulator, const CheckOptions& o) {
  if (o.problems < 20) throw InputError("check: problems is " + std::to_string(o.problems) + ", expected at least 20");
  if (o.draws < 1) throw InputError("check: draws is " + std::to_string(o.draws) + ", expected at least 1");
  if (o.observed < 0 || (o.observed > 1 && !simulator.info().observation.is_set)) {
    throw InputError("check: observed is " + std::to_string(o.observed) + ", expected " +
                     (simulator.info().observation.is_set ? "at least 0" : "1: there is one series or vector"));
  }
  if (!(std::isfinite(o.level) && o.level > 0 && o.level < 1)) {
    throw InputError("check: level is " + number_text(o.level) + ", expected a number between 0 and 1");
  }
  return Checker(machine, simulator, o).run();
}

}  // namespace v0
}  // namespace alfi
