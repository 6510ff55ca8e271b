#include "alfi/simulators/functor.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "alfi/core/error.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "alfi/simulators/gaussian.hpp"
#include "alfi/simulators/linear_regression.hpp"
#include "alfi/simulators/multivariate.hpp"
#include "alfi/simulators/muon_asymmetry.hpp"
#include "alfi/simulators/poisson.hpp"
#include "alfi/simulators/weinberg.hpp"
#include "support/fp_traps.hpp"
#include "support/simulated.hpp"

using alfi::Index;

namespace {

/// A rectangle of calls with its own memory; unwritten places hold markers.
struct Rectangle {
  Index problems, proposals, observations;
  std::vector<float> theta, out;
  std::vector<std::uint8_t> status;

  Rectangle(const alfi::Simulator& simulator, Index b, Index k, Index m)
      : problems(b),
        proposals(k),
        observations(m),
        out(static_cast<std::size_t>(b * k * m * simulator.size()), -77.0f) {
    status.assign(static_cast<std::size_t>(b * k * m), 99);
    theta.resize(static_cast<std::size_t>(b * k * simulator.parameters()));
  }

  /// theta of (first + b, k), the same in every rectangle.
  void fill_theta(const alfi::Simulator& simulator, std::uint32_t first) {
    std::size_t i = 0;
    for (Index b = 0; b < problems; ++b) {
      for (Index k = 0; k < proposals; ++k) {
        alfi::Stream random(alfi::step_key(1, alfi::Purpose::prior, 0),
                            {first + static_cast<std::uint32_t>(b), 0, static_cast<std::uint32_t>(k), 0});
        for (const double x : alfi_test::prior_draw(simulator, random)) theta[i++] = static_cast<float>(x);
      }
    }
  }

  void simulate(const alfi::Simulator& simulator, std::uint32_t first = 0,
                const std::vector<std::int32_t>& counts = {}) {
    alfi::SimulateRequest r;
    r.problems = problems, r.proposals = proposals, r.observations = observations;
    r.theta = {theta.data(), problems * proposals, simulator.parameters()};
    r.counts = {counts.data(), static_cast<Index>(counts.size())};
    r.out = {out.data(), problems * proposals * observations, simulator.size()};
    r.status = {status.data(), problems * proposals * observations};
    r.key = alfi::step_key(5, alfi::Purpose::simulated, 3);
    r.first_problem = first;
    r.iteration = 2;
    simulator.simulate(alfi::Context(), r);
  }

  const float* at(Index b, Index k, Index m, Index size) const {
    return out.data() + ((b * proposals + k) * observations + m) * size;
  }
};

void check_same(const Rectangle& part, const Rectangle& whole, Index first, Index size) {
  for (Index b = 0; b < part.problems; ++b) {
    for (Index k = 0; k < part.proposals; ++k) {
      for (Index m = 0; m < part.observations; ++m) {
        for (Index d = 0; d < size; ++d) {
          CHECK(part.at(b, k, m, size)[d] == whole.at(first + b, k, m, size)[d]);
        }
      }
    }
  }
}

/// F without what it offers for batches.
template <class F>
struct OneByOne {
  F functor;
  using Prepared = typename F::Prepared;
  Prepared prepare(const float* theta) const { return functor.prepare(theta); }
  alfi::Status operator()(const Prepared& p, alfi::Stream& random, float* x) const { return functor(p, random, x); }
};

/// A user's functor with batches, of which an observation fails where its uniform is below 0.3, or theta no number.
struct UnreliableBatches {
  struct Prepared {
    bool valid;
    float theta;
  };
  static alfi::Status one(const Prepared& p, float z, float u, float* x) {
    if (!p.valid) return alfi::Status::failed;
    x[0] = x[1] = p.theta + z;
    return u < 0.3f ? alfi::Status::failed : alfi::Status::ok;
  }
  Prepared prepare(const float* theta) const { return {std::isfinite(theta[0]), theta[0]}; }
  alfi::Status operator()(const Prepared& p, alfi::Stream& random, float* x) const {
    const float z = random.normal();
    return one(p, z, random.uniform(), x);
  }
  void many(const Prepared& p, alfi::StreamBatch& random, alfi::MatView<float> x, std::uint8_t* status) const {
    float z[alfi::StreamBatch::kSize], u[alfi::StreamBatch::kSize];
    random.normal(z);
    random.uniform(u);
    for (Index i = 0; i < x.rows; ++i) status[i] = static_cast<std::uint8_t>(one(p, z[i], u[i], x.row(i).data));
  }
};

template <class F>
void check_batches(const alfi::SimulatorInfo& info, const F& functor) {
  CAPTURE(info.name);
  const alfi::Simulator batches = alfi::make_simulator(info, functor);
  const alfi::Simulator singles = alfi::make_simulator(info, OneByOne<F>{functor});
  for (const Index observations : {1, 2, 7, 16, 20, 33, 63, 64, 65, 131}) {
    CAPTURE(observations);
    Rectangle got(batches, 3, 40, observations);
    got.fill_theta(batches, 4);
    got.theta[0] = std::numeric_limits<float>::quiet_NaN();
    Rectangle wanted = got;
    const std::vector<std::int32_t> counts = {static_cast<std::int32_t>(observations), 0,
                                              static_cast<std::int32_t>(observations / 2)};
    got.simulate(batches, 4, counts);
    wanted.simulate(singles, 4, counts);
    CHECK(got.status == wanted.status);
    CHECK(got.out == wanted.out);
  }
}

}  // namespace

