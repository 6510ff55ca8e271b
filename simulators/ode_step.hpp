#pragma once
#include <cmath>
#include <cstring>

#include "alfi/core/portable.hpp"

/// One step of the adaptive solver of simulators/ode.hpp, and how long the next one should be.

namespace alfi {
inline namespace v0 {

/// The estimated error of a step of every component is held below absolute + relative |y|. For components that stay
/// positive and matter relatively, as populations do, absolute = 0: none then passes zero. The solution's own error is
/// then some times (1e-6: median 3e-6, 1 % above 3e-5 over Lotka-Volterra's prior) relative |y|.
template <class Real>
struct OdeOptions {
  Real relative = Real(1e-6);
  Real absolute = 0;
  std::int32_t most_steps = 10000;
};

namespace detail {

template <class Real>
struct OdeBits;
template <>
struct OdeBits<double> {
  using Word = std::uint64_t;
  using Signed = std::int64_t;
  static constexpr int kMantissa = 52, kBias = 1023;
  static constexpr double kLargest = 1e75;
};
template <>
struct OdeBits<float> {
  using Word = std::uint32_t;
  using Signed = std::int32_t;
  static constexpr int kMantissa = 23, kBias = 127;
  static constexpr float kLargest = 1e12f;
};

template <class Real>
ALFI_HD inline typename OdeBits<Real>::Word ode_bits(Real x) {
  typename OdeBits<Real>::Word word;
  std::memcpy(&word, &x, sizeof word);
  return word;
}

/// Whether every |x| <= largest_of_ode; false for NaN. By bits: no floating-point exception, whatever x is.
template <int N, class Real>
ALFI_HD inline bool ode_within(const Real* x) {
  using Word = typename OdeBits<Real>::Word;
  constexpr Real limit = OdeBits<Real>::kLargest;
  const Word largest = static_cast<Word>(ode_bits(limit) << 1);  // without the sign
  bool within = true;
  for (int i = 0; i < N; ++i) within &= static_cast<Word>(ode_bits(x[i]) << 1) <= largest;
  return within;
}

/// log2 of a positive normal x, and 2^x, |x| <= 100, both linear between powers of two and so up to 0.086 and 6 % too
/// small or large: enough to choose the length of a step by, and a tenth of the cost of std::pow.
template <class Real>
ALFI_HD inline Real rough_log2(Real x) {
  using B = OdeBits<Real>;
  constexpr Real unit = static_cast<Real>(typename B::Word{1} << B::kMantissa);
  return static_cast<Real>(static_cast<typename B::Signed>(ode_bits(x))) / unit - static_cast<Real>(B::kBias);
}
template <class Real>
ALFI_HD inline Real rough_exp2(Real x) {
  using B = OdeBits<Real>;
  constexpr Real unit = static_cast<Real>(typename B::Word{1} << B::kMantissa);
  const auto word = static_cast<typename B::Signed>((x + static_cast<Real>(B::kBias)) * unit);
  Real result;
  std::memcpy(&result, &word, sizeof result);
  return result;
}

/// By what to change the length of a step of such an error (1: just allowed), `before` that of the step before:
/// 0.9 error^-0.14 before^0.08, or 0.9 error^-0.2 where it must be repeated; from 0.2 to 10.
/// Source: Hairer and Wanner 1996, "Solving ordinary differential equations II", section IV.2.
template <class Real>
ALFI_HD inline Real ode_growth(Real error, Real before) {
  const Real log_error = rough_log2(error), floor = Real(1e-4);
  const Real exponent = error > 1 ? Real(-0.2) * log_error
                                  : Real(-0.14) * log_error + Real(0.08) * rough_log2(before > floor ? before : floor);
  const Real growth = Real(0.9) * rough_exp2(exponent);
  return growth > 10 ? Real(10) : growth < Real(0.2) ? Real(0.2) : growth;
}

}  // namespace detail

/// In size, of y and of f.
template <class Real>
ALFI_HD constexpr Real largest_of_ode() {
  return detail::OdeBits<Real>::kLargest;
}

/// Tsitouras' pair of orders 5 and 4: six evaluations of f a step, the last of which is the next step's first.
/// Source: Tsitouras 2011, "Runge-Kutta pairs of order 5(4) satisfying only the first column simplifying assumption".
template <int N, class Real, class F>
class Tsit5 {
 public:
  ALFI_HD Tsit5(const F& f, Real t, const Real* y) : f_(f), t_(t) {
    for (int i = 0; i < N; ++i) y_[i] = y[i];
  }

  /// f at the start. False where the start or f there is not within +-largest_of_ode.
  ALFI_HD bool begin() { return slope(t_, y_, k1_); }

  ALFI_HD Real t() const { return t_; }
  ALFI_HD const Real* y() const { return y_; }

  /// A hundredth of the time in which a component changes by its own size; from 1e-6 of `span` to all of it.
  /// Source: Hairer, Norsett, Wanner 1993, "Solving ordinary differential equations I", section II.4.
  ALFI_HD Real first_step(Real span) const {
    Real h = span;
    for (int i = 0; i < N; ++i) {
      const Real size = Real(0.01) * std::fabs(y_[i]), speed = std::fabs(k1_[i]);
      if (speed > 0 && h * speed > size) h = size / speed;
    }
    return h > Real(1e-6) * span ? h : Real(1e-6) * span;
  }

  /// Tries a step; error() is then known. False where a stage is not within +-largest_of_ode.
  /// What the newest slope adds comes last and by a single product: the stages wait for each other. In line, so that
  /// all stays in registers: a third faster.
  ALFI_HD inline __attribute__((always_inline)) bool attempt(Real h) {
    Real z[N];
    for (int i = 0; i < N; ++i) {
      z[i] = y_[i] + h * Real(0.161) * k1_[i];
    }
    if (!slope(t_ + Real(0.161) * h, z, k2_)) return false;
    for (int i = 0; i < N; ++i) {
      z[i] = (y_[i] + h * (Real(-0.008480655492356989) * k1_[i])) + h * Real(0.335480655492357) * k2_[i];
    }
    if (!slope(t_ + Real(0.327) * h, z, k3_)) return false;
    for (int i = 0; i < N; ++i) {
      z[i] = (y_[i] + h * (Real(2.8971530571054935) * k1_[i] + Real(-6.359448489975075) * k2_[i])) +
             h * Real(4.3622954328695815) * k3_[i];
    }
    if (!slope(t_ + Real(0.9) * h, z, k4_)) return false;
    for (int i = 0; i < N; ++i) {
      z[i] = (y_[i] + h * (Real(5.325864828439257) * k1_[i] + Real(-11.748883564062828) * k2_[i] +
                           Real(7.4955393428898365) * k3_[i])) +
             h * Real(-0.09249506636175525) * k4_[i];
    }
    if (!slope(t_ + Real(0.9800255409045097) * h, z, k5_)) return false;
    for (int i = 0; i < N; ++i) {
      z[i] = (y_[i] + h * (Real(5.86145544294642) * k1_[i] + Real(-12.92096931784711) * k2_[i] +
                           Real(8.159367898576159) * k3_[i] + Real(-0.071584973281401) * k4_[i])) +
             h * Real(-0.028269050394068383) * k5_[i];
    }
    if (!slope(t_ + h, z, k6_)) return false;
    for (int i = 0; i < N; ++i) {
      next_[i] =
          (y_[i] + h * (Real(0.09646076681806523) * k1_[i] + Real(0.01) * k2_[i] + Real(0.4798896504144996) * k3_[i] +
                        Real(1.379008574103742) * k4_[i] + Real(-3.290069515436081) * k5_[i])) +
          h * Real(2.324710524099774) * k6_[i];
    }
    return slope(t_ + h, next_, k7_);
  }

  /// The largest over the components of the last attempt's estimated error over its tolerance; from 1e-10 to 1e10.
  ALFI_HD Real error(Real h, const OdeOptions<Real>& options) const {
    Real largest = Real(1e-10);
    for (int i = 0; i < N; ++i) {
      const Real difference =
          std::fabs(h * (Real(-0.00178001105222577714) * k1_[i] + Real(-0.0008164344596567469) * k2_[i] +
                         Real(0.007880878010261995) * k3_[i] + Real(-0.1447110071732629) * k4_[i] +
                         Real(0.5823571654525552) * k5_[i] + Real(-0.45808210592918697) * k6_[i]) +
                    h * Real(1.0 / 66) * k7_[i]);
      const Real before = std::fabs(y_[i]), after = std::fabs(next_[i]);
      const Real allowed = options.absolute + options.relative * (after > before ? after : before);
      if (difference > largest * allowed) {
        largest = difference > Real(1e10) * allowed ? Real(1e10) : difference / allowed;
      }
    }
    return largest;
  }

  /// Makes the last attempt, of length h, the state. `end` is where t then is.
  ALFI_HD void accept(Real end) {
    t_ = end;
    for (int i = 0; i < N; ++i) y_[i] = next_[i], k1_[i] = k7_[i];
  }

  /// The solution at t + x h, 0 <= x <= 1, within the last attempt before it is accepted: fourth order.
  ALFI_HD void between(Real x, Real h, Real* y) const {
    const Real x2 = x * x;
    const Real b1 =
        x * (Real(1) + x * (Real(-2.763706197274826) + x * (Real(2.9132554618219126) - Real(1.0530884977290216) * x)));
    const Real b2 = x2 * (Real(0.1317) + x * (Real(-0.2234) + Real(0.1017) * x));
    const Real b3 = x2 * (Real(3.9302962368947516) + x * (Real(-5.941033872131505) + Real(2.490627285651253) * x));
    const Real b4 = x2 * (Real(-12.411077166933676) + x * (Real(30.33818863028232) - Real(16.548102889244902) * x));
    const Real b5 = x2 * (Real(37.50931341651104) + x * (Real(-88.1789048947664) + Real(47.37952196281928) * x));
    const Real b6 = x2 * (Real(-27.896526289197286) + x * (Real(65.09189467479366) - Real(34.87065786149661) * x));
    const Real b7 = x2 * (Real(1.5) + x * (Real(-4) + Real(2.5) * x));
    for (int i = 0; i < N; ++i) {
      y[i] =
          y_[i] + h * (b1 * k1_[i] + b2 * k2_[i] + b3 * k3_[i] + b4 * k4_[i] + b5 * k5_[i] + b6 * k6_[i] + b7 * k7_[i]);
    }
  }

 private:
  ALFI_HD bool slope(Real t, const Real* y, Real* k) const {
    if (!detail::ode_within<N>(y)) return false;
    f_(t, y, k);
    return detail::ode_within<N>(k);
  }

  const F& f_;
  Real t_;
  Real y_[N] = {}, next_[N] = {};
  Real k1_[N] = {}, k2_[N] = {}, k3_[N] = {}, k4_[N] = {}, k5_[N] = {}, k6_[N] = {}, k7_[N] = {};
};

}  // namespace v0
}  // namespace alfi
