#include "alfi/simulators/ode.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "alfi/simulators/lotka_volterra.hpp"
#include "alfi/simulators/sir.hpp"
#include "support/fp_traps.hpp"
#include "support/simulated.hpp"
#include "support/taylor_series.hpp"

using alfi::EvenTimes;
using alfi::Index;
using alfi::OdeOptions;
using alfi::OdeReport;
using alfi::OdeStatus;

namespace {

/// A turn of the plane: cos t, -sin t from 1, 0.
struct Turn {
  template <class Real>
  void operator()(Real, const Real* y, Real* dy) const {
    dy[0] = y[1];
    dy[1] = -y[0];
  }
};

/// Depends on time: y = exp(sin t) from 1.
struct Swing {
  void operator()(double t, const double* y, double* dy) const { dy[0] = std::cos(t) * y[0]; }
};

template <int N, class F>
OdeReport solve(const F& f, const std::vector<double>& start, const EvenTimes<double>& times,
                const OdeOptions<double>& options, std::vector<double>& out) {
  out.assign(static_cast<std::size_t>(times.count * N), -77);
  return alfi::solve_ode<N>(f, 0.0, start.data(), times, options, [&](Index i, const double* y) {
    for (int c = 0; c < N; ++c) out[static_cast<std::size_t>(i * N + c)] = y[c];
  });
}

/// The error at t = 1, or half a step before, of as many fixed steps.
double turn_error(int steps, bool between) {
  const double start[2] = {1, 0}, h = 1.0 / steps;
  const Turn turn;
  alfi::Tsit5<2, double, Turn> solver(turn, 0, start);
  REQUIRE(solver.begin());
  double y[2] = {0, 0};
  for (int s = 0; s < steps; ++s) {
    REQUIRE(solver.attempt(h));
    solver.between(between ? 0.5 : 1.0, h, y);
    solver.accept((s + 1) * h);
  }
  const double t = between ? 1 - h / 2 : 1;
  if (!between) CHECK(std::hypot(y[0] - solver.y()[0], y[1] - solver.y()[1]) < 1e-15);  // ends meet
  return std::hypot(y[0] - std::cos(t), y[1] + std::sin(t));
}

double rk4_error(int steps) {
  double y[2] = {1, 0};
  alfi::step_rk4<2>(Turn{}, 0.0, 1.0 / steps, steps, y);
  return std::hypot(y[0] - std::cos(1.0), y[1] + std::sin(1.0));
}

/// Largest error of the logarithm of each draw of the prior's 21 years, by increasing size.
std::vector<double> lotka_volterra_errors(double tolerance, int draws) {
  const alfi::Simulator simulator = alfi::make_lotka_volterra();
  alfi::Stream random(alfi::step_key(21, alfi::Purpose::prior, 0), {});
  std::vector<double> errors;
  for (int n = 0; n < draws; ++n) {
    const std::vector<double> theta = alfi_test::prior_draw(simulator, random);
    double log_state[42];
    REQUIRE(alfi::LotkaVolterraSimulator::solve(theta.data(), tolerance, log_state));
    double worst = 0;
    alfi_test::taylor_lotka_volterra(theta, 20, [&](int year, long double u, long double v) {
      worst = std::max({worst, std::fabs(log_state[2 * year] - static_cast<double>(std::log(u))),
                        std::fabs(log_state[2 * year + 1] - static_cast<double>(std::log(v)))});
    });
    errors.push_back(worst);
  }
  std::sort(errors.begin(), errors.end());
  return errors;
}

}  // namespace

TEST_CASE("ode: orders of convergence") {
  // Halving steps divides the error by 2^5, by 2^4 in RK4; between steps an interpolation of order 4 has the error h^5,
  // too. The next order shows as a share of h.
  for (const int steps : {16, 32}) {
    CHECK(std::log2(turn_error(steps, false) / turn_error(2 * steps, false)) == doctest::Approx(5).epsilon(0.03));
    CHECK(std::log2(turn_error(steps, true) / turn_error(2 * steps, true)) == doctest::Approx(5).epsilon(0.06));
    CHECK(std::log2(rk4_error(steps) / rk4_error(2 * steps)) == doctest::Approx(4).epsilon(0.03));
  }
  CHECK(turn_error(64, false) < 1e-11);
}

