#include "alfi/inference/count_network.hpp"

#include <algorithm>

#include "alfi/autodiff/elementwise.hpp"
#include "alfi/autodiff/proposal.hpp"
#include "alfi/core/special.hpp"

namespace alfi {
inline namespace v0 {
namespace {

using autodiff::Tape;
using autodiff::Var;

constexpr Index kClasses = 3;  // below, equal, above,
constexpr float kApart = 40;   // each a place so many sds from the next,
constexpr float kLogitBound = 30;

/// Cross entropy, but for a constant: the density of a mixture of Gaussians too far apart to touch, at the place of one
/// of them.
Var<float> class_loss(Tape<float>& tape, const std::vector<Var<float>>& last, MatView<const float> target) {
  const Index rows = target.rows * kClasses;
  const Var<float> places = tape.output(rows, 1, false), spreads = tape.output(rows, 1, false);
  for (Index i = 0; i < rows; ++i) {
    places.value(i, 0) = kApart * static_cast<float>(i % kClasses - 1);
    spreads.value(i, 0) = 0;
  }
  const auto logits = autodiff::bounded(tape, last[0], kLogitBound);
  return gaussian_mixture_log_density(tape, logits, places, spreads, tape.data(target), -1.0f);
}

}  // namespace

CountNetwork::CountNetwork(MatView<const double> places, const std::vector<double>& beyond, Index steps,
                           std::uint64_t seed)
    : scale_(places), network_(places.cols, {kClasses}, seed) {
  const std::vector<double> in = scale_.scaled(places);
  std::vector<float> target;
  for (const double value : beyond) target.push_back(value == 0 ? 0.0f : value < 0 ? -kApart : kApart);
  network_.train({in.begin(), in.end()}, target, class_loss, steps, seed);
}

std::vector<double> CountNetwork::log_probability(MatView<const double> places) const {
  const std::vector<double> in = scale_.scaled(places);
  const std::vector<float> equal(static_cast<std::size_t>(places.rows), 0.0f);
  std::vector<double> all = network_.losses({in.begin(), in.end()}, equal, class_loss);
  for (double& value : all) value = -value - normal_log_density(0.0);
  return all;
}

}  // namespace v0
}  // namespace alfi
