#pragma once
#include "alfi/core/random.hpp"

/// Draws of a Poisson law. The formulas are templates on the arithmetic (core/elementary.hpp): kernels/cpu/ draws for
/// many streams at once what draw() does for one, bit for bit.

namespace alfi {
inline namespace v0 {

/// 1 / k.
template <int kLast>
struct Inverses {
  double of[kLast + 1];
  ALFI_HD static constexpr Inverses all() {
    Inverses inverses{};
    for (int k = 1; k <= kLast; ++k) inverses.of[k] = 1.0 / k;
    return inverses;
  }
};

/// Below a rate of 10 sequential search: the smallest k with u <= F(k), u of one word. Above, Hormann's transformed
/// rejection: an attempt takes four words (two uniforms of 52 bits), 1.35 attempts on average at a rate of 10, 1.15 at
/// large ones.
/// Exact in distribution but for resolution and rounding, at most 2^-26 in total variation:
/// - Search: u has 2^32 places, so that each F(k) is met within 2^-33. A probability is the difference of two such, and
///   half the sum of their errors is at most 2^-33 for each k with F(k) < 1 - 2^-33, of which there are 36 at a rate of
///   10, and 2^-32 for what lies above: 2^-27.7.
/// - Rejection: u, v have 2^52 places. Of the up to 10^5 counts (16 sds at a rate of 1e7) each gets its area within
///   2^-51, 2^-34 for all. The logarithm of the acceptance is off by 1e-10 (Stirling's series) and by the rounding of
///   k log k, 2^-24.7 at a rate of 1e7; a quarter of the draws depend on it: 2^-26.7.
/// - As published, the hat is up to 0.6 % too low near the mode's ends (at rates near 14), and the squeeze as much too
///   wide (near 25), which costs 5e-7 in total variation. kHat and kSqueeze are factors that end both.
/// Random: as said above. kernels/ draws it as the first of a stream.
/// Source: Hormann 1993, "The transformed rejection method for generating Poisson random variables" (PTRS).
struct PoissonLaw {
  static constexpr double kSearchBelow = 10;
  static constexpr int kSearchEnd = 100;
  static constexpr double kHat = 1.01, kSqueeze = 0.98;
  static constexpr int kTable = 10;  ///< log k! is tabulated below

  bool search;
  double rate, log_rate;
  double none;                                 ///< sequential search: p(0)
  double a, b, log_inverse_alpha, fast_below;  ///< PTRS: the hat's shape, the squeeze

  /// log_rate <= 700; a rate below e^-700 is 0.
  ALFI_HD static PoissonLaw of(double log_rate) {
    PoissonLaw law{};
    law.log_rate = log_rate;
    law.rate = log_rate > -700 ? std::exp(log_rate) : 0.0;
    law.search = law.rate < kSearchBelow;
    if (law.search) {
      law.none = std::exp(-law.rate);
      return law;
    }
    law.b = 0.931 + 2.53 * std::sqrt(law.rate);
    law.a = -0.059 + 0.02483 * law.b;
    law.log_inverse_alpha = std::log(kHat * (1.1239 + 1.1328 / (law.b - 3.4)));
    law.fast_below = kSqueeze * (0.9277 - 3.6224 / (law.b - 2));
    return law;
  }

  ALFI_HD double draw(Stream& random) const { return search ? counted(random.uniform_double()) : rejected(random); }

  /// The smallest k with u <= F(k).
  ALFI_HD double counted(double u) const {
    double probability = none, below = none;  // p(k), F(k)
    int k = 0;
    // u <= 1 - 2^-33 and F(k) is 1 but for rounding long before the end: the bound is never met.
    while (u > below && k < kSearchEnd) {
      probability *= growth(++k);
      below += probability;
    }
    return k;
  }
  /// p(k) / p(k - 1), 1 <= k <= kSearchEnd. No division: it takes as long as all the rest of a step.
  ALFI_HD double growth(int k) const {
    constexpr auto inverses = Inverses<kSearchEnd>::all();
    return rate * inverses.of[k];
  }

  ALFI_HD double rejected(Stream& random) const {
    for (;;) {
      const Attempt one = attempt(random);
      if (taken_at_once(one) || taken(one)) return one.k;
    }
  }

  /// draw() a turn after the other, for lanes that would wait for each other: true where *k is what draw() gives,
  /// random being at its start in every turn. What takes long, but few draws need, is left to the next turn: whether
  /// the squeeze did not see that an attempt is taken.
  ALFI_HD bool turn(Stream& random, std::uint32_t number, double* k) const {
    if (search) {
      *k = counted(random.uniform_double());
      return true;
    }
    if (number > 0) {
      random.pass_blocks(number - 1);
      const Attempt last = attempt(random);
      *k = last.k;
      if (taken(last)) return true;
    }
    const Attempt one = attempt(random);
    *k = one.k;
    return taken_at_once(one);
  }

  /// Of the rejection: a count proposed at u, edge = 1/2 - |u|, and a uniform to take or refuse it by.
  struct Attempt {
    double k, edge, v;
  };
  ALFI_HD Attempt attempt(Stream& random) const {
    const double u = random.uniform_wide() - 0.5, v = random.uniform_wide();
    const double edge = 0.5 - std::fabs(u);  // at least 2^-53
    return {proposed<ScalarArithmetic<double>>(u, edge), edge, v};
  }
  ALFI_HD bool taken_at_once(const Attempt& one) const { return one.edge >= 0.07 && one.v <= fast_below; }
  ALFI_HD bool taken(const Attempt& one) const {
    if (one.k < 0 || (one.edge < 0.013 && one.v > one.edge)) return false;
    return hat<ScalarArithmetic<double>>(one.edge, one.v) <= log_probability(one.k);
  }

  /// k log(rate) - rate - log k!, k >= 0.
  ALFI_HD double log_probability(double k) const {
    using A = ScalarArithmetic<double>;
    if (k < kTable) return log_probability_of_few<A>(k, log_factorial<A>(static_cast<int>(k)));
    return log_probability<A>(k);
  }

  /// The count proposed at u, edge = 1/2 - |u|; rounded to the nearest by the addition, then down.
  template <class A>
  ALFI_HD typename A::Real proposed(typename A::Real u, typename A::Real edge) const {
    const typename A::Real x = (2 * a / edge + b) * u + (rate + 0.43), nearest = (x + 0x1.8p52) - 0x1.8p52;
    return nearest > x ? nearest - 1.0 : nearest;
  }

  /// log(v / (a / edge^2 + b)) and a constant: accepted where that is at most the log probability.
  template <class A>
  ALFI_HD typename A::Real hat(typename A::Real edge, typename A::Real v) const {
    const typename A::Real square = edge * edge;
    return log_of<A>(v * square / (a + b * square)) + log_inverse_alpha;
  }

  /// The same, k >= kTable, by Stirling's series: absolute error below 1e-10.
  template <class A>
  ALFI_HD typename A::Real log_probability(typename A::Real k) const {
    const typename A::Real log_k = log_of<A>(k), inverse = 1.0 / k;
    const typename A::Real series = inverse * horner<A>(inverse * inverse, 1.0 / 12, -1.0 / 360, 1.0 / 1260);
    return k * (log_rate - log_k) + (k - rate) - 0.5 * log_k - 0.91893853320467274178 - series;
  }
  template <class A>
  ALFI_HD typename A::Real log_probability_of_few(typename A::Real k, typename A::Real log_factorial) const {
    return k * log_rate - rate - log_factorial;
  }

  /// Of k = 0, 1, ..., kTable - 1.
  template <class A>
  ALFI_HD static typename A::Element log_factorial(int k) {
    constexpr double table[kTable] = {0,
                                      0,
                                      0.693147180559945309,
                                      1.79175946922805500,
                                      3.17805383034794562,
                                      4.78749174278204599,
                                      6.57925121201010100,
                                      8.52516136106541430,
                                      10.6046029027452502,
                                      12.8018274800814696};
    return table[k];
  }
};

}  // namespace v0
}  // namespace alfi
