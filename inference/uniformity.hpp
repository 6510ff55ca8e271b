#pragma once
#include <vector>

#include "alfi/core/portable.hpp"

/// Are these numbers uniform on (0, 1)? By how many lie below each of some points, against bands that hold all of the
/// points at once with a given probability: exact, by the chain that such counts are.
/// Source: Säilynoja, Bürkner & Vehtari 2022, "Graphical test for discrete uniformity and its applications in
/// goodness-of-fit evaluation and multiple sample comparison", Statistics and Computing 32.

namespace alfi {
inline namespace v0 {

/// For n numbers, at points i / k, i = 1 .. k - 1.
class UniformityTest {
 public:
  /// numbers n >= 1. Throws InputError.
  explicit UniformityTest(Index numbers);

  const std::vector<double>& points() const { return points_; }

  /// Shares of the numbers at or below each point. values [n].
  std::vector<double> shares(const std::vector<double>& values) const;

  /// Of uniform numbers all of those shares lie in [low, high] with at least this probability, 0 < probability < 1.
  struct Band {
    std::vector<double> low, high;
  };
  Band band(double probability) const;

  /// The probability that uniform numbers leave the bands that these only just reach, or smaller ones: [0, 1].
  double p_value(const std::vector<double>& values) const;

 private:
  struct Counts {
    std::vector<Index> low, high;  ///< at each point
  };
  std::vector<Index> counts(const std::vector<double>& values) const;
  Counts inside(double tail) const;
  double probability(const Counts& band) const;

  Index numbers_;
  std::vector<double> points_;
  std::vector<std::vector<double>> below_;  ///< of each point: P(count <= c), c = 0 .. n
};

}  // namespace v0
}  // namespace alfi
