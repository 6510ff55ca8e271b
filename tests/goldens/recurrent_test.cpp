#include "alfi/autodiff/cell.hpp"

#include <doctest/doctest.h>

#include "support/golden.hpp"

namespace ad = alfi::autodiff;
using alfi::Index;
using alfi_test::run_golden;

namespace {
template <class Run>
auto read_cell(Run& run) {
  return ad::Cell<typename Run::Scalar>{run.leaf("W_input"), run.leaf("W_hidden"), run.leaf("bias")};
}

/// Rows [first, first + rows) of a leaf, gradient included.
template <class Var>
Var rows_of(const Var& v, Index first, Index rows) {
  const Index skipped = first * v.cols();
  return {{v.value.data + skipped, rows, v.cols()}, v.gradient_data + skipped};
}
}  // namespace

TEST_CASE("lstm_cell") {
  run_golden("lstm_cell", [](auto& run) {
    const auto next = ad::lstm_step(run.tape(), run.leaf("x"), {run.leaf("h"), run.leaf("c")}, read_cell(run));
    run.check_value("h_next", next.h.value);
    run.check_value("c_next", next.c.value);
    run.check_gradients({{"weight_h", next.h}, {"weight_c", next.c}});
  });
}

TEST_CASE("gru_cell") {
  run_golden("gru_cell", [](auto& run) {
    const auto next = ad::gru_step(run.tape(), run.leaf("x"), {run.leaf("h"), {}}, read_cell(run));
    run.check_value("h_next", next.h.value);
    run.check_gradients({{"weight", next.h}});
  });
}

TEST_CASE("lstm_sequence") {
  run_golden("lstm_sequence", [](auto& run) {
    using Real = typename std::decay_t<decltype(run)>::Scalar;
    const auto x = run.leaf("x"), h0 = run.leaf("h0"), c0 = run.leaf("c0");
    std::vector<ad::Var<Real>> steps;
    for (Index row = 0; row < x.rows(); row += h0.rows()) steps.push_back(rows_of(x, row, h0.rows()));
    const auto memories = ad::lstm_sequence(run.tape(), steps, {h0, c0}, read_cell(run));
    // All steps one below the other, as one variable: its gradient goes back to the steps.
    const auto all = run.tape().output(x.rows(), h0.cols(), true);
    for (std::size_t t = 0; t < memories.size(); ++t) {
      const auto h = memories[t].h;
      const auto place = rows_of(all, static_cast<Index>(t) * h.rows(), h.rows());
      for (Index i = 0; i < h.value.size(); ++i) place.value.data[i] = h.value.data[i];
      run.tape().record([h, place](const alfi::Context&) {
        for (Index i = 0; i < h.value.size(); ++i) h.gradient_data[i] += place.gradient_data[i];
      });
    }
    run.check_value("h_all", all.value);
    run.check_gradients({{"weight", all}});
  });
}
