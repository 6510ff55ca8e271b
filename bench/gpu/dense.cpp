#include "alfi/kernels/recurrent.hpp"
#include "arrays.hpp"

/// linear/<rows>x<inputs>x<outputs>[/products], lstm_step/B:../H:..[/products]: forward and adjoint, as many inputs as
/// state. The floor counts multiply-adds of the products alone, 3 times those of the forward pass.

namespace bench {
namespace {

namespace kernels = alfi::kernels;

struct LinearProblem {
  LinearProblem(Arrays& arrays, Index rows, Index inputs, Index outputs)
      : context(arrays.context()),
        x(arrays.drawn(rows, inputs)),
        weights{arrays.drawn(outputs, inputs, 0.2f), arrays.drawn(1, outputs).flat()},
        d_y(arrays.drawn(rows, outputs)),
        y(arrays.result(rows, outputs)),
        d_x(arrays.result(rows, inputs)),
        d_weights{arrays.result(outputs, inputs), arrays.result(1, outputs).flat()},
        scratch(arrays.zeros(1, kernels::linear_scratch_size(context, rows, outputs, inputs)).flat()) {}
  void run() {
    const auto activation = kernels::Activation::tanh;  // no jumps, where rounding would decide
    kernels::linear<float>(context, x, weights, activation, y);
    kernels::linear_adjoint<float>(context, x, weights, activation, y, d_y, d_x, d_weights, scratch);
  }
  alfi::Context context;
  alfi::MatView<float> x;
  kernels::LinearWeights<float> weights;
  alfi::MatView<float> d_y, y, d_x;
  kernels::LinearGradients<float> d_weights;
  alfi::VecView<float> scratch;
};

struct LstmProblem {
  LstmProblem(Arrays& arrays, Index rows, Index state)
      : context(arrays.context()),
        x(arrays.drawn(rows, state)),
        h(arrays.drawn(rows, state)),
        c(arrays.drawn(rows, state)),
        d_h_next(arrays.drawn(rows, state)),
        d_c_next(arrays.drawn(rows, state)),
        weights{arrays.drawn(4 * state, state, 0.125f), arrays.drawn(4 * state, state, 0.125f),
                arrays.drawn(1, 4 * state).flat()},
        gates(arrays.zeros(rows, 4 * state)),
        h_next(arrays.result(rows, state)),
        c_next(arrays.result(rows, state)),
        d_x(arrays.result(rows, state)),
        d_h(arrays.result(rows, state)),
        d_c(arrays.result(rows, state)),
        d_weights{arrays.result(4 * state, state), arrays.result(4 * state, state), arrays.result(1, 4 * state).flat()},
        scratch(arrays.zeros(1, kernels::lstm_scratch_size(context, rows, state, state)).flat()) {}
  void run() {
    kernels::lstm_step<float>(context, x, h, c, weights, gates, h_next, c_next);
    kernels::lstm_step_adjoint<float>(context, x, h, c, weights, gates, c_next, d_h_next, d_c_next, d_x, d_h, d_c,
                                      d_weights, scratch);
  }
  alfi::Context context;
  alfi::MatView<float> x, h, c, d_h_next, d_c_next;
  kernels::CellWeights<float> weights;
  alfi::MatView<float> gates, h_next, c_next, d_x, d_h, d_c;
  kernels::CellGradients<float> d_weights;
  alfi::VecView<float> scratch;
};

/// Sums over 82 000 rows: blocks of some hundred, then these are added, on the CPU one after the other: 800 roundings
/// of a growing sum, 5e-5 at most. Factors of 11 bits are wrong by 5e-4, a product of two by 1e-3; such errors add up
/// in a sum no faster than its terms.
double allowed(const Products& products) { return products.precision == kTf32.precision ? 4e-3 : 2e-4; }

Measured linear(const Session& session, Index rows, Index inputs, Index outputs, const Products& products) {
  const auto make = [&](Arrays& arrays) { return LinearProblem(arrays, rows, inputs, outputs); };
  Measured m = check_and_time(session, session.gpu.with_products(products.precision), make, allowed(products));
  const double r = static_cast<double>(rows), i = static_cast<double>(inputs), o = static_cast<double>(outputs);
  // x read twice, y written and read, d_y read and written, d_x read and written.
  m.least = {6 * r * i * o, products.rate(session.roofs), 4 * r * (4 * i + 4 * o)};
  m.items = r;
  m.item = "row";
  return m;
}

Measured lstm(const Session& session, Index rows, Index state, const Products& products) {
  const auto make = [&](Arrays& arrays) { return LstmProblem(arrays, rows, state); };
  Measured m = check_and_time(session, session.gpu.with_products(products.precision), make, allowed(products));
  const double b = static_cast<double>(rows), h = static_cast<double>(state);
  // Forward: 3 inputs, gates and 2 outputs; adjoint: those, 2 gradients in, 3 read and written. Weights stay in caches.
  m.least = {3 * 2 * b * 4 * h * 2 * h, products.rate(session.roofs), 4 * b * h * (9 + 9 + 2 + 6)};
  m.items = b;
  m.item = "row";
  return m;
}

}  // namespace

void add_dense(std::vector<Benchmark>& all) {
  for (const Products& products : {kFloat, kTf32, kTf32x3}) {
    const std::string end = std::string("/") + products.name;
    all.push_back({"linear/82000x100x50" + end,
                   [=](const Session& session) { return linear(session, 82000, 100, 50, products); }});
    for (const Index rows : {4096, 32}) {
      for (const Index state : {64, 128, 256}) {
        all.push_back({"lstm_step/B:" + std::to_string(rows) + "/H:" + std::to_string(state) + end,
                       [=](const Session& session) { return lstm(session, rows, state, products); }});
      }
    }
  }
}

}  // namespace bench
