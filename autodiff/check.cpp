#include "alfi/autodiff/check.hpp"

#include <algorithm>
#include <cmath>

namespace alfi {
inline namespace v0 {
namespace autodiff {
namespace {

MatView<const double> view(const CheckInput& input) { return {input.values.data(), input.rows, input.cols}; }

double evaluate(const ScalarFunction& function, const std::vector<CheckInput>& inputs, Tape<double>& tape) {
  tape.rewind();
  std::vector<Var<double>> variables;
  for (const CheckInput& input : inputs) variables.push_back(tape.data(view(input)));
  const Var<double> result = function(tape, variables);
  require_shape("check_gradient", "the function's result", result.value, 1, 1);
  return result.value(0, 0);
}

std::vector<std::vector<double>> adjoints(const ScalarFunction& function, const std::vector<CheckInput>& inputs,
                                          Tape<double>& tape) {
  tape.rewind();
  std::vector<std::vector<double>> gradients;
  std::vector<Var<double>> variables;
  for (const CheckInput& input : inputs) gradients.emplace_back(input.values.size(), 0.0);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    variables.push_back(tape.leaf(view(inputs[i]), {gradients[i].data(), inputs[i].rows, inputs[i].cols}));
  }
  tape.backward(function(tape, variables));
  return gradients;
}

// The derivative with respect to one entry, which is put back as it was.
double difference(const ScalarFunction& function, const std::vector<CheckInput>& inputs, double& entry, double step,
                  Tape<double>& tape) {
  const double kept = entry, h = step * std::max(1.0, std::fabs(kept));
  const auto slope = [&](double width) {
    entry = kept + width;
    const double above = evaluate(function, inputs, tape);
    entry = kept - width;
    const double below = evaluate(function, inputs, tape);
    entry = kept;
    return (above - below) / (2 * width);
  };
  return (4 * slope(h / 2) - slope(h)) / 3;
}

}  // namespace

GradientError check_gradient(const ScalarFunction& function, const std::vector<CheckInput>& inputs, double step) {
  for (const CheckInput& input : inputs) {
    const VecView<const double> values{input.values.data(), static_cast<Index>(input.values.size())};
    require_size("check_gradient", input.name.c_str(), values, input.rows * input.cols);
  }
  Tape<double> tape{Context()};
  const auto gradients = adjoints(function, inputs, tape);
  std::vector<CheckInput> moved = inputs;
  GradientError worst;
  for (std::size_t i = 0; i < moved.size(); ++i) {
    std::vector<double> differences(moved[i].values.size());
    double scale = 1;
    for (std::size_t j = 0; j < differences.size(); ++j) {
      differences[j] = difference(function, moved, moved[i].values[j], step, tape);
      scale = std::max(scale, std::fabs(differences[j]));
    }
    for (std::size_t j = 0; j < differences.size(); ++j) {
      const double error = std::fabs(gradients[i][j] - differences[j]) / scale;
      if (!worst.where.empty() && (error <= worst.error || std::isnan(worst.error))) continue;
      const Index position = static_cast<Index>(j), cols = moved[i].cols;
      worst = {error,
               moved[i].name + "[" + std::to_string(position / cols) + "," + std::to_string(position % cols) + "]",
               gradients[i][j], differences[j]};
    }
  }
  return worst;
}

}  // namespace autodiff
}  // namespace v0
}  // namespace alfi