TEST_CASE("functor: a batch holds the bits that its observations have one by one") {
  check_batches(alfi::make_poisson().info(), alfi::PoissonSimulator{});
  check_batches(alfi::make_gaussian().info(), alfi::GaussianSimulator{});
  check_batches(alfi::make_multivariate().info(), alfi::MultivariateSimulator{});
  check_batches(alfi::make_linear_regression(5).info(), alfi::LinearRegressionSimulator{5});
  check_batches(alfi::make_weinberg().info(), alfi::WeinbergSimulator{});
  check_batches(alfi::make_muon_asymmetry().info(), alfi::MuonAsymmetrySimulator{});
  alfi::SimulatorInfo info;
  info.name = "unreliable";
  info.parameters = {{"theta", "", "", alfi::Prior::normal(0, 1)}};
  info.observation.names = {"a", "b"};
  info.observation.units = {"", ""};
  check_batches(info, UnreliableBatches{});
}

TEST_CASE("functor: a sample depends on its name only, not on the rectangle it is made in") {
  for (const std::string& name : alfi::builtin_simulators()) {
    CAPTURE(name);
    const alfi::Simulator simulator = alfi::make_builtin_simulator(name);
    Rectangle whole(simulator, 5, 4, 7);
    whole.fill_theta(simulator, 0);
    whole.simulate(simulator);
    for (const std::uint32_t first : {0u, 2u, 4u}) {
      for (const Index proposals : {1, 3, 4}) {
        for (const Index observations : {1, 2, 7}) {
          Rectangle part(simulator, 1, proposals, observations);
          part.fill_theta(simulator, first);
          part.simulate(simulator, first);
          check_same(part, whole, first, simulator.size());
        }
      }
    }
    Rectangle empty(simulator, 0, 4, 7);
    empty.simulate(simulator);
  }
}

TEST_CASE("functor: counts are respected, what is beyond stays as it was") {
  for (const std::string& name : alfi::builtin_simulators()) {
    CAPTURE(name);
    const alfi::Simulator simulator = alfi::make_builtin_simulator(name);
    Rectangle whole(simulator, 3, 2, 5), masked = whole;
    whole.fill_theta(simulator, 0);
    masked.theta = whole.theta;
    whole.simulate(simulator);
    const std::vector<std::int32_t> counts = {0, 5, 3};
    masked.simulate(simulator, 0, counts);
    for (Index i = 0; i < 30; ++i) {
      const bool made = i % 5 < counts[static_cast<std::size_t>(i / 10)];
      const auto place = static_cast<std::size_t>(i);
      CHECK(masked.status[place] == (made ? whole.status[place] : 99));
      for (Index d = 0; d < simulator.size(); ++d) {
        const auto entry = static_cast<std::size_t>(i * simulator.size() + d);
        CHECK(masked.out[entry] == (made ? whole.out[entry] : -77.0f));
      }
    }
    CHECK_THROWS_AS(masked.simulate(simulator, 0, {0, 6, 3}), alfi::ShapeError);
  }
}

