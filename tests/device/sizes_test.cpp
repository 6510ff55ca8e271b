#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "alfi/kernels/prepared_encoder.hpp"
#include "alfi/kernels/recurrent.hpp"
#include "emulated/gpu.hpp"

/// The dense operations with every awkward number of rows, forward and adjoint. A sum of n terms up to 1 of both signs
/// stays below 4 sqrt(n), so that n additions in any order are off by 2 n sqrt(n) epsilon. A result is such a sum over
/// rows of products with earlier sums over widths: both are added up, for both backends. Where rows are many that is a
/// weak test in float; the code is the same for doubles, for which nothing wrong can pass.

using alfi::Index;
using alfi_test::kAwkwardSizes;
using alfi_test::Run;
namespace kernels = alfi::kernels;

namespace {

double sum_units(Index terms) {
  const double n = static_cast<double>(terms) + 1;
  return 2 * n * std::sqrt(n);
}
/// Rows added up, each from `width` terms; depth such layers in series.
alfi_test::Tolerance tolerance(Index rows, Index width, int depth = 1) {
  const double n = static_cast<double>(rows) + 1;
  return alfi_test::ulps(2 * (sum_units(rows) + n * depth * (sum_units(width) + 16)));
}

template <class T>
void linear(Run<T>& run, Index rows, Index inputs, Index outputs) {
  const auto x = run.input(rows, inputs, -1, 1), weight = run.input(outputs, inputs, -1, 1);
  const auto bias = run.input(1, outputs, -1, 1), d_y = run.input(rows, outputs, -1, 1);
  const auto y = run.output(rows, outputs), d_x = run.accumulated(rows, inputs);
  const auto d_weight = run.accumulated(outputs, inputs), d_bias = run.accumulated(1, outputs);
  const alfi::Buffer<T> scratch(run.context(), kernels::linear_scratch_size(run.context(), rows, outputs, inputs));
  const auto activation = kernels::Activation::tanh;
  kernels::linear<T>(run.context(), x, {weight, bias.flat()}, activation, y);
  kernels::linear_adjoint<T>(run.context(), x, {weight, bias.flat()}, activation, y, d_y, d_x,
                             {d_weight, d_bias.flat()}, scratch.view());
}

template <class T>
struct CellArrays {
  CellArrays(Run<T>& run, Index gate_count, Index rows, Index inputs, Index state)
      : weights{run.input(gate_count * state, inputs, -0.5, 0.5), run.input(gate_count * state, state, -0.5, 0.5),
                run.input(1, gate_count * state, -1, 1).flat()},
        d_weights{run.accumulated(gate_count * state, inputs), run.accumulated(gate_count * state, state),
                  run.accumulated(1, gate_count * state).flat()},
        x(run.input(rows, inputs, -1, 1)),
        h(run.input(rows, state, -1, 1)),
        c(run.input(rows, state, -1, 1)),
        d_h_next(run.input(rows, state, -1, 1)),
        d_c_next(run.input(rows, state, -1, 1)),
        gates(run.given(rows, 4 * state, std::vector<double>(static_cast<std::size_t>(4 * rows * state)))),
        h_next(run.output(rows, state)),
        d_x(run.accumulated(rows, inputs)),
        d_h(run.accumulated(rows, state)) {}
  kernels::CellWeights<T> weights;
  kernels::CellGradients<T> d_weights;
  alfi::MatView<T> x, h, c, d_h_next, d_c_next, gates, h_next, d_x, d_h;
};

template <class T>
void lstm(Run<T>& run, Index rows, Index inputs, Index state) {
  const CellArrays<T> a(run, 4, rows, inputs, state);
  const auto c_next = run.output(rows, state), d_c = run.accumulated(rows, state);
  const alfi::Buffer<T> scratch(run.context(), kernels::lstm_scratch_size(run.context(), rows, state, inputs));
  kernels::lstm_step<T>(run.context(), a.x, a.h, a.c, a.weights, a.gates, a.h_next, c_next);
  kernels::lstm_step_adjoint<T>(run.context(), a.x, a.h, a.c, a.weights, a.gates, c_next, a.d_h_next, a.d_c_next, a.d_x,
                                a.d_h, d_c, a.d_weights, scratch.view());
}

template <class T>
void gru(Run<T>& run, Index rows, Index inputs, Index state) {
  const CellArrays<T> a(run, 3, rows, inputs, state);
  const alfi::Buffer<T> scratch(run.context(), kernels::gru_scratch_size(run.context(), rows, state, inputs));
  kernels::gru_step<T>(run.context(), a.x, a.h, a.weights, a.gates, a.h_next);
  kernels::gru_step_adjoint<T>(run.context(), a.x, a.h, a.weights, a.gates, a.d_h_next, a.d_x, a.d_h, a.d_weights,
                               scratch.view());
}

struct EncoderSize {
  Index sets, n_max, inputs, hidden, outputs;
  bool shared = false;  ///< two passes that share what they can, no gradient of x
};

/// Positive weights and inputs keep ReLUs open, so that rounding decides none; below 1 at every layer.
template <class T>
void encode(Run<T>& run, const EncoderSize& s, kernels::Activation last) {
  const Index widths[] = {s.inputs, s.hidden, s.hidden, s.outputs};
  kernels::EncoderWeights<T> weights;
  kernels::EncoderGradients<T> d;
  weights.last = last;
  for (int l = 0; l < 3; ++l) {
    const double most = 1.0 / static_cast<double>(widths[l] + 1);
    weights.layer[l] = {run.input(widths[l + 1], widths[l], 0, most), run.input(1, widths[l + 1], 0, most).flat()};
    d.layer[l] = {run.accumulated(widths[l + 1], widths[l]), run.accumulated(1, widths[l + 1]).flat()};
  }
  std::vector<std::int32_t> counts;
  for (Index g = 0; g < s.sets; ++g) counts.push_back(static_cast<std::int32_t>(g % (s.n_max + 1)));
  kernels::SetPool pool;
  pool.sets = s.sets;
  pool.n_max = s.n_max;
  pool.counts = run.data(counts);
  const auto x = run.input(s.sets * s.n_max, s.inputs, 0, 1), d_encoding = run.input(s.sets, s.outputs, -1, 1);
  const auto encoding = run.output(s.sets, s.outputs);
  const auto d_x = s.shared ? alfi::MatView<T>{} : run.accumulated(x.rows, x.cols);
  const kernels::EncoderPasses passes{s.sets, s.n_max};
  const alfi::Buffer<T> memory(run.context(),
                               s.shared ? kernels::prepared_encoder_size<T>(run.context(), passes, weights) : Index{0});
  if (s.shared) weights.prepared = kernels::prepare_encoder<T>(run.context(), passes, weights, memory.view());
  const alfi::Buffer<T> saved(run.context(), kernels::set_encoder_saved_size<T>(run.context(), pool, weights));
  for (int pass = 0; pass < (s.shared ? 2 : 1); ++pass) {
    kernels::set_encoder<T>(run.context(), x, pool, weights, saved.view(), encoding);
    kernels::set_encoder_adjoint<T>(run.context(), x, pool, weights, saved.view(), d_encoding, d_x, d);
  }
  if (s.shared) kernels::finish_encoder_adjoint<T>(run.context(), weights, d);
}

template <class T>
void compare_encoders(const EncoderSize& s) {
  CAPTURE(s.sets);
  CAPTURE(s.n_max);
  CAPTURE(s.hidden);
  for (const auto last : {kernels::Activation::tanh, kernels::Activation::none}) {
    alfi_test::compare_backends<T>(tolerance(s.sets * s.n_max, s.hidden + s.inputs, 5),
                                   [&](Run<T>& run) { encode(run, s, last); });
  }
}

}  // namespace

