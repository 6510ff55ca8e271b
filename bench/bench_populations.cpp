#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

#include "alfi/core/error.hpp"
#include "alfi/simulators/lotka_volterra.hpp"
#include "alfi/simulators/predator_prey_jumps.hpp"
#include "support/fma_peak.hpp"

/// What is behind the simulators of populations, on one core, over 2000 draws of the priors, each answer checked before
/// it is timed. items/s are
///   ode/lotka_volterra/solve      steps (tried ones) of the adaptive solver, tolerance 1e-6, 21 years recorded
///   ode/lotka_volterra/rk4        steps of step_rk4
///   ode/lotka_volterra/rk4_plain  the same steps by a loop written out for these equations alone: what the solver's
///                                 generality costs
///   jumps/predator_prey           events of the exact process at rates 0.01, 0.5, 1, 0.01
/// GFLOPS counts additions, multiplications and divisions of the formulas; share is that of the multiply-add peak in
/// double, half of that in float.

namespace {

using alfi::Index;

constexpr Index kDraws = 2000, kRkSteps = 200;
constexpr double kRkLength = 0.01;

struct Draw {
  alfi::LotkaVolterraRates<double> rates;
  double start[2];
};

std::vector<Draw> prior_draws() {
  const alfi::Simulator simulator = alfi::make_lotka_volterra();
  alfi::Stream random(alfi::step_key(1, alfi::Purpose::prior, 0), {});
  std::vector<Draw> draws;
  for (Index n = 0; n < kDraws; ++n) {
    double theta[8];
    for (std::size_t p = 0; p < 8; ++p) {
      theta[p] = simulator.info().parameters[p].prior.theta(random.normal_double());
    }
    draws.push_back({{theta[0], theta[1], theta[2], theta[3]}, {theta[6], theta[7]}});
  }
  return draws;
}

void report(benchmark::State& state, double steps, double flop) {
  const double done = static_cast<double>(state.iterations()) * steps;
  state.SetItemsProcessed(static_cast<std::int64_t>(done));
  state.counters["GFLOPS"] = benchmark::Counter(done * flop * 1e-9, benchmark::Counter::kIsRate);
  state.counters["share"] =
      benchmark::Counter(done * flop * 1e-9 / (bench::float_peak() / 2), benchmark::Counter::kIsRate);
}

/// Steps of all draws.
double solve_all(const std::vector<Draw>& draws, double tolerance, std::vector<double>& out) {
  alfi::OdeOptions<double> options;
  options.relative = tolerance;
  options.absolute = 1e-100;
  double steps = 0;
  for (std::size_t n = 0; n < draws.size(); ++n) {
    double* const to = out.data() + n * 42;
    const alfi::OdeReport report =
        alfi::solve_ode<2>(draws[n].rates, 0.0, draws[n].start, alfi::EvenTimes<double>{0, 1, 21}, options,
                           [to](Index i, const double* y) { to[2 * i] = y[0], to[2 * i + 1] = y[1]; });
    if (report.status != alfi::OdeStatus::ok) throw alfi::NumericError("bench_populations: not solved");
    steps += report.steps;
  }
  return steps;
}

void solve(benchmark::State& state) {
  const std::vector<Draw> draws = prior_draws();
  std::vector<double> out(draws.size() * 42), exact = out;
  solve_all(draws, 1e-10, exact);
  const double steps = solve_all(draws, 1e-6, out);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!(std::abs(out[i] / exact[i] - 1) < 1e-4)) throw alfi::NumericError("bench_populations: a wrong solution");
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(solve_all(draws, 1e-6, out));
    benchmark::ClobberMemory();
  }
  report(state, steps, 2 * (48 + 17) + 6 * 6);  // sums of stages, error; right-hand sides
}

void rk4_library(const Draw& draw, double* y) { alfi::step_rk4<2>(draw.rates, 0.0, kRkLength, kRkSteps, y); }

void rk4_plain(const Draw& draw, double* y) {
  const auto [alpha, beta, gamma, delta] = draw.rates;
  double u = y[0], v = y[1];
  for (Index s = 0; s < kRkSteps; ++s) {
    const double a1 = (alpha - beta * v) * u, b1 = (delta * u - gamma) * v;
    const double u2 = u + kRkLength / 2 * a1, v2 = v + kRkLength / 2 * b1;
    const double a2 = (alpha - beta * v2) * u2, b2 = (delta * u2 - gamma) * v2;
    const double u3 = u + kRkLength / 2 * a2, v3 = v + kRkLength / 2 * b2;
    const double a3 = (alpha - beta * v3) * u3, b3 = (delta * u3 - gamma) * v3;
    const double u4 = u + kRkLength * a3, v4 = v + kRkLength * b3;
    const double a4 = (alpha - beta * v4) * u4, b4 = (delta * u4 - gamma) * v4;
    u += kRkLength / 6 * (a1 + 2 * (a2 + a3) + a4);
    v += kRkLength / 6 * (b1 + 2 * (b2 + b3) + b4);
  }
  y[0] = u, y[1] = v;
}

/// What Lotka and Volterra's equations conserve.
double invariant(const Draw& draw, const double* y) {
  const auto [alpha, beta, gamma, delta] = draw.rates;
  return delta * y[0] - gamma * std::log(y[0]) + beta * y[1] - alpha * std::log(y[1]);
}

void rk4(benchmark::State& state, void (*steps)(const Draw&, double*)) {
  const std::vector<Draw> draws = prior_draws();
  for (const Draw& draw : draws) {
    double y[2] = {draw.start[0], draw.start[1]};
    steps(draw, y);
    const double before = invariant(draw, draw.start);
    if (!(std::abs(invariant(draw, y) - before) < 1e-3 * (1 + std::abs(before)))) {
      throw alfi::NumericError("bench_populations: what is conserved is not");
    }
  }
  for (auto _ : state) {
    for (const Draw& draw : draws) {
      double y[2] = {draw.start[0], draw.start[1]};
      steps(draw, y);
      benchmark::DoNotOptimize(y);
    }
  }
  report(state, static_cast<double>(kDraws * kRkSteps), 4 * 6 + 3 * 4 + 2 * 7);
}

void jumps(benchmark::State& state) {
  const alfi::PredatorPrey model{{0.01, 0.5, 1, 0.01}};
  const double start[2] = {50, 100};
  double last = 0, events = 0;
  std::uint64_t step = 0;
  const auto run = [&] {
    alfi::Stream random(alfi::step_key(1, alfi::Purpose::user, ++step), {});
    const auto record = [&last](Index, const double* count) { last = count[0]; };
    return alfi::run_jumps(model, 0.0, start, alfi::EvenTimes<double>{0, 0.2, 151}, 10000, random, record).events;
  };
  if (run() < 100 || !(last >= 0)) throw alfi::NumericError("bench_populations: hardly an event");
  for (auto _ : state) {
    events += static_cast<double>(run());
    benchmark::DoNotOptimize(last);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
}

const bool kRegistered = [] {
  benchmark::RegisterBenchmark("ode/lotka_volterra/solve", solve)->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("ode/lotka_volterra/rk4", rk4, rk4_library)->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("ode/lotka_volterra/rk4_plain", rk4, rk4_plain)->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("jumps/predator_prey", jumps)->Unit(benchmark::kMicrosecond);
  return true;
}();

}  // namespace
