#include "alfi/kernels/recurrent.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <limits>

#include "alfi/core/error.hpp"
#include "emulated/gpu.hpp"
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

/// A cell's weights for both backends, up to 1/8.
template <class T>
kernels::CellWeights<T> run_weights(alfi_test::Run<T>& run, const Sizes& s, Index gate_count) {
  const Index outputs = gate_count * s.state;
  const auto input = run.input(outputs, s.inputs, -0.125, 0.125), hidden = run.input(outputs, s.state, -0.125, 0.125);
  return {input, hidden, run.input(1, outputs, -0.125, 0.125).flat()};
}

template <class T>
void run_forward(alfi_test::Run<T>& run, const Sizes& s, Index gate_count) {
  const auto weights = run_weights(run, s, gate_count);
  const auto x = run.input(s.rows, s.inputs, -1, 1), h = run.input(s.rows, s.state, -1, 1);
  const auto c = run.input(s.rows, s.state, -1, 1), gates = run.output(s.rows, 4 * s.state);
  const auto h_next = run.output(s.rows, s.state);
  if (gate_count == 3) return kernels::gru_step<T>(run.context(), x, h, weights, gates, h_next);
  kernels::lstm_step<T>(run.context(), x, h, c, weights, gates, h_next, run.output(s.rows, s.state));
}

/// With gates, c and c' that need not be a step's: anything in [-1, 1].
template <class T>
void run_adjoint(alfi_test::Run<T>& run, const Sizes& s, Index gate_count, bool wanted) {
  const Index outputs = gate_count * s.state;
  const auto weights = run_weights(run, s, gate_count);
  const auto in = [&](Index cols) { return run.input(s.rows, cols, -1, 1); };
  const auto x = in(s.inputs), h = in(s.state), c = in(s.state), c_next = in(s.state);
  const auto d_h_next = in(s.state), d_c_next = in(s.state);
  const auto gates = run.accumulated(s.rows, 4 * s.state), d_x = run.accumulated(s.rows, wanted ? s.inputs : 0);
  const auto d_h = run.accumulated(s.rows, wanted ? s.state : 0), d_c = run.accumulated(s.rows, wanted ? s.state : 0);
  const kernels::CellGradients<T> d_weights{run.accumulated(outputs, s.inputs), run.accumulated(outputs, s.state),
                                            run.accumulated(1, outputs).flat()};
  const Index size = (gate_count == 3 ? kernels::gru_scratch_size : kernels::lstm_scratch_size)(run.context(), s.rows,
                                                                                                s.state, s.inputs);
  const auto scratch = run.given(1, size, std::vector<double>(static_cast<std::size_t>(size), NAN)).flat();
  if (gate_count == 3) {
    return kernels::gru_step_adjoint<T>(run.context(), x, h, weights, gates, d_h_next, d_x, d_h, d_weights, scratch);
  }
  kernels::lstm_step_adjoint<T>(run.context(), x, h, c, weights, gates, c_next, d_h_next, d_c_next, d_x, d_h, d_c,
                                d_weights, scratch);
}