TEST_CASE_TEMPLATE("sizes: linear", T, float, double) {
  for (const Index rows : kAwkwardSizes) {
    CAPTURE(rows);
    alfi_test::compare_backends<T>(tolerance(rows, 23), [&](Run<T>& run) { linear(run, rows, 19, 23); });
  }
}

TEST_CASE_TEMPLATE("sizes: cells", T, float, double) {
  for (const Index rows : kAwkwardSizes) {
    CAPTURE(rows);
    alfi_test::compare_backends<T>(tolerance(rows, 4 * 17, 2), [&](Run<T>& run) { lstm(run, rows, 13, 17); });
    alfi_test::compare_backends<T>(tolerance(rows, 3 * 17, 3), [&](Run<T>& run) { gru(run, rows, 13, 17); });
  }
}

TEST_CASE_TEMPLATE("sizes: set encoder, many sets and many rows", T, float, double) {
  for (const Index size : kAwkwardSizes) {
    compare_encoders<T>({size, 3, 2, 11, 7});
    compare_encoders<T>({2, size, 2, 11, 7});
  }
}

// So many rows of one input that they go by pieces.
TEST_CASE("sizes: set encoder, passes that share") {
  compare_encoders<float>({3300, 20, 1, 13, 7, true});
  compare_encoders<float>({33, 3, 2, 13, 7, true});
}

// Weights that no block has room for.
TEST_CASE_TEMPLATE("sizes: set encoder, wide", T, float, double) { compare_encoders<T>({5, 9, 3, 300, 33}); }
