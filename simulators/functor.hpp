#pragma once
#include <cmath>
#include <memory>
#include <type_traits>
#include <utility>

#include "alfi/kernels/stream_batch.hpp"
#include "alfi/simulators/simulator.hpp"

/// Makes a Simulator of a functor. A functor is a trivially copyable struct with
///     struct Prepared { ... };                                             trivially copyable
///     ALFI_HD Prepared prepare(const float* theta) const;                  once per theta
///     ALFI_HD Status operator()(const Prepared&, Stream&, float* x) const; one observation of D numbers
///
/// On a GPU Prepared lies in shared memory: some kilobytes at most.
/// It answers every theta, a nonsensical one with Status::failed; the D numbers of a sample that is not ok are set to 0
/// here, so that nothing downstream ever meets what was left in memory. Nobody edits the library to add one.
///
/// It may offer, for the vectors of a CPU,
///     void many(const Prepared&, StreamBatch&, MatView<float> x, std::uint8_t* status) const;
/// which makes the observations of a batch, x [random.size(),D], as operator() makes them of their streams one by one:
/// the same draws in the same order, from all streams at once (kernels/stream_batch.hpp). status is all ok before; only
/// a failure need be written. Where it is offered, a CPU calls nothing else; the same bits are the functor's promise.
/// GaussianSimulator (simulators/gaussian.hpp) is a short example.

namespace alfi {
inline namespace v0 {

/// Whether x is finite and |x| <= largest, for prepare(): unlike a bare comparison it raises nothing for NaN.
ALFI_HD inline bool is_within(double x, double largest) { return std::isfinite(x) && std::fabs(x) <= largest; }

/// Sets the status of all observations of a batch.
inline void fail_all(const StreamBatch& random, std::uint8_t* status) {
  for (Index i = 0; i < random.size(); ++i) status[i] = static_cast<std::uint8_t>(Status::failed);
}

/// Observation m of proposal `row`: the draw, its status, and 0 where it failed. Returns the status.
template <class F>
ALFI_HD inline Status simulate_sample(const F& functor, const typename F::Prepared& prepared, const SimulateRequest& r,
                                      Index row, Index m, Index size, float* x) {
  const Index b = row / r.proposals;
  Stream random(r.stream_key(),
                {r.name(b), r.iteration, static_cast<std::uint32_t>(row % r.proposals), static_cast<std::uint32_t>(m)});
  const Status status = functor(prepared, random, x);
  for (Index d = 0; d < size && status != Status::ok; ++d) x[d] = 0;
  return status;
}

namespace detail {

template <class F, class = void>
struct MakesMany : std::false_type {};
template <class F>
struct MakesMany<F, std::void_t<decltype(std::declval<const F&>().many(
                        std::declval<const typename F::Prepared&>(), std::declval<StreamBatch&>(), MatView<float>{},
                        static_cast<std::uint8_t*>(nullptr)))>> : std::true_type {};

/// Observations first to first + size - 1 of proposal `row`.
template <class F>
void simulate_batch(const F& functor, const typename F::Prepared& prepared, const SimulateRequest& r, Index row,
                    Index first, Index size) {
  const Index i = row * r.observations + first;
  const MatView<float> x{r.out.row(i).data, size, r.out.cols};
  StreamBatch random(r.stream_key(),
                     {r.name(row / r.proposals), r.iteration, static_cast<std::uint32_t>(row % r.proposals),
                      static_cast<std::uint32_t>(first)},
                     size);
  std::uint8_t* status = r.status.data + i;
  for (Index m = 0; m < size; ++m) status[m] = static_cast<std::uint8_t>(Status::ok);
  functor.many(prepared, random, x, status);
  for (Index m = 0; m < size; ++m) {
    for (Index d = 0; d < x.cols && status[m] != static_cast<std::uint8_t>(Status::ok); ++d) x(m, d) = 0;
  }
}

}  // namespace detail

template <class F>
void simulate_functor(const void* self, const Context&, const SimulateRequest& r) {
  const F functor = *static_cast<const F*>(self);  // a copy: the compiler then knows that no output overwrites it
  for (Index row = 0; row < r.problems * r.proposals; ++row) {
    const auto prepared = functor.prepare(r.theta.row(row).data);
    const Index count = r.count(row / r.proposals);
    if constexpr (detail::MakesMany<F>::value) {
      for (Index m = 0; m < count; m += StreamBatch::kSize) {
        detail::simulate_batch(functor, prepared, r, row, m,
                               count - m < StreamBatch::kSize ? count - m : StreamBatch::kSize);
      }
    } else {
      for (Index m = 0; m < count; ++m) {
        const Index i = row * r.observations + m;
        r.status[i] =
            static_cast<std::uint8_t>(simulate_sample(functor, prepared, r, row, m, r.out.cols, r.out.row(i).data));
      }
    }
  }
}

/// For a CPU, and for what else `table` has entries (simulators/functor.cuh makes those for a GPU).
template <class F>
Simulator make_simulator(SimulatorInfo info, const F& functor, ExactAnswers exact = {}, SimulatorTable table = {}) {
  static_assert(std::is_trivially_copyable_v<F>, "a functor is copied to devices byte by byte");
  static_assert(std::is_trivially_copyable_v<typename F::Prepared>, "Prepared is copied to devices byte by byte");
  table.simulate = simulate_functor<F>;
  return Simulator(std::move(info), std::make_shared<const F>(functor), table, std::move(exact));
}

}  // namespace v0
}  // namespace alfi