TEST_CASE("functor: a nonsensical theta fails by status, with zeros, without a floating-point exception") {
  const alfi_test::TrapFloatingPoint traps;
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::string& name : alfi::builtin_simulators()) {
    const alfi::Simulator simulator = alfi::make_builtin_simulator(name);
    for (const float bad : {nan, infinity, -infinity, 3e38f}) {
      for (Index p = 0; p < simulator.parameters(); ++p) {
        if (name == "weinberg" && p == 0 && bad == 3e38f) continue;  // tanh makes sense of every finite energy
        CAPTURE(name);
        CAPTURE(bad);
        CAPTURE(p);
        Rectangle r(simulator, 2, 1, 3);
        r.fill_theta(simulator, 0);
        r.theta[static_cast<std::size_t>(p)] = bad;  // of the first problem
        r.simulate(simulator);
        for (std::size_t i = 0; i < 6; ++i) CHECK((r.status[i] == 1) == (i < 3));
        for (std::size_t i = 0; i < static_cast<std::size_t>(3 * simulator.size()); ++i) CHECK(r.out[i] == 0);
      }
    }
  }
}

TEST_CASE("functor: absurd but finite rates and ends fail too") {
  const alfi_test::TrapFloatingPoint traps;
  const std::vector<std::pair<std::string, std::vector<float>>> cases = {
      {"poisson", {200}},
      {"gaussian", {0, 200}},
      {"multivariate", {0, 0, -5}},
      {"muon_asymmetry", {0.8f}},
      {"linear_regression", {0, 0, 1e6f, 0}},
      {"lotka_volterra", {-1, 0, 1, 0, 1, 1, 9, 9}},
      {"lotka_volterra", {1, 0, 1, 0, 1, 1, 0, 9}},
      {"lotka_volterra", {9, 0, 1, 0, 1, 1, 9, 9}},
      {"lotka_volterra", {1, 0, 1, 0, 1000, 1, 9, 9}},
      {"sir", {1, 1, -1}},
      {"sir", {1e9f, 1e9f, 1}},
      {"predator_prey_jumps", {0, 0, 0, 51}},
      {"sbibm/sir", {-1, 0.1f}},
      {"sbibm/sir", {0.4f, 2000}},
      {"sbibm/lotka_volterra", {1, 1, 1, -0.1f}},
      {"sbibm/lotka_volterra", {900, 0, 1, 900}}};
  for (const auto& [name, theta] : cases) {
    const alfi::Simulator simulator = alfi::make_builtin_simulator(name);
    Rectangle r(simulator, 1, 1, 2);
    r.theta = theta;
    r.simulate(simulator);
    CHECK(r.status[0] == 1);
    CHECK(r.status[1] == 1);
  }
  const alfi::Simulator poisson = alfi::make_builtin_simulator("poisson");
  Rectangle quiet(poisson, 1, 1, 2);
  quiet.theta = {-800};  // a rate of 0 is no failure
  quiet.simulate(poisson);
  CHECK(quiet.status[0] == 0);
  CHECK(quiet.out[0] == 0);
}

TEST_CASE("functor: exact answers work where floating-point exceptions are trapped") {
  const alfi_test::TrapFloatingPoint traps;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const std::string& name : alfi::builtin_simulators()) {
    const alfi::Simulator simulator = alfi::make_builtin_simulator(name);
    const alfi::ExactAnswers& exact = simulator.exact();
    if (!exact.log_likelihood) continue;
    CAPTURE(name);
    const Index most = simulator.info().observation.is_set ? 100 : 1;
    for (const double u : {-2.5, 0.0, 2.5}) {
      const auto data = alfi_test::simulated(simulator, alfi_test::at_coordinate(simulator, u), most, 3);
      for (const Index n : {Index{0}, Index{1}, most}) {
        std::vector<double> theta = alfi_test::at_coordinate(simulator, u), best = theta;
        std::function<double(const double*)> posterior;
        if (exact.posterior_log_density) posterior = exact.posterior_log_density(data.first(n));
        CHECK(std::isfinite(exact.log_likelihood(theta.data(), data.first(n))));
        if (exact.maximum_likelihood) CHECK(exact.maximum_likelihood(data.first(n), best.data()) == (n > 0));
        if (posterior) CHECK(std::isfinite(posterior(theta.data())));
        theta.back() = nan;
        if (posterior) CHECK(std::isinf(posterior(theta.data())));
        CHECK(std::isinf(exact.log_likelihood(theta.data(), data.first(n))));
      }
    }
  }
}

