#include "alfi/core/special.hpp"

#include <string>

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {

NormalQuadrature gauss_hermite(Index n) {
  if (n < 1 || n > 256) throw InputError("gauss_hermite: n: got " + std::to_string(n) + ", expected 1 to 256");
  // Orthonormal polynomials h_n and the last but one, h_{n-1}, at x; h_n' = sqrt(n) h_{n-1}.
  const auto hermite = [n](double x, double& previous) {
    double h = 1;
    previous = 0;
    for (Index k = 0; k < n; ++k) {
      const double next =
          (x * h - std::sqrt(static_cast<double>(k)) * previous) / std::sqrt(static_cast<double>(k + 1));
      previous = h;
      h = next;
    }
    return h;
  };
  const double order = static_cast<double>(n), least_gap = 3.14159 / std::sqrt(order + 0.5);
  NormalQuadrature rule{std::vector<double>(static_cast<std::size_t>(n)),
                        std::vector<double>(static_cast<std::size_t>(n))};
  // Roots from the largest down: each start lies above the next root (zeros are further apart than least_gap), so that
  // Newton's method on the polynomial divided by the roots already found falls to it without overshooting.
  double x = 2 * std::sqrt(order + 0.5);
  for (std::size_t i = rule.nodes.size(); i-- > 0;) {
    double previous = 0;
    for (int iteration = 0; iteration < 100; ++iteration) {
      const double h = hermite(x, previous);
      double deflation = 0;
      for (std::size_t j = i + 1; j < rule.nodes.size(); ++j) deflation += 1 / (x - rule.nodes[j]);
      const double step = h / (std::sqrt(order) * previous - h * deflation);
      x -= step;
      if (std::fabs(step) < 1e-14 * (1 + std::fabs(x))) break;
    }
    hermite(x, previous);
    rule.nodes[i] = x;
    rule.weights[i] = 1 / (order * previous * previous);
    x -= least_gap;
  }
  return rule;
}

}  // namespace v0
}  // namespace alfi
