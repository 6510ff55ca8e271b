#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "alfi/core/portable.hpp"
#include "alfi/simulators/coordinates.hpp"
#include "alfi/simulators/prior.hpp"

/// What an inference answers: a Gaussian in the machine's coordinates, or a mixture of such, reported in theta's own
/// units.

namespace alfi {
inline namespace v0 {

/// N(mean, C C') in coordinates, C lower triangular, row-major [P,P] with true (not logarithmic) diagonal.
struct GaussianState {
  std::vector<double> mean;
  std::vector<double> cholesky;
};

/// One Gaussian of a mixture; weights are proportional to exp(log_weight).
struct MixtureComponent {
  double log_weight = 0;
  GaussianState gaussian;
};
struct MixtureState {
  std::vector<MixtureComponent> components;
};

class Posterior {
 public:
  Posterior() = default;
  Posterior(std::vector<std::string> names, std::vector<Prior> priors, Coordinates coordinates, GaussianState state);
  /// Throws: ShapeError where there is no component or sizes do not agree; NumericError where a number is not finite,
  /// or a diagonal not positive.
  Posterior(std::vector<std::string> names, std::vector<Prior> priors, Coordinates coordinates, MixtureState state);

  const std::vector<std::string>& parameters() const { return names_; }
  const std::vector<Prior>& priors() const { return priors_; }
  Coordinates coordinates() const { return coordinates_; }  ///< those of components()
  /// One, or those of a mixture, their weights normalized.
  const std::vector<MixtureComponent>& components() const { return components_; }

  /// Moments of theta itself, by quadrature of each marginal (closed forms where there are any), to 1e-12: [P].
  std::vector<double> mean() const;
  std::vector<double> standard_deviation() const;
  /// Quantile of each marginal: exact, of a mixture to the last digits of its coordinate: [P]. Throws InputError unless
  /// 0 < probability < 1.
  std::vector<double> quantile(double probability) const;
  /// The way back: of each marginal the probability below theta [P]; 0 or 1 outside of the prior's support. Throws
  /// ShapeError.
  std::vector<double> probability_below(const std::vector<double>& theta) const;
  /// count draws, row-major [count,P]. Random: Stream(step_key(seed, draws, 0), {0, 0, 0, draw}): P normals, and of a
  /// mixture a uniform that chooses the component.
  std::vector<double> draw(Index count, std::uint64_t seed) const;
  /// log density of theta [P], in theta's units; -infinity outside the prior's support.
  double log_density(const std::vector<double>& theta) const;

 private:
  std::vector<std::string> names_;
  std::vector<Prior> priors_;
  Coordinates coordinates_ = Coordinates::normal;
  std::vector<MixtureComponent> components_;
};

}  // namespace v0
}  // namespace alfi