namespace {

/// Fails half of the time, and answers infinity a quarter of it; with and without `many`.
template <bool kMany>
struct HalfFailing {
  struct Prepared {};
  Prepared prepare(const float*) const { return {}; }
  alfi::Status operator()(const Prepared&, alfi::Stream& random, float* x) const {
    const float u = random.uniform();
    *x = u < 0.75f ? u : std::numeric_limits<float>::infinity();
    return u < 0.5f ? alfi::Status::failed : alfi::Status::ok;
  }
  template <bool kOffered = kMany, class = std::enable_if_t<kOffered>>
  void many(const Prepared&, alfi::StreamBatch& random, alfi::MatView<float> x, std::uint8_t* status) const {
    float u[alfi::StreamBatch::kSize];
    random.uniform(u);
    for (Index i = 0; i < x.rows; ++i) {
      x(i, 0) = u[i] < 0.75f ? u[i] : std::numeric_limits<float>::infinity();
      if (u[i] < 0.5f) status[i] = static_cast<std::uint8_t>(alfi::Status::failed);
    }
  }
};

template <bool kMany>
void check_attempts() {
  alfi::SimulatorInfo info;
  info.name = "half";
  info.parameters = {{"theta", "", "", alfi::Prior::normal(0, 1)}};
  info.observation.names = {"x"};
  info.observation.units = {""};
  const alfi::Simulator simulator = alfi::make_simulator(info, HalfFailing<kMany>{});
  constexpr Index kSamples = 200;
  const float theta = 0;
  std::vector<float> x(kSamples, -77);
  std::vector<std::uint8_t> status(kSamples, 99);
  std::int64_t retried = 0;
  alfi::SimulateRequest r;
  r.problems = 1, r.observations = kSamples;
  r.theta = {&theta, 1, 1};
  r.out = {x.data(), kSamples, 1};
  r.status = {status.data(), kSamples};
  r.key = alfi::step_key(5, alfi::Purpose::simulated, 3);
  r.first_problem = 9;
  r.attempts = 3;
  r.retried = &retried;
  simulator.simulate(alfi::Context(), r);
  std::int64_t again = 0;
  int lost = 0;
  for (Index m = 0; m < kSamples; ++m) {
    float u = 0;
    std::uint32_t attempt = 0;
    for (; attempt < 3; ++attempt) {
      alfi::Stream random(r.key, {9, 0, 0, static_cast<std::uint32_t>(m)}, attempt);
      u = random.uniform();
      if (u >= 0.5f && u < 0.75f) break;
    }
    again += attempt < 3 ? attempt : 2;  // the last failure is not made again
    const auto i = static_cast<std::size_t>(m);
    if (attempt < 3) {
      CHECK(status[i] == 0);
      CHECK(x[i] == u);
    } else {
      ++lost;
      CHECK(status[i] == (u < 0.5f ? 1 : 0));
      CHECK(x[i] == (u < 0.5f ? 0.0f : std::numeric_limits<float>::infinity()));
    }
  }
  CHECK(retried == again);
  CHECK(lost > 40);  // (3/4)^3 of 200: 84
}

}  // namespace

TEST_CASE("functor: what failed or is not finite is made again with the next attempt's words, as often as asked") {
  check_attempts<false>();
  check_attempts<true>();
}

TEST_CASE("a functor that says how many numbers there are is held to what its description says") {
  alfi::SimulatorInfo info = alfi::make_poisson().info();
  CHECK_NOTHROW(alfi::make_simulator(info, alfi::PoissonSimulator{}));
  info.observation.names = {"count", "another"};
  info.observation.units = {"", ""};
  info.observation.supports.clear();
  CHECK_THROWS_WITH_AS(
      alfi::make_simulator(info, alfi::PoissonSimulator{}),
      "make_simulator: simulator poisson has 2 numbers an observation, expected its functor's kNumbers = 1",
      alfi::InputError);
}
