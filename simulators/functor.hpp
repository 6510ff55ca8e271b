#pragma once
#include <cmath>
#include <memory>
#include <type_traits>
#include <utility>

#include "alfi/simulators/simulator.hpp"

/// Makes a Simulator of a functor. A functor is a trivially copyable struct with
///     struct Prepared { ... };                                             trivially copyable
///     ALFI_HD Prepared prepare(const float* theta) const;                  once per theta
///     ALFI_HD Status operator()(const Prepared&, Stream&, float* x) const; one observation of D numbers
/// It answers every theta, a nonsensical one with Status::failed; the D numbers of a sample that is not ok are set to 0
/// here, so that nothing downstream ever meets what was left in memory. Nobody edits the library to add one.

namespace alfi {
inline namespace v0 {

/// Whether x is finite and |x| <= largest, for prepare(): unlike a bare comparison it raises nothing for NaN.
ALFI_HD inline bool is_within(double x, double largest) { return std::isfinite(x) && std::fabs(x) <= largest; }

template <class F>
void simulate_functor(const void* self, const Context&, const SimulateRequest& r) {
  const F functor = *static_cast<const F*>(self);  // a copy: the compiler then knows that no output overwrites it
  for (Index row = 0; row < r.problems * r.proposals; ++row) {
    const Index b = row / r.proposals, k = row % r.proposals;
    const auto prepared = functor.prepare(r.theta.row(row).data);
    const Index count = r.counts.empty() ? r.observations : r.counts[b];
    for (Index m = 0; m < count; ++m) {
      Stream random(r.key, {r.first_problem + static_cast<std::uint32_t>(b), r.iteration, static_cast<std::uint32_t>(k),
                            static_cast<std::uint32_t>(m)});
      const Index i = row * r.observations + m;
      const Status status = functor(prepared, random, r.out.row(i).data);
      r.status[i] = static_cast<std::uint8_t>(status);
      if (status == Status::ok) continue;
      for (float& entry : r.out.row(i)) entry = 0;
    }
  }
}

template <class F>
Simulator make_simulator(SimulatorInfo info, const F& functor, ExactAnswers exact = {}) {
  static_assert(std::is_trivially_copyable_v<F>, "a functor is copied to devices byte by byte");
  static_assert(std::is_trivially_copyable_v<typename F::Prepared>, "Prepared is copied to devices byte by byte");
  SimulatorTable table;
  table.simulate = simulate_functor<F>;
  return Simulator(std::move(info), std::make_shared<const F>(functor), table, std::move(exact));
}

}  // namespace v0
}  // namespace alfi
