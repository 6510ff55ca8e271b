#include "alfi/kernels/recurrent.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <limits>

#include "alfi/core/error.hpp"
#include "reference/recurrent.hpp"

using namespace reference;  // NOLINT: matrices and oracles of the tests
namespace kernels = alfi::kernels;

namespace {

const alfi::Context context;

struct Sizes {
  Index rows, state, inputs;
};
std::vector<Sizes> awkward_sizes() {
  std::vector<Sizes> all = {{5, 4, 0}, {4, 64, 64}, {1, 64, 50}};
  for (Index s : {0, 1, 2, 3, 7, 8, 9, 17, 50, 63, 64, 65, 257}) {
    all.push_back({s, 5, 3});
    all.push_back({2, s <= 65 ? s : 40, 7});
    all.push_back({3, 9, s});
  }
  return all;
}

/// A step of a cell with all that goes in and comes out. LSTM: 4 gates, GRU: 3.
template <class T>
struct Step {
  Step(const Sizes& s, Index gate_count)
      : gates_of_cell(gate_count), gates(s.rows, 4 * s.state), h_next(s.rows, s.state), c_next(s.rows, s.state) {
    Dyadic dyadic(static_cast<std::uint64_t>(s.rows + 300 * s.state + 90000 * s.inputs));
    x = dyadic.matrix<T>(s.rows, s.inputs);
    h = dyadic.matrix<T>(s.rows, s.state);
    c = dyadic.matrix<T>(s.rows, s.state);
    d_h_next = dyadic.matrix<T>(s.rows, s.state);
    d_c_next = dyadic.matrix<T>(s.rows, s.state);
    weights = Cell<T>(gate_count, s.state, s.inputs, dyadic, 0.125);
    d_weights = weights.like();
    d_x = Matrix<T>(s.rows, s.inputs);
    d_h = d_c = Matrix<T>(s.rows, s.state);
  }
  bool lstm() const { return gates_of_cell == 4; }
  void forward() {
    if (lstm()) {
      kernels::lstm_step<T>(context, x.view(), h.view(), c.view(), weights.view(), gates.view(), h_next.view(),
                            c_next.view());
    } else {
      kernels::gru_step<T>(context, x.view(), h.view(), weights.view(), gates.view(), h_next.view());
    }
  }
  void adjoint() {
    if (lstm()) {
      kernels::lstm_step_adjoint<T>(context, x.view(), h.view(), c.view(), weights.view(), gates.view(),
                                    alfi::MatView<const T>(c_next.view()), d_h_next.view(), d_c_next.view(), d_x.view(),
                                    d_h.view(), d_c.view(), d_weights.gradients());
    } else {
      kernels::gru_step_adjoint<T>(context, x.view(), h.view(), weights.view(), gates.view(), d_h_next.view(),
                                   d_x.view(), d_h.view(), d_weights.gradients());
    }
  }
  std::vector<Matrix<T>*> inputs() { return {&x, &h, &c, &weights.input, &weights.hidden, &weights.bias}; }
  std::vector<Matrix<T>*> gradients() {
    return {&d_x, &d_h, &d_c, &d_weights.input, &d_weights.hidden, &d_weights.bias};
  }

