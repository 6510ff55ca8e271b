#include "alfi/autodiff/cell.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/autodiff/linear.hpp"
#include "emulated/gpu.hpp"
#include "support/gradient.hpp"

namespace ad = alfi::autodiff;
using alfi::Index;
using alfi_test::random_input;
using alfi_test::Variables;

namespace {

struct Size {
  Index rows, in, state;
};
constexpr Size kSizes[] = {{1, 1, 1}, {3, 2, 5}, {5, 7, 3}, {2, 17, 9}};

/// x, h, c, then the cell's weights.
std::vector<ad::CheckInput> inputs(const Size& s, Index gates) {
  return {random_input("x", s.rows, s.in),
          random_input("h", s.rows, s.state),
          random_input("c", s.rows, s.state),
          random_input("input", gates * s.state, s.in, 0.5),
          random_input("hidden", gates * s.state, s.state, 0.5),
          random_input("bias", 1, gates * s.state, 0.5)};
}

}  // namespace

TEST_CASE("cells by hand: all weights zero, so every gate is 1/2 and every candidate 0") {
  const double x[] = {5}, h[] = {0.8}, c[] = {-0.4}, zeros[4] = {};
  ad::Tape<double> tape{alfi::Context()};
  const auto cell = [&](Index gates) {
    return ad::Cell<double>{tape.data({zeros, gates, 1}), tape.data({zeros, gates, 1}), tape.data({zeros, 1, gates})};
  };
  const ad::Memory<double> memory{tape.data({h, 1, 1}), tape.data({c, 1, 1})};
  const auto lstm = ad::lstm_step(tape, tape.data({x, 1, 1}), memory, cell(4));
  const double ulps = 4e-16;  // a rounding or two of numbers below 1
  CHECK(std::abs(lstm.c.value(0, 0) + 0.2) <= ulps);
  CHECK(std::abs(lstm.h.value(0, 0) - 0.5 * std::tanh(-0.2)) <= ulps);
  const auto gru = ad::gru_step(tape, tape.data({x, 1, 1}), memory, cell(3));
  CHECK(std::abs(gru.h.value(0, 0) - 0.4) <= ulps);
  CHECK(!lstm.h.tracked());
  CHECK(tape.nodes() == 0);
}

TEST_CASE("the LSTM has the right gradient, through both outputs and into everything") {
  for (const Size& s : kSizes) {
    CAPTURE(s.state);
    alfi_test::check_operation_gradient(
        [](ad::Tape<double>& tape, const Variables& v) {
          const auto next = ad::lstm_step(tape, v[0], {v[1], v[2]}, {v[3], v[4], v[5]});
          return Variables{next.h, next.c};
        },
        inputs(s, 4));
  }
}

TEST_CASE("the GRU has the right gradient into everything") {
  for (const Size& s : kSizes) {
    CAPTURE(s.state);
    alfi_test::check_operation_gradient(
        [](ad::Tape<double>& tape, const Variables& v) {
          return Variables{ad::gru_step(tape, v[0], {v[1], {}}, {v[3], v[4], v[5]}).h};
        },
        inputs(s, 3));
  }
}

TEST_CASE("a sequence is its steps one after the other, and has the right gradient through time") {
  const auto sequence = [](ad::Tape<double>& tape, const Variables& v) {
    const auto steps = ad::lstm_sequence(tape, {v[0], v[0], v[0]}, {v[1], v[2]}, {v[3], v[4], v[5]});
    return Variables{steps[0].h, steps[2].h, steps[2].c};
  };
  alfi_test::check_operation_gradient(sequence, inputs({2, 3, 4}, 4));
  ad::Tape<double> tape{alfi::Context()};
  Variables v;
  const auto values = inputs({2, 3, 4}, 4);
  for (const auto& input : values) v.push_back(tape.data({input.values.data(), input.rows, input.cols}));
  ad::Memory<double> memory{v[1], v[2]};
  for (int t = 0; t < 3; ++t) memory = ad::lstm_step(tape, v[0], memory, {v[3], v[4], v[5]});
  const Variables whole = sequence(tape, v);
  for (Index i = 0; i < memory.h.value.size(); ++i) CHECK(whole[1].value.data[i] == memory.h.value.data[i]);
}

TEST_CASE("a memory that is data gets no gradient, the weights do") {
  for (const Index gates : {3, 4}) {
    CAPTURE(gates);
    const auto all = inputs({2, 3, 4}, gates);
    alfi_test::check_operation_gradient(
        [&](ad::Tape<double>& tape, const Variables& v) {
          const auto fixed = [&](std::size_t i) { return tape.data({all[i].values.data(), all[i].rows, all[i].cols}); };
          const ad::Cell<double> cell{v[0], v[1], v[2]};
          return Variables{gates == 4 ? ad::lstm_step(tape, fixed(0), {fixed(1), fixed(2)}, cell).h
                                      : ad::gru_step(tape, fixed(0), {fixed(1), {}}, cell).h};
        },
        {all[3], all[4], all[5]});
  }
}

TEST_CASE("cells refuse weights of another state") {
  const double x[64] = {};
  ad::Tape<double> tape{alfi::Context()};
  const ad::Memory<double> memory{tape.data({x, 2, 3}), tape.data({x, 2, 3})};
  const ad::Cell<double> cell{tape.data({x, 8, 2}), tape.data({x, 8, 2}), tape.data({x, 1, 8})};
  CHECK_THROWS_WITH_AS(ad::lstm_step(tape, tape.data({x, 2, 2}), memory, cell), doctest::Contains("lstm_step: "),
                       alfi::ShapeError);
  CHECK_THROWS_WITH_AS(ad::gru_step(tape, tape.data({x, 2, 2}), memory, cell), doctest::Contains("gru_step: "),
                       alfi::ShapeError);
}

TEST_CASE("cells and layers on a GPU's tape have the CPU's gradients") {
  const Index in = 7, state = 9;
  for (const Index gates : {3, 4}) {
    CAPTURE(gates);
    // Numbers of order 1 through a few sums of at most 36 terms: 1e4 epsilons are 2e-12, and a wrong term is 1e-3.
    alfi_test::compare_backends<double>(alfi_test::ulps(1e4), [&](alfi_test::Run<double>& run) {
      ad::Tape<double> tape(run.context());
      const auto leaf = [&](Index rows, Index cols) {
        const auto value = run.input(rows, cols, -0.5, 0.5);
        return tape.leaf(value, run.accumulated(rows, cols));
      };
      const auto x = leaf(1, in), h = leaf(1, state), c = leaf(1, state);
      const ad::Cell<double> cell{leaf(gates * state, in), leaf(gates * state, state), leaf(1, gates * state)};
      const ad::Linear<double> layer{leaf(1, state), leaf(1, 1)};
      ad::Memory<double> memory{h, c};
      for (int t = 0; t < 2; ++t) {
        memory = gates == 4 ? ad::lstm_step(tape, x, memory, cell) : ad::gru_step(tape, x, memory, cell);
      }
      tape.backward(ad::linear(tape, memory.h, layer, ad::Activation::tanh));
    });
  }
}
