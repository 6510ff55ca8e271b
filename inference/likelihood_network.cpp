#include "alfi/inference/likelihood_network.hpp"

#include <algorithm>
#include <utility>

#include "alfi/autodiff/elementwise.hpp"
#include "alfi/autodiff/proposal.hpp"
#include "alfi/autodiff/shape.hpp"
#include "alfi/core/special.hpp"
#include "alfi/inference/architecture.hpp"
#include "alfi/inference/quadratic_regression.hpp"
#include "alfi/inference/small_network.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr float kSpreadBound = 6;  // of what a component's triangle may differ from the regression's noise
constexpr float kLogitBound = 8;

using autodiff::Tape;
using autodiff::Var;

/// Of a mixture: the last layers are logits, means, triangles.
Var<float> mixture_loss(Tape<float>& tape, const std::vector<Var<float>>& last, MatView<const float> target) {
  const Index components = last[0].cols(), rows = target.rows * components, size = target.cols;
  const auto logits = autodiff::bounded(tape, last[0], kLogitBound);
  const auto means = autodiff::reshape(last[1], rows, size);
  const auto triangles = autodiff::reshape(autodiff::bounded(tape, last[2], kSpreadBound), rows, size * (size + 1) / 2);
  return gaussian_mixture_log_density(tape, logits, means, triangles, tape.data(target), -1.0f);
}

SmallNetwork untrained(Index inputs, Index size, const LikelihoodPlan& plan) {
  const Index triangle = size * (size + 1) / 2, components = plan.components;
  SmallNetwork network(inputs, {components, components * size, components * triangle}, plan.seed);
  const std::vector<double> apart = initial_components(components, size);  // as a machine's are
  for (Index j = 0; j < components; ++j) {
    const double* const mean = apart.data() + j * (1 + size + triangle) + 1;
    std::copy_n(mean, size, network.bias(1) + j * size);
    std::copy_n(mean + size, triangle, network.bias(2) + j * triangle);
  }
  return network;
}

}  // namespace

struct LikelihoodNetwork::State {
  QuadraticRegression regression;
  SmallNetwork network;
  double held_out = 0, regression_held_out = 0;
};

LikelihoodNetwork::LikelihoodNetwork(MatView<const double> places, Index quadratic, MatView<const double> values,
                                     const std::vector<double>& least, const LikelihoodPlan& plan)
    : state_(
          new State{QuadraticRegression(places, quadratic, values, least), untrained(places.cols, values.cols, plan)}) {
  State& s = *state_;
  const std::vector<double> in = s.regression.scaled(places), target = s.regression.whitened(places, values);
  constexpr Index kHeldOut = SmallNetwork::kHeldOut;
  double plain = 0;
  for (Index i = 0; i < places.rows; i += kHeldOut) {
    for (Index d = 0; d < values.cols; ++d) {
      plain += normal_log_density(target[static_cast<std::size_t>(i * values.cols + d)]);
    }
  }
  s.regression_held_out =
      plain / static_cast<double>((places.rows + kHeldOut - 1) / kHeldOut) - s.regression.log_scale();
  s.held_out =
      -s.network.train({in.begin(), in.end()}, {target.begin(), target.end()}, mixture_loss, plan.steps, plan.seed) -
      s.regression.log_scale();
}

LikelihoodNetwork::~LikelihoodNetwork() = default;
LikelihoodNetwork::LikelihoodNetwork(LikelihoodNetwork&&) noexcept = default;
LikelihoodNetwork& LikelihoodNetwork::operator=(LikelihoodNetwork&&) noexcept = default;

std::vector<double> LikelihoodNetwork::log_likelihood(MatView<const double> places,
                                                      MatView<const double> values) const {
  const State& s = *state_;
  const std::vector<double> in = s.regression.scaled(places), target = s.regression.whitened(places, values);
  std::vector<double> all = s.network.losses({in.begin(), in.end()}, {target.begin(), target.end()}, mixture_loss);
  for (double& value : all) value = -value - s.regression.log_scale();
  return all;
}

double LikelihoodNetwork::held_out() const { return state_->held_out; }
double LikelihoodNetwork::regression_held_out() const { return state_->regression_held_out; }

}  // namespace v0
}  // namespace alfi