  Index gates_of_cell;
  Matrix<T> x, h, c, gates, h_next, c_next, d_h_next, d_c_next, d_x, d_h, d_c;
  Cell<T> weights, d_weights;
};

/// The reference's h' and c' of a step's inputs.
void reference_forward(Step<double>& step) {
  if (step.lstm()) return lstm_step(step.x, step.h, step.c, step.weights, step.h_next, step.c_next);
  gru_step(step.x, step.h, step.weights, step.h_next);
}
double loss(Step<double>& step) {
  reference_forward(step);
  double sum = 0;
  for (std::size_t i = 0; i < step.h_next.data.size(); ++i) {
    sum += step.h_next.data[i] * step.d_h_next.data[i];
    if (step.lstm()) sum += step.c_next.data[i] * step.d_c_next.data[i];
  }
  return sum;
}

/// A pre-activation is a sum of n = I + H + 1 terms below A = n/8 together: off by n u A. A gate then is off by that
/// and 8 u, and passes at most two more products (and, in a GRU, once more a sum of weights below A).
template <class T>
double forward_tolerance(const Sizes& s) {
  const double n = static_cast<double>(s.inputs + s.state + 1), a = n / 8;
  return std::numeric_limits<T>::epsilon() * 2 * (n * a + 16) * (1 + a);
}

template <class T>
void check_forward(const Sizes& s, Index gate_count) {
  Step<T> step(s, gate_count);
  Step<double> wanted(s, gate_count);
  step.forward();
  reference_forward(wanted);
  const Matrix<double> one(s.rows, s.state, 1);
  CHECK(largest_error(step.h_next, wanted.h_next, one) <= forward_tolerance<T>(s));
  if (step.lstm()) CHECK(largest_error(step.c_next, wanted.c_next, one) <= forward_tolerance<T>(s));
}

/// Along a random direction v: (loss(z + e v) - loss(z - e v)) / 2e against the adjoint's gradient times v. e = 1e-5:
/// the truncation is e^2 = 1e-10 and the rounding 1e-16/e = 1e-11 of the sum of the terms' magnitudes.
void check_derivative(const Sizes& s, Index gate_count) {
  Step<double> step(s, gate_count);
  step.forward();
  step.adjoint();
  Dyadic dyadic(3);
  const double e = 1e-5;
  for (std::size_t which = 0; which < step.inputs().size(); ++which) {
    if (which == 2 && !step.lstm()) continue;
    CAPTURE(which);
    Matrix<double>& input = *step.inputs()[which];
    const Matrix<double> before = input, direction = dyadic.matrix<double>(input.rows, input.cols);
    double along = 0, scale = 1;
    const auto loss_at = [&](double at) {
      for (std::size_t i = 0; i < input.data.size(); ++i) input.data[i] = before.data[i] + at * direction.data[i];
      return loss(step);
    };
    for (std::size_t i = 0; i < input.data.size(); ++i) {
      along += step.gradients()[which]->data[i] * direction.data[i];
      scale += std::abs(step.gradients()[which]->data[i]);
    }
    const double numeric = (loss_at(e) - loss_at(-e)) / (2 * e);
    input = before;
    // A direction moves a pre-activation by up to n: the third derivative brings n^3 e^2.
    const double n = static_cast<double>(s.inputs + s.state + 1);
    CHECK(std::abs(numeric - along) <= 1e-10 * (n * n + 10) * (scale + static_cast<double>(s.rows * s.state)));
  }
}

/// Float against double: an adjoint is a sum of at most n = R + 4H terms of gates whose errors are the forward's.
void check_float_adjoint(const Sizes& s, Index gate_count) {
  Step<float> step(s, gate_count);
  Step<double> wanted(s, gate_count);
  step.forward();
  step.adjoint();
  wanted.forward();
  wanted.adjoint();
  const double n = static_cast<double>(s.rows + 4 * s.state + 8);
  for (std::size_t i = 0; i < step.gradients().size(); ++i) {
    const Matrix<float>& got = *step.gradients()[i];
    const Matrix<double> scale(got.rows, got.cols, n);  // each term is at most 1
    CHECK(largest_error(got, *wanted.gradients()[i], scale) <=
          forward_tolerance<float>(s) + n * std::numeric_limits<float>::epsilon());
  }
}

}  // namespace