/// Each backend's step is within forward_tolerance() of the exact one. Of the adjoints: a gate's gradient is at most 4,
/// and off by 20 u of that; only a GRU's reset gate's is d_kept, a sum of H terms up to 1/8, times at most 2. So a
/// sum of n terms up to m = max(4, H/4), each off by the (n + 20) u of its own sums, is off by 2 (n + 20) u n m; both
/// backends, hence in epsilons the same. (For floats a weak test: but their code is the doubles'.)
template <class T>
void compare_step(const Sizes& s, Index gate_count, bool wanted) {
  const double epsilon = std::numeric_limits<T>::epsilon();
  alfi_test::compare_backends<T>(alfi_test::ulps(2 * forward_tolerance<T>(s) / epsilon),
                                 [&](alfi_test::Run<T>& run) { run_forward(run, s, gate_count); });
  const double n = static_cast<double>(std::max(s.rows, 4 * s.state) + 1);
  const double m = std::max(4.0, static_cast<double>(s.state) / 4);
  alfi_test::compare_backends<T>(alfi_test::ulps(2 * (n + 20) * n * m),
                                 [&](alfi_test::Run<T>& run) { run_adjoint(run, s, gate_count, wanted); });
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

// Few rows and many take different ways through memory, never through the sums.
TEST_CASE_TEMPLATE("recurrent: a row's step does not depend, bit by bit, on the rows beside it", T, float, double) {
  for (const Index gate_count : {4, 3}) {
    Step<T> all({101, 40, 30}, gate_count);
    all.forward();
    for (const Index rows : {1, 2, 5, 6, 48, 49, 100}) {
      CAPTURE(rows);
      Step<T> some({rows, 40, 30}, gate_count);
      some.weights = all.weights;
      for (Index b = 0; b < rows; ++b) {
        for (Index k = 0; k < 30; ++k) some.x(b, k) = all.x(b, k);
        for (Index k = 0; k < 40; ++k) some.h(b, k) = all.h(b, k);
        for (Index k = 0; k < 40; ++k) some.c(b, k) = all.c(b, k);
      }
      some.forward();
      bool same = true;
      for (Index b = 0; b < rows; ++b) {
        for (Index k = 0; k < 40; ++k) same = same && some.h_next(b, k) == all.h_next(b, k);
      }
      CHECK(same);
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

TEST_CASE_TEMPLATE("recurrent: the GPU's cells are the CPU's", T, float, double) {
  bool wanted = true;
  for (const Sizes& s :
       {Sizes{0, 3, 1}, Sizes{1, 1, 1}, Sizes{1, 64, 50}, Sizes{31, 3, 1}, Sizes{31, 50, 8}, Sizes{33, 8, 0},
        Sizes{33, 100, 64}, Sizes{257, 1, 3}, Sizes{257, 50, 3}, Sizes{257, 8, 100}}) {
    CAPTURE(s.rows);
    CAPTURE(s.state);
    CAPTURE(s.inputs);
    for (Index gate_count : {3, 4}) {
      CAPTURE(gate_count);
      compare_step<T>(s, gate_count, wanted);
      wanted = !wanted;
    }
    wanted = !wanted;  // so that both cells see both
  }
}

TEST_CASE("recurrent: the GPU's cells in large tiles, and with other products") {
  const Sizes large{2100, 18, 2};  // 33 x 2 tiles of 64 rows and 16 states
  compare_step<double>(large, 4, true);
  compare_step<float>({2100, 65, 2}, 3, true);  // 33 x 3 of 32 states, 33 x 2 of 64
  for (Index gate_count : {3, 4}) {
    CAPTURE(gate_count);
    const Sizes s = gate_count == 3 ? Sizes{33, 72, 70} : Sizes{33, 20, 30};  // a GRU too wide for one launch
    const auto forward = [&](Index gates) {
      return [&, gates](alfi_test::Run<float>& run) { run_forward(run, s, gates); };
    };
    const double n = static_cast<double>(s.inputs + s.state + 1), a = n / 8;
    const auto full = alfi_test::results_on<float>(alfi::Context(alfi::Backend::cuda), forward(gate_count));
    for (const auto products : {alfi::ProductPrecision::tf32, alfi::ProductPrecision::tf32x3}) {
      // tf32 adds 2^-10 of the terms' magnitudes, A together, or 12 u in place of n u: as in forward_tolerance().
      const bool split = products == alfi::ProductPrecision::tf32x3;
      const double added = split ? 12 * a * (1 + a) : 8192 * a * (1 + a);
      alfi_test::compare_backends<float>(
          alfi_test::ulps(2 * forward_tolerance<float>(s) / std::numeric_limits<float>::epsilon() + 2 * added),
          forward(gate_count), products);
      // Few rows are multiplied in full where they are not rounded.
      const auto got = alfi_test::results_on<float>(alfi::Context(alfi::Backend::cuda, products), forward(gate_count));
      CHECK((got == full) == split);
    }
  }
}
