#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <string>

#include "reference/recurrent.hpp"
#include "reference/set_encoder.hpp"
#include "support/fma_peak.hpp"

/// set_encoder/<last layer>/rows:R[/forward]: the encoder 1-50-50-20 on R rows in sets of 20, forward and adjoint, one
/// core. lstm_step, gru_step/B:../H:..[/forward]: one step, as many inputs as state. Counters: GFLOP/s of the products
/// alone and their share of the multiply-add peak of the same core and level, measured in the same run. Each answer
/// is checked against the naive reference first.

namespace {

using namespace reference;  // NOLINT: matrices and oracles shared with the tests
namespace kernels = alfi::kernels;

const alfi::Context context;

/// Runs the timed loop. Rates come from the mean time and, as best_share, from the fastest iteration, which is what
/// compares with the peak (itself the fastest of many rounds) where other programs share the core.
template <class Work>
void time_work(benchmark::State& state, double flop, double rows, const Work& work) {
  using Clock = std::chrono::steady_clock;
  double best = 1e9;
  for (auto _ : state) {
    const auto start = Clock::now();
    work();
    benchmark::ClobberMemory();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  const double done = static_cast<double>(state.iterations()) * flop * 1e-9;
  state.counters["GFLOPS"] = benchmark::Counter(done, benchmark::Counter::kIsRate);
  state.counters["peak_GFLOPS"] = bench::float_peak();
  state.counters["share"] = benchmark::Counter(done / bench::float_peak(), benchmark::Counter::kIsRate);
  state.counters["best_share"] = flop * 1e-9 / best / bench::float_peak();
  state.counters["best_us_per_row"] = best * 1e6 / rows;
}

void require_close(const char* what, const Matrix<float>& got, const Matrix<double>& wanted, double scale) {
  if (!(largest_error(got, wanted, Matrix<double>(got.rows, got.cols, scale)) <= 1e-4)) {
    throw std::runtime_error(std::string(what) + ": the answer is wrong");
  }
}

struct EncoderProblem {
  EncoderProblem(Index rows, Activation last) {
    Dyadic dyadic(2);
    pool.sets = rows / 20;
    pool.n_max = 20;
    x = dyadic.matrix<float>(rows, 1);
    encoder.last = last;
    encoder.layer[0] = Layer<float>(50, 1, dyadic);
    encoder.layer[1] = Layer<float>(50, 50, dyadic);
    encoder.layer[2] = Layer<float>(20, 50, dyadic, true, 1.0 / 64);
    saved = Matrix<float>(1, kernels::set_encoder_saved_size(context, pool.view(), encoder.view()));
    encoding = Matrix<float>(pool.sets, 20);
    d_encoding = dyadic.matrix<float>(pool.sets, 20);
    d = encoder.like();
  }
  void forward() {
    kernels::set_encoder<float>(context, x.view(), pool.view(), encoder.view(), saved.vector(), encoding.view());
  }
  void adjoint() {
    kernels::set_encoder_adjoint<float>(context, x.view(), pool.view(), encoder.view(), saved.vector(),
                                        d_encoding.view(), {}, d.gradients());
  }
  void check() {
    forward();
    adjoint();
    const Encoder<double> exact(encoder);
    Encoder<double> wanted = exact.like();
    const Matrix<double> inputs(x);
    Matrix<double> d_x(x.rows, x.cols);
    require_close("set_encoder", encoding, set_encoder(inputs, pool, exact), 1);
    set_encoder_adjoint(inputs, pool, exact, Matrix<double>(d_encoding), d_x, wanted);
    for (int l = 0; l < 3; ++l) {
      double scale = 0;
      for (const double value : wanted.layer[l].weight.data) scale = std::max(scale, std::abs(value));
      require_close("set_encoder_adjoint", d.layer[l].weight, wanted.layer[l].weight, scale);
    }
  }
  /// Multiply-adds of the products, twice: forward, weight gradients, and the gradients of both hidden layers.
  double flop(bool both) const {
    const double first = 50, second = 2500, third = encoder.last == Activation::none ? 0 : 1000;  // pooled before
    const double macs = both ? 2 * (first + second + third) + second + third : first + second + third;
    return 2 * macs * static_cast<double>(x.rows);
  }

  Pool pool;
  Matrix<float> x, saved, encoding, d_encoding;
  Encoder<float> encoder, d;
};

void run_encoder(benchmark::State& state, Index rows, Activation last, bool both) {
  EncoderProblem problem(rows, last);
  problem.check();
  time_work(state, problem.flop(both), static_cast<double>(rows), [&] {
    problem.forward();
    if (both) problem.adjoint();
  });
}

template <class T>
struct CellProblem {
  CellProblem(Index rows, Index state, bool lstm_)
      : lstm(lstm_),
        gates(rows, 4 * state),
        h_next(rows, state),
        c_next(rows, state),
        d_x(rows, state),
        d_h(rows, state),
        d_c(rows, state) {
    Dyadic dyadic(3);
    x = dyadic.matrix<T>(rows, state);
    h = dyadic.matrix<T>(rows, state);
    c = dyadic.matrix<T>(rows, state);
    weights = Cell<T>(lstm ? 4 : 3, state, state, dyadic, 0.125);
    d_weights = weights.like();
  }
  void forward() {
    if (lstm) {
      kernels::lstm_step<T>(context, x.view(), h.view(), c.view(), weights.view(), gates.view(), h_next.view(),
                            c_next.view());
    } else {
      kernels::gru_step<T>(context, x.view(), h.view(), weights.view(), gates.view(), h_next.view());
    }
  }
  /// With the outputs as their own gradients.
  void adjoint() {
    const alfi::MatView<const T> d_h_next = h_next.view(), d_c_next = c_next.view();
    if (lstm) {
      kernels::lstm_step_adjoint<T>(context, x.view(), h.view(), c.view(), weights.view(), gates.view(), d_c_next,
                                    d_h_next, d_c_next, d_x.view(), d_h.view(), d_c.view(), d_weights.gradients());
    } else {
      kernels::gru_step_adjoint<T>(context, x.view(), h.view(), weights.view(), gates.view(), d_h_next, d_x.view(),
                                   d_h.view(), d_weights.gradients());
    }
  }

  bool lstm;
  Matrix<T> gates, h_next, c_next, d_x, d_h, d_c, x, h, c;
  Cell<T> weights, d_weights;
};

/// Forward against the reference; the adjoint against the same in double, which the tests hold to the derivative.
void check_cell(CellProblem<float>& problem) {
  CellProblem<double> exact(problem.h.rows, problem.h.cols, problem.lstm);
  Matrix<double> h_next(problem.h.rows, problem.h.cols), c_next = h_next;
  if (problem.lstm) {
    lstm_step(exact.x, exact.h, exact.c, exact.weights, h_next, c_next);
  } else {
    gru_step(exact.x, exact.h, exact.weights, h_next);
  }
  problem.forward();
  require_close("forward", problem.h_next, h_next, 1);
  exact.forward();
  problem.adjoint();
  exact.adjoint();
  require_close("adjoint", problem.d_h, exact.d_h, 10);
  require_close("adjoint", problem.d_weights.hidden, exact.d_weights.hidden, static_cast<double>(problem.h.rows));
}

void run_cell(benchmark::State& state, Index rows, Index width, bool lstm, bool both) {
  CellProblem<float> problem(rows, width, lstm);
  check_cell(problem);
  const double macs = (lstm ? 4.0 : 3.0) * static_cast<double>(rows * width * 2 * width) * (both ? 3 : 1);
  time_work(state, 2 * macs, static_cast<double>(rows), [&] {
    problem.forward();
    if (both) problem.adjoint();
  });
}

const bool registered = [] {
  for (const bool both : {true, false}) {
    const std::string end = both ? "" : "/forward";
    for (const Activation last : {Activation::tanh, Activation::none}) {
      for (const Index rows : {20, 1600, 64000}) {
        const std::string name = last == Activation::tanh ? "set_encoder/tanh/rows:" : "set_encoder/linear/rows:";
        benchmark::RegisterBenchmark((name + std::to_string(rows) + end).c_str(), run_encoder, rows, last, both);
      }
    }
    for (const bool lstm : {true, false}) {
      for (const Index rows : {4096, 4, 1}) {
        const std::string name = std::string(lstm ? "lstm_step" : "gru_step") + "/B:" + std::to_string(rows) + "/H:64";
        benchmark::RegisterBenchmark((name + end).c_str(), run_cell, rows, Index{64}, lstm, both);
      }
    }
  }
  return true;
}();

}  // namespace