TEST_CASE("ode: solutions to the tolerance asked, where time enters and where components cross zero") {
  std::vector<double> y;
  for (const double tolerance : {1e-4, 1e-7, 1e-10}) {
    OdeOptions<double> options;
    options.relative = tolerance;
    CHECK(solve<1>(Swing{}, {1}, {0, 0.7, 30}, options, y).status == OdeStatus::ok);
    for (int i = 0; i < 30; ++i) {
      // Errors of 70 steps at most, growing by exp(2) at most.
      CHECK(std::abs(y[static_cast<std::size_t>(i)] / std::exp(std::sin(0.7 * i)) - 1) < 30 * tolerance);
    }
    options.absolute = tolerance;
    CHECK(solve<2>(Turn{}, {1, 0}, {0.5, 0.5, 100}, options, y).status == OdeStatus::ok);
    for (int i = 0; i < 100; ++i) {
      const auto at = static_cast<std::size_t>(2 * i);
      CHECK(std::hypot(y[at] - std::cos(0.5 * (i + 1)), y[at + 1] + std::sin(0.5 * (i + 1))) < 150 * tolerance);
    }
  }
}

TEST_CASE("ode: Lotka and Volterra's equations over the prior, against a Taylor series in long double") {
  // An error is carried along orbits and grows with their number. Of 4000 draws the largest was 110 tolerances at 1e-4,
  // 53 at 1e-6, 85 at 1e-10; the median 3.
  for (const double tolerance : {1e-4, 1e-6, 1e-10}) {
    CAPTURE(tolerance);
    const std::vector<double> errors = lotka_volterra_errors(tolerance, 200);
    CHECK(errors.back() < 150 * tolerance);
    CHECK(errors[100] < 10 * tolerance);
    CHECK(errors[100] > 0.01 * tolerance);  // nor is more done than asked for
  }
}

TEST_CASE("ode: what is conserved stays") {
  alfi::Stream random(alfi::step_key(22, alfi::Purpose::prior, 0), {});
  OdeOptions<double> options;
  options.relative = 1e-10;
  options.absolute = 1e-100;
  std::vector<double> y;
  const alfi::Simulator hares = alfi::make_lotka_volterra(), boys = alfi::make_sir();
  for (int n = 0; n < 50; ++n) {
    const std::vector<double> p = alfi_test::prior_draw(hares, random);
    REQUIRE(solve<2>(alfi::LotkaVolterraRates<double>{p[0], p[1], p[2], p[3]}, {p[6], p[7]}, {0, 1, 21}, options, y)
                .status == OdeStatus::ok);
    const auto invariant = [&](std::size_t i) {
      return p[3] * y[i] - p[2] * std::log(y[i]) + p[1] * y[i + 1] - p[0] * std::log(y[i + 1]);
    };
    const auto size = [&](std::size_t i) { return p[3] * y[i] + p[2] + p[1] * y[i + 1] + p[0]; };  // slope in logs
    for (std::size_t i = 2; i < 42; i += 2) {
      CHECK(std::abs(invariant(i) - invariant(0)) < 1e-8 * size(i) + 1e-14 * std::abs(invariant(0)));
    }
    const std::vector<double> q = alfi_test::prior_draw(boys, random);
    REQUIRE(solve<2>(alfi::SirRates{q[0], q[1], 763}, {762, 1}, {0, 1, 15}, options, y).status == OdeStatus::ok);
    for (std::size_t i = 2; i < 30; i += 2) {  // S + I - N (gamma / beta) log S
      const double ratio = 763 * q[1] / q[0];
      const double drift = (y[i] - y[0]) + (y[i + 1] - y[1]) - ratio * std::log(y[i] / y[0]);
      CHECK(std::abs(drift) < 1e-8 * (y[i] + y[i + 1] + ratio));
    }
  }
}