TEST_CASE_TEMPLATE("recurrent: one LSTM by hand", T, float, double) {
  // Weights 0: the biases alone. Gates 1/2, 1/2, tanh(0) = 0, 1/2; c' = 1/2 2 = 1; h' = tanh(1)/2.
  const T x = 3, h = 5, c = 2, zeros[4] = {};
  T gates[4], h_next, c_next;
  const kernels::CellWeights<T> weights{{zeros, 4, 1}, {zeros, 4, 1}, {zeros, 4}};
  kernels::lstm_step<T>(context, {&x, 1, 1}, {&h, 1, 1}, {&c, 1, 1}, weights, {gates, 1, 4}, {&h_next, 1, 1},
                        {&c_next, 1, 1});
  const T ulp = std::numeric_limits<T>::epsilon();
  CHECK(c_next == T(1));
  CHECK(std::abs(h_next - T(0.38079707797788244)) <= 2 * ulp);
  // d c' = 1: d c = f = 1/2; d forget = c f (1-f) = 1/2; d candidate = i = 1/2.
  const T none = 0, one = 1;
  T d_c = 0, d_bias[4] = {}, d_input[4] = {}, d_hidden[4] = {};
  kernels::lstm_step_adjoint<T>(context, {&x, 1, 1}, {&h, 1, 1}, {&c, 1, 1}, weights, {gates, 1, 4}, {&c_next, 1, 1},
                                {&none, 1, 1}, {&one, 1, 1}, {}, {}, {&d_c, 1, 1},
                                {{d_input, 4, 1}, {d_hidden, 4, 1}, {d_bias, 4}});
  CHECK(d_c == T(0.5));
  CHECK(d_bias[0] == T(0));
  CHECK(d_bias[1] == T(0.5));
  CHECK(d_bias[2] == T(0.5));
  CHECK(d_bias[3] == T(0));
  CHECK(d_input[1] == T(1.5));
  CHECK(d_hidden[2] == T(2.5));
}

TEST_CASE("recurrent: one GRU by hand") {
  // Weights 0 but the candidate's input, 1: z = r = 1/2, n = tanh(x) = tanh(1); h' = 4/2 + n/2.
  const double x = 1, h = 4, input[3] = {0, 0, 1}, zeros[3] = {};
  double gates[4], h_next;
  kernels::gru_step<double>(context, {&x, 1, 1}, {&h, 1, 1}, {{input, 3, 1}, {zeros, 3, 1}, {zeros, 3}}, {gates, 1, 4},
                            {&h_next, 1, 1});
  CHECK(std::abs(h_next - (2 + 0.38079707797788244)) <= 1e-15);
  CHECK(gates[3] == 2.0);
}

TEST_CASE("recurrent: both cells at awkward sizes") {
  for (const Sizes& s : awkward_sizes()) {
    CAPTURE(s.rows);
    CAPTURE(s.state);
    CAPTURE(s.inputs);
    for (Index gate_count : {3, 4}) {
      CAPTURE(gate_count);
      check_forward<float>(s, gate_count);
      check_forward<double>(s, gate_count);
      check_derivative(s, gate_count);
      check_float_adjoint(s, gate_count);
    }
  }
}

TEST_CASE("recurrent: gradients accumulate") {
  for (Index gate_count : {3, 4}) {
    Step<double> once({3, 9, 4}, gate_count), twice({3, 9, 4}, gate_count);
    once.forward();
    once.adjoint();
    for (int repeat = 0; repeat < 2; ++repeat) {
      twice.forward();
      twice.adjoint();
    }
    for (std::size_t i = 0; i < once.gradients().size(); ++i) {
      Matrix<double> doubled = *once.gradients()[i];
      for (double& value : doubled.data) value *= 2;
      const Matrix<double> scale(doubled.rows, doubled.cols, 40);  // sums of at most 36 terms below 1
      CHECK(largest_error(*twice.gradients()[i], doubled, scale) <= 40 * std::numeric_limits<double>::epsilon());
    }
  }
}

TEST_CASE("recurrent: shapes that disagree are named") {
  Step<float> step({2, 3, 4}, 4);
  step.c = Matrix<float>(2, 2);
  CHECK_THROWS_WITH_AS(step.forward(), "lstm_step: c has shape [2,2], expected [2,3]", alfi::ShapeError);
  Step<float> gru({2, 3, 4}, 3);
  gru.weights.hidden = Matrix<float>(12, 3);
  CHECK_THROWS_WITH_AS(gru.forward(), "gru_step: hidden weight has shape [12,3], expected [9,3]", alfi::ShapeError);
}
