#pragma once
#include <cmath>
#include <random>

#include "alfi/core/portable.hpp"

/// The numbers of numpy.random.RandomState(seed), with which the benchmark's constants were made: a Mersenne twister
/// (std::mt19937 is the same, seeded alike), normals by the polar method, bounded integers by masked rejection.
/// Source: NumPy's reference, "Legacy random generation", whose stream is frozen; Matsumoto and Nishimura 1998;
/// Marsaglia and Bray 1964.

namespace alfi {
inline namespace v0 {
namespace sbibm {

class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint32_t seed) : bits_(seed) {}

  /// randn(), normal(): the second of a pair is kept for the next call.
  double normal() {
    if (kept_) {
      kept_ = false;
      return second_;
    }
    double x, y, square;
    do {
      x = 2 * uniform() - 1;
      y = 2 * uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square == 0);
    const double scale = std::sqrt(-2 * std::log(square) / square);
    second_ = scale * x;
    kept_ = true;
    return scale * y;
  }

  /// permutation(N) into order.
  template <int N>
  void permutation(int (&order)[N]) {
    for (int i = 0; i < N; ++i) order[i] = i;
    for (int i = N - 1; i > 0; --i) std::swap(order[i], order[upto(i)]);
  }

 private:
  std::uint32_t word() { return static_cast<std::uint32_t>(bits_()); }

  /// random_sample(): 53 bits.
  double uniform() {
    const std::uint32_t high = word() >> 5, low = word() >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }

  /// From 0 to last.
  int upto(int last) {
    std::uint32_t mask = static_cast<std::uint32_t>(last);
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    for (;;) {
      const std::uint32_t value = word() & mask;
      if (value <= static_cast<std::uint32_t>(last)) return static_cast<int>(value);
    }
  }

  std::mt19937 bits_;
  bool kept_ = false;
  double second_ = 0;
};

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