TEST_CASE("ode: times at, before and between; none; and the start alone") {
  std::vector<double> y;
  const OdeOptions<double> options;
  CHECK(solve<1>(Swing{}, {3}, {0, 1, 0}, options, y).steps == 0);
  CHECK(solve<1>(Swing{}, {3}, {-2, 1, 3}, options, y).steps == 0);
  CHECK(y == std::vector<double>{3, 3, 3});
  // Some thousand times within few steps are as accurate as those at steps.
  const OdeReport report = solve<1>(Swing{}, {1}, {-0.001, 0.001, 3002}, options, y);
  CHECK(report.status == OdeStatus::ok);
  CHECK(report.steps < 60);
  CHECK(y[0] == 1);
  for (int i = 1; i < 3002; ++i) {
    CHECK(std::abs(y[static_cast<std::size_t>(i)] / std::exp(std::sin((i - 1) * 0.001)) - 1) < 1e-5);
  }
}

TEST_CASE("ode: in float") {
  const float start[2] = {1, 0};
  OdeOptions<float> options;
  options.relative = options.absolute = 1e-5f;
  int recorded = 0;
  const OdeReport report =
      alfi::solve_ode<2>(Turn{}, 0.0f, start, EvenTimes<float>{0.0f, 1.0f, 11}, options, [&](Index i, const float* y) {
        const auto t = static_cast<double>(i);
        CHECK(std::abs(static_cast<double>(y[0]) - std::cos(t)) < 3e-4);
        CHECK(std::abs(static_cast<double>(y[1]) + std::sin(t)) < 3e-4);
        ++recorded;
      });
  CHECK(report.status == OdeStatus::ok);
  CHECK(recorded == 11);
}

TEST_CASE("ode: too stiff, explosions and nonsense give a status in time, and no floating-point exception") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const alfi_test::TrapFloatingPoint traps;
  OdeOptions<double> options;
  options.most_steps = 500;
  std::vector<double> y;
  const auto stiff = [](double t, const double* x, double* dx) { dx[0] = -1e6 * (x[0] - std::cos(t)); };
  OdeReport report = solve<1>(stiff, {1.5}, {0, 1, 100}, options, y);
  CHECK(report.status == OdeStatus::too_many_steps);
  CHECK(report.steps == 500);
  CHECK(y[0] == 1.5);
  CHECK(y[99] == -77);                                                                   // not recorded
  const auto square = [](double, const double* x, double* dx) { dx[0] = x[0] * x[0]; };  // ends at 1 / start
  report = solve<1>(square, {1}, {0, 0.4, 5}, options, y);
  CHECK(report.status == OdeStatus::diverged);
  CHECK(y[2] == doctest::Approx(5).epsilon(1e-4));
  CHECK(y[3] == -77);
  const auto cube = [](double, const double* x, double* dx) { dx[0] = x[0] * x[0] * x[0]; };
  CHECK(solve<1>(cube, {1}, {0, 0.5, 5}, options, y).status == OdeStatus::diverged);
  const auto growth = [](double, const double* x, double* dx) { dx[0] = 100 * x[0]; };
  options.most_steps = 5000;
  CHECK(solve<1>(growth, {1}, {0, 0.5, 500}, options, y).status == OdeStatus::diverged);
  const auto nonsense = [nan](double t, const double*, double* dx) { dx[0] = t > 0.5 ? nan : 1; };
  report = solve<1>(nonsense, {0}, {0, 0.25, 5}, options, y);
  CHECK(report.status == OdeStatus::diverged);
  CHECK(y[1] == doctest::Approx(0.25));
  const auto endless = [infinity](double, const double*, double* dx) { dx[0] = infinity; };
  CHECK(solve<1>(endless, {0}, {0, 1, 2}, options, y).status == OdeStatus::diverged);
  for (const double bad : {nan, infinity, -infinity, 1e76}) {
    CHECK(solve<1>(Swing{}, {bad}, {0, 1, 2}, options, y).status == OdeStatus::diverged);
    CHECK(y[0] == -77);
  }
  CHECK(solve<1>(Swing{}, {0}, {0, 1, 2}, options, y).status == OdeStatus::ok);  // no tolerance, but no error either
  CHECK(y[1] == 0);
}

TEST_CASE("ode: a decay that is only relatively known stays positive") {
  const auto decay = [](double, const double* x, double* dx) { dx[0] = -20 * x[0]; };
  std::vector<double> y;
  CHECK(solve<1>(decay, {1}, {0, 1, 31}, {}, y).status == OdeStatus::ok);
  for (int i = 0; i < 31; ++i) CHECK(std::abs(std::log(y[static_cast<std::size_t>(i)]) + 20 * i) < 2e-3);
}
