#pragma once
#include <cmath>
#include <memory>
#include <type_traits>
#include <utility>

#include "alfi/core/counter.hpp"
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
///
/// It may offer, for the lanes of a GPU, which wait for the slowest of them,
///     ALFI_HD bool turn(const Prepared&, Stream&, std::uint32_t number, float* x, Status* status) const;
/// which makes an observation in turns 0, 1, ..., each with its Stream from the start: true where x and *status are
/// what operator() gives, false where that takes another turn; x keeps nothing from one turn to the next. Observations
/// that take one are gathered, so that lanes take
/// turns side by side. A draw by rejection does so: most are taken in turn 0, and what it takes to refuse one comes
/// later. PoissonSimulator (simulators/poisson.hpp) is an example.
///
/// It may say, where D is the same in all its simulators and small,
///     static constexpr int kNumbers = D;
/// so that a GPU makes an observation in registers; make_simulator throws InputError where info says otherwise.

namespace alfi {
inline namespace v0 {

/// Whether x is finite and |x| <= largest, for prepare(): unlike a bare comparison it raises nothing for NaN.
ALFI_HD inline bool is_within(double x, double largest) { return std::isfinite(x) && std::fabs(x) <= largest; }

/// Sets the status of all observations of a batch.
inline void fail_all(const StreamBatch& random, std::uint8_t* status) {
  for (Index i = 0; i < random.size(); ++i) status[i] = static_cast<std::uint8_t>(Status::failed);
}

ALFI_HD inline bool all_finite(const float* x, Index size) {
  for (Index d = 0; d < size; ++d) {
    if (!std::isfinite(x[d])) return false;
  }
  return true;
}

/// Observation m of proposal `row`, from attempt `first` on: the draw, its status, and 0 where it failed. Returns the
/// status.
template <class F>
ALFI_HD inline Status simulate_sample(const F& functor, const typename F::Prepared& prepared, const SimulateRequest& r,
                                      Index row, Index m, Index size, float* x, std::uint32_t first = 0) {
  Status status = Status::failed;
  for (std::uint32_t attempt = first; attempt < r.attempts; ++attempt) {
    Stream random = r.stream(row, m, attempt);
    status = functor(prepared, random, x);
    const bool again = attempt + 1 < r.attempts && !(status == Status::ok && all_finite(x, size));
    if (!again) break;
    if (r.retried != nullptr) add_count(r.retried, 1);
  }
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

template <class F, class = void>
struct TakesTurns : std::false_type {};
template <class F>
struct TakesTurns<F, std::void_t<decltype(std::declval<const F&>().turn(
                         std::declval<const typename F::Prepared&>(), std::declval<Stream&>(), std::uint32_t{},
                         static_cast<float*>(nullptr), static_cast<Status*>(nullptr)))>> : std::true_type {};

/// Observations first to first + size - 1 of proposal `row`.
template <class F>
void simulate_batch(const F& functor, const typename F::Prepared& prepared, const SimulateRequest& r, Index row,
                    Index first, Index size) {
  const Index i = row * r.observations + first;
  const MatView<float> x{r.out.row(i).data, size, r.out.cols};
  StreamBatch random(r.stream_key(), r.sample_name(row, first), size);
  std::uint8_t* status = r.status.data + i;
  for (Index m = 0; m < size; ++m) status[m] = static_cast<std::uint8_t>(Status::ok);
  functor.many(prepared, random, x, status);
  for (Index m = 0; m < size; ++m) {
    const bool ok = status[m] == static_cast<std::uint8_t>(Status::ok);
    if (r.attempts > 1 && !(ok && all_finite(x.row(m).data, x.cols))) {
      if (r.retried != nullptr) add_count(r.retried, 1);
      status[m] =
          static_cast<std::uint8_t>(simulate_sample(functor, prepared, r, row, first + m, x.cols, x.row(m).data, 1));
    } else if (!ok) {
      for (Index d = 0; d < x.cols; ++d) x(m, d) = 0;
    }
  }
}

/// 0: not known.
template <class F, class = void>
struct NumbersOf {
  static constexpr int kCount = 0;
};
template <class F>
struct NumbersOf<F, std::void_t<decltype(F::kNumbers)>> {
  static_assert(F::kNumbers > 0, "an observation has at least one number");
  static constexpr int kCount = F::kNumbers;
};

/// Throws InputError unless an observation has so many numbers.
void require_numbers(const SimulatorInfo& info, Index numbers);

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
  if constexpr (detail::NumbersOf<F>::kCount > 0) detail::require_numbers(info, detail::NumbersOf<F>::kCount);
  table.simulate = simulate_functor<F>;
  return Simulator(std::move(info), std::make_shared<const F>(functor), table, std::move(exact));
}

}  // namespace v0
}  // namespace alfi
