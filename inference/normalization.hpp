#pragma once
#include <cstdint>
#include <vector>

#include "alfi/inference/ranks.hpp"
#include "alfi/simulators/simulator.hpp"

/// What the prior predictive looks like, so that the networks see numbers of order one. Kept in the model file.

namespace alfi {
inline namespace v0 {

/// What an entry of a series or a vector is shown as, before anything else.
enum class Shown : std::uint8_t { as_is = 0, log = 1, log1p = 2 };

constexpr Index kMostWhitened = 16;

struct Normalization {
  std::vector<double> mean, sd;        ///< [D] of single observations: global features
  std::vector<double> least_scale;     ///< [D] of sets: no problem's own scale is taken smaller;
                                       ///< else three sds of the noise: the scale of relative features
  std::vector<double> median, spread;  ///< [2D] of a problem's (location, log scale), or of a series or vector [D]:
                                       ///< absolute features
  /// [D,D] of sets of at most kMostWhitened columns, else empty: a lower triangle that makes single observations, less
  /// mean and over sd, uncorrelated, so that directions in them are learned alike (far ones, beyond 5 sds, count as 5).
  std::vector<double> whitening;
  /// Of a series or vector, [D]; all of the above are of entries as shown. Empty for sets, which are seen on the
  /// real observations' own scale.
  std::vector<Shown> shown;
  std::vector<double> floor;  ///< [D] what is smaller is shown as this
};

/// How many simulator calls standardize() makes for one draw of the prior: of a set, `observed`.
Index standardize_calls(const ObservationShape& shape, Index observed);

/// From `problems` draws of the prior with standardize_calls() each.
/// Quantiles where tails may have no moments. Random: streams of step_key(seed, standardize, 0 and 1).
/// pool, ranks: of a simulator that answers rows, whose calls they share; every rank gets the same. Throws NumericError
/// where no draw gave a valid observation.
Normalization standardize(const Simulator& simulator, std::uint64_t seed, Index problems, Index observed,
                          ThreadPool* pool = nullptr, Ranks* ranks = nullptr);

struct Bank;
/// The same from the first `problems` rows of a bank, without a simulator call.
Normalization standardize(const Bank& bank, const SimulatorInfo& info, Index problems, Index observed);

}  // namespace v0
}  // namespace alfi
