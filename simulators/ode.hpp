#pragma once
#include "alfi/simulators/even_times.hpp"
#include "alfi/simulators/ode_step.hpp"

/// Ordinary differential equations dy/dt = f(t, y) of a few components, for simulators on a CPU and on a GPU: one
/// trajectory a lane, no allocation, no global state, double or float.
///     struct Decay {
///       double rate;
///       ALFI_HD void operator()(double t, const double* y, double* dy) const { dy[0] = -rate * y[0]; }
///     };
///     const double y[1] = {1};
///     const OdeReport report = solve_ode<1>(Decay{0.5}, 0.0, y, EvenTimes<double>{0, 0.2, 31}, OdeOptions<double>{},
///                                           [&](Index i, const double* state) { out[i] = state[0]; });
///     if (report.status != OdeStatus::ok) return Status::failed;
/// (a lambda within an ALFI_HD function needs no mark of its own). A start or a right-hand side that is NaN, infinite
/// or huge is answered by a status without a floating-point exception: f meets no component above largest_of_ode, whose
/// products of three do not overflow.
/// Output lies between steps, by the method's own interpolation of fourth order, whose error is that of the steps at
/// tolerances down to 1e-10; over Lotka-Volterra's prior it takes a tenth fewer steps than landing on 21 output times.

namespace alfi {
inline namespace v0 {

enum class OdeStatus : std::uint8_t {
  ok = 0,
  too_many_steps = 1,
  diverged = 2,  ///< the solution or f leaves +-largest_of_ode, is NaN, or no step, however short, meets the tolerances
};

struct OdeReport {
  OdeStatus status = OdeStatus::ok;
  std::int32_t steps = 0;  ///< tried, the rejected ones included: six evaluations of f each
};

/// Solves from y [N] at time t to the last of `times`, calling record(i, y) for each of them in order. Steps are chosen
/// by PI control. Where the status is not ok, only the times up to where it ended were recorded.
template <int N, class Real, class F, class Times, class Record>
ALFI_HD OdeReport solve_ode(const F& f, Real t, const Real* y, const Times& times, const OdeOptions<Real>& options,
                            const Record& record) {
  OdeReport report;
  Tsit5<N, Real, F> solver(f, t, y);
  if (!solver.begin()) {
    report.status = OdeStatus::diverged;
    return report;
  }
  Index i = 0;
  for (; i < times.count && times(i) <= t; ++i) record(i, solver.y());
  if (i == times.count) return report;
  const Real last = times(times.count - 1);
  Real h = solver.first_step(last - t), before = 1;  // before: the error of the last step
  while (report.steps < options.most_steps) {
    ++report.steps;
    const bool ends = h * Real(1.01) >= last - solver.t();
    const Real step = ends ? last - solver.t() : h, end = ends ? last : solver.t() + h;
    if (!(end > solver.t())) {
      report.status = OdeStatus::diverged;
      return report;
    }
    if (!solver.attempt(step)) {
      h = step / 4;
      continue;
    }
    const Real error = solver.error(step, options);
    h = step * detail::ode_growth(error, before);
    if (error > 1) continue;
    before = error;
    for (; i < times.count && times(i) <= end; ++i) {
      Real state[N];
      solver.between((times(i) - solver.t()) / step, step, state);
      record(i, state);
    }
    if (i == times.count) return report;
    solver.accept(end);
  }
  report.status = OdeStatus::too_many_steps;
  return report;
}

/// Classical Runge-Kutta steps of fixed length, order 4: for what must be repeated step by step elsewhere. y is moved.
/// f is not kept from huge numbers here.
template <int N, class Real, class F>
ALFI_HD void step_rk4(const F& f, Real t, Real h, Index steps, Real* y) {
  for (Index s = 0; s < steps; ++s) {
    const Real now = t + static_cast<Real>(s) * h, half = h / 2;
    Real k1[N], k2[N], k3[N], k4[N], z[N];
    f(now, y, k1);
    for (int i = 0; i < N; ++i) z[i] = y[i] + half * k1[i];
    f(now + half, z, k2);
    for (int i = 0; i < N; ++i) z[i] = y[i] + half * k2[i];
    f(now + half, z, k3);
    for (int i = 0; i < N; ++i) z[i] = y[i] + h * k3[i];
    f(now + h, z, k4);
    for (int i = 0; i < N; ++i) y[i] += h * Real(1.0 / 6) * (k1[i] + 2 * (k2[i] + k3[i]) + k4[i]);
  }
}

}  // namespace v0
}  // namespace alfi
