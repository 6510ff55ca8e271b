#pragma once
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "alfi/autodiff/check.hpp"
#include "alfi/core/random.hpp"

/// One line tests the adjoint of an operation.

namespace alfi_test {

/// Normal entries times scale, the same for the same name and shape.
inline alfi::autodiff::CheckInput random_input(const std::string& name, alfi::Index rows, alfi::Index cols,
                                               double scale = 1) {
  std::uint64_t seed = 17;
  for (char letter : name) seed = seed * 31 + static_cast<std::uint64_t>(letter);
  alfi::Stream stream(alfi::step_key(seed, alfi::Purpose::user, 0), {});
  alfi::autodiff::CheckInput input{name, rows, cols, {}};
  for (alfi::Index i = 0; i < rows * cols; ++i) input.values.push_back(scale * stream.normal_double());
  return input;
}

using Variables = std::vector<alfi::autodiff::Var<double>>;
using Operation = std::function<Variables(alfi::autodiff::Tape<double>&, const Variables&)>;

/// Checks the adjoint of every output at once, through the sum of all entries of all outputs, each times a weight of
/// its own. The tolerance is the checker's own error (1e-12 or so for functions of size 1), amplified by the size of
/// the sum and of the operation's fifth derivative.
inline void check_operation_gradient(const Operation& operation, const std::vector<alfi::autodiff::CheckInput>& inputs,
                                     double tolerance = 1e-8) {
  namespace ad = alfi::autodiff;
  const auto scalar = [&operation](ad::Tape<double>& tape, const Variables& inputs_on_tape) {
    const Variables outputs = operation(tape, inputs_on_tape);
    bool tracked = false;
    for (const auto& output : outputs) tracked = tracked || output.tracked();
    const ad::Var<double> sum = tape.output(1, 1, tracked);
    const auto weight = [](alfi::Index i) { return 0.2 + static_cast<double>((i * 7 + 3) % 11) / 11; };
    sum.value(0, 0) = 0;
    for (const ad::Var<double> y : outputs) {
      for (alfi::Index i = 0; i < y.value.size(); ++i) sum.value(0, 0) += weight(i) * y.value.data[i];
      if (!y.tracked()) continue;
      tape.record([sum, y, weight](const alfi::Context&) {
        for (alfi::Index i = 0; i < y.value.size(); ++i) y.gradient_data[i] += weight(i) * sum.gradient_data[0];
      });
    }
    return sum;
  };
  const ad::GradientError worst = ad::check_gradient(scalar, inputs);
  CAPTURE(worst.where);
  CAPTURE(worst.adjoint);
  CAPTURE(worst.difference);
  CHECK(worst.error <= tolerance);
}

}  // namespace alfi_test
