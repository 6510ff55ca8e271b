#include "alfi/kernels/linear.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <random>

#include "alfi/core/error.hpp"
#include "alfi/kernels/cpu/table.hpp"
#include "alfi/kernels/gpu/dense.hpp"
#include "emulated/gpu.hpp"
#include "reference/linear.hpp"

using namespace reference;  // NOLINT: matrices and oracles of the tests
namespace kernels = alfi::kernels;

namespace {

const alfi::Context context;
const Activation kActivations[] = {Activation::none, Activation::relu, Activation::tanh};

struct Sizes {
  Index rows, outputs, inputs;
};
std::vector<Sizes> awkward_sizes() {
  std::vector<Sizes> all;
  for (Index s : {0, 1, 2, 3, 7, 8, 9, 17, 50, 63, 64, 65, 257}) {
    all.push_back({s, 5, 3});
    all.push_back({4, s, 7});
    all.push_back({3, 9, s});
    if (s <= 65) all.push_back({s, s, s});
  }
  return all;
}

template <class T>
constexpr double unit() {
  return std::numeric_limits<T>::epsilon() / 2;
}

/// A sum of n products in any order is off by at most n u sum |terms|; tanh adds 4 ulp = 8 u of a value below that sum.
/// The reference in double may be off as much when T is double: twice that.
template <class T>
void check_forward(Sizes s, Activation activation, bool with_bias) {
  Dyadic dyadic(static_cast<std::uint64_t>(s.rows + 300 * s.outputs + 90000 * s.inputs));
  const auto x = dyadic.matrix<T>(s.rows, s.inputs);
  const Layer<T> layer(s.outputs, s.inputs, dyadic, with_bias);
  Matrix<T> y(s.rows, s.outputs, T(77));
  kernels::linear<T>(context, x.view(), layer.view(), activation, y.view());
  const Matrix<double> wanted = linear(Matrix<double>(x), Layer<double>(layer), activation);
  const Matrix<double> terms = linear(magnitude(Matrix<double>(x)), magnitude(Layer<double>(layer)), Activation::none);
  CHECK(largest_error(y, wanted, terms) <= 2 * unit<T>() * static_cast<double>(s.inputs + 10));
}

/// The same bound over the sums of an adjoint: R terms in a weight, O in an input; 1 - y^2 adds 3 u, the start 1.
template <class T>
void check_adjoint(Sizes s, Activation activation) {
  Dyadic dyadic(static_cast<std::uint64_t>(s.rows + 310 * s.outputs + 91000 * s.inputs));
  const auto x = dyadic.matrix<T>(s.rows, s.inputs);
  const Layer<T> layer(s.outputs, s.inputs, dyadic, true, 0.125);
  const Matrix<T> y = linear(x, layer, activation);
  Matrix<T> d_y = dyadic.matrix<T>(s.rows, s.outputs), d_x = dyadic.matrix<T>(s.rows, s.inputs);
  Layer<T> d(s.outputs, s.inputs, dyadic);
  Matrix<double> wanted_y(d_y), wanted_x(d_x), terms_y = magnitude(wanted_y), terms_x = magnitude(wanted_x);
  Layer<double> wanted(d), terms = magnitude(wanted);
  linear_adjoint(Matrix<double>(x), Layer<double>(layer), activation, Matrix<double>(y), wanted_y, wanted_x, wanted);
  const Matrix<double> size_y = terms_y;
  linear_adjoint(magnitude(Matrix<double>(x)), magnitude(Layer<double>(layer)), Activation::none, Matrix<double>(y),
                 terms_y, terms_x, terms);
  kernels::linear_adjoint<T>(context, x.view(), layer.view(), activation, y.view(), d_y.view(), d_x.view(),
                             d.gradients());
  const double tolerance = 2 * unit<T>() * static_cast<double>(s.rows + s.outputs + 8);
  CHECK(largest_error(d_y, wanted_y, size_y) <= tolerance);
  CHECK(largest_error(d_x, wanted_x, terms_x) <= tolerance);
  CHECK(largest_error(d.weight, wanted.weight, terms.weight) <= tolerance);
  CHECK(largest_error(d.bias, wanted.bias, terms.bias) <= tolerance);
}

/// Shapes for the GPU: within a tile, at its edge, several tiles, several parts of the rows.
std::vector<Sizes> gpu_sizes() {
  std::vector<Sizes> all;
  for (const Index rows : {0, 1, 31, 33, 257}) {
    for (const auto& [outputs, inputs] :
         {std::pair<Index, Index>{3, 1}, {1, 50}, {8, 3}, {64, 8}, {50, 100}, {100, 64}}) {
      all.push_back({rows, outputs, inputs});
    }
  }
  all.push_back({33, 5, 0});
  return all;
}
template <class T>
alfi::VecView<T> scratch_for(alfi_test::Run<T>& run, const Sizes& s) {
  const Index size = kernels::linear_scratch_size(run.context(), s.rows, s.outputs, s.inputs);
  return run.given(1, size, std::vector<double>(static_cast<std::size_t>(size), NAN)).flat();
}

/// Factors and bias up to 1. A backend's sum of n terms is off by at most n u n, tanh's 4 ulp are 8 u: twice that.
template <class T>
void compare_forward(const Sizes& s, Activation activation, bool with_bias) {
  const double n = static_cast<double>(s.inputs + 1);
  alfi_test::compare_backends<T>(alfi_test::ulps(n * n + 8), [&](alfi_test::Run<T>& run) {
    const auto x = run.input(s.rows, s.inputs, -1, 1), weight = run.input(s.outputs, s.inputs, -1, 1);
    const auto bias = run.input(1, with_bias ? s.outputs : 0, -1, 1);
    const auto y = run.output(s.rows, s.outputs);
    kernels::linear<T>(run.context(), x, {weight, bias.flat()}, activation, y);
  });
}

/// The same for sums of R or O terms and what was there before; d_y (1 - y^2) adds 3 u to each term.
template <class T>
void compare_adjoint(const Sizes& s, Activation activation, bool with_bias, bool with_x) {
  const double n = static_cast<double>(std::max(s.rows, s.outputs) + 1);
  alfi_test::compare_backends<T>(alfi_test::ulps(n * (n + 4)), [&](alfi_test::Run<T>& run) {
    const auto x = run.input(s.rows, s.inputs, -1, 1), weight = run.input(s.outputs, s.inputs, -1, 1);
    const auto bias = run.input(1, with_bias ? s.outputs : 0, -1, 1), y = run.input(s.rows, s.outputs, -1, 1);
    const auto d_y = run.accumulated(s.rows, s.outputs), d_x = run.accumulated(s.rows, with_x ? s.inputs : 0);
    const auto d_weight = run.accumulated(s.outputs, s.inputs), d_bias = run.accumulated(1, bias.cols);
    kernels::linear_adjoint<T>(run.context(), x, {weight, bias.flat()}, activation, y, d_y, d_x,
                               {d_weight, d_bias.flat()}, scratch_for(run, s));
  });
}

/// The largest |y - exact| / sum |terms| of a layer of floats on the GPU.
double product_error(alfi::ProductPrecision products, const Sizes& s) {
  std::mt19937 bits(7);
  std::uniform_real_distribution<float> uniform(-1, 1);
  Matrix<float> x(s.rows, s.inputs), y(s.rows, s.outputs);
  Layer<float> layer;
  layer.weight = Matrix<float>(s.outputs, s.inputs);
  for (float& value : x.data) value = uniform(bits);
  for (float& value : layer.weight.data) value = uniform(bits);
  y.data = alfi_test::results_on<float>(alfi::Context(alfi::Backend::cuda, products), [&](alfi_test::Run<float>& run) {
    const auto given = [&](const Matrix<float>& m) {
      return run.given(m.rows, m.cols, {m.data.begin(), m.data.end()});
    };
    kernels::linear<float>(run.context(), given(x), {given(layer.weight), {}}, Activation::none,
                           run.output(s.rows, s.outputs));
  })[0];
  const Matrix<double> wanted = linear(Matrix<double>(x), Layer<double>(layer), Activation::none);
  return largest_error(y, wanted,
                       linear(magnitude(Matrix<double>(x)), magnitude(Layer<double>(layer)), Activation::none));
}

/// How the factors of a product lie: neighbours in k beside each other in memory, or lines; and whether neighbours are
/// whole fours.
struct Layout {
  bool rows_along, columns_along, in_fours;
};

/// A product with everything that a job can ask for, by one program: two sets of columns, parts, sums of rows.
template <class T, class Program>
std::vector<T> product_by(const Layout& layout) {
  const Index odd = layout.in_fours ? 0 : 1, parts = layout.rows_along ? 1 : 2;
  const Index rows = 132 - odd, depth = 88 - odd, cols = 72 - odd, more = 60 - odd, all = cols + more + 1;
  return alfi_test::results_on<T>(alfi::Context(alfi::Backend::cuda), [&](alfi_test::Run<T>& run) {
    const auto lines = [&](bool along, Index count) -> kernels::Lines<T> {
      const auto factor = along ? run.input(count, depth, -1, 1) : run.input(depth, count, -1, 1);
      return along ? kernels::rows_of<T>(factor.data, depth) : kernels::columns_of<T>(factor.data, count);
    };
    kernels::DenseJob<T> job;
    job.a = lines(layout.rows_along, rows);
    job.row_count = rows;
    job.sum_size = depth;
    job.part_count = parts;
    job.part_depth = (depth + 1) / 2;
    job.out_part = rows * all;
    T* const out = run.output(parts * rows, all).data;
    job.first = {lines(layout.columns_along, cols), cols, out, all};
    job.second = {lines(layout.columns_along, more), more, out + cols, all};
    job.row_sums = out + cols + more;
    job.row_sums_row = all;
    CHECK(job.rows_in_fours(0) == layout.in_fours);
    CHECK(job.columns_in_fours(0) == layout.in_fours);
    kernels::cuda::run_blocks(*run.context().device(), Program{{job}});
  })[0];
}

/// In both tiles to the bit; against multiply-adds: 88 terms of 1 at most, of which a split leaves out 12 u, a rounding
/// 2^-10, and sums in another order 88 u of what they add up.
template <bool kThree, bool kRowsAlong, bool kColumnsAlong>
void check_registers() {
  using Job = kernels::DenseJob<float>;
  for (const bool in_fours : {false, true}) {
    const Layout layout{kRowsAlong, kColumnsAlong, in_fours};
    const auto wanted =
        product_by<float, kernels::Product<float, kernels::FullPrecision<float>, kernels::SmallTile, Job>>(layout);
    using Square = kernels::RegisterProduct<kThree, kernels::SquareTile, kRowsAlong, kColumnsAlong, Job>;
    using Broad = kernels::RegisterProduct<kThree, kernels::BroadTile, kRowsAlong, kColumnsAlong, Job>;
    const auto square = product_by<float, Square>(layout);
    CHECK(product_by<float, Broad>(layout) == square);
    const double each = kThree ? 12 * unit<float>() : std::ldexp(1.001, -10),
                 allowed = 88 * (each + 2 * 88 * unit<float>());
    double worst = 0;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      worst = std::max(worst, std::fabs(static_cast<double>(square[i]) - static_cast<double>(wanted[i])));
    CHECK(worst <= allowed);
    CHECK((kThree || worst > 1e-4));  // or it would not be what it says
  }
}

}  // namespace

TEST_CASE_TEMPLATE("linear: by hand", T, float, double) {
  const T x[2] = {1, 2}, w[6] = {1, 1, -1, -1, 0, 3}, b[3] = {0, 1, -6};
  T y[3];
  const kernels::LinearWeights<T> weights{{w, 3, 2}, {b, 3}};
  kernels::linear<T>(context, {x, 1, 2}, weights, Activation::relu, {y, 1, 3});
  CHECK(y[0] == 3);
  CHECK(y[1] == 0);  // 1 - 3 < 0
  CHECK(y[2] == 0);  // 6 - 6
  T d_y[3] = {2, 5, 7}, d_x[2] = {10, 20}, d_w[6] = {}, d_b[3] = {1, 1, 1};
  kernels::linear_adjoint<T>(context, {x, 1, 2}, weights, Activation::relu, {y, 1, 3}, {d_y, 1, 3}, {d_x, 1, 2},
                             {{d_w, 3, 2}, {d_b, 3}});
  CHECK(d_y[0] == 2);
  CHECK(d_y[1] == 0);
  CHECK(d_y[2] == 0);
  CHECK(d_x[0] == 12);
  CHECK(d_x[1] == 22);
  CHECK(d_w[0] == 2);
  CHECK(d_w[1] == 4);
  CHECK(d_w[2] == 0);
  CHECK(d_b[0] == 3);
  CHECK(d_b[1] == 1);
}

TEST_CASE_TEMPLATE("linear: forward at awkward sizes", T, float, double) {
  for (const Sizes& s : awkward_sizes()) {
    CAPTURE(s.rows);
    CAPTURE(s.outputs);
    CAPTURE(s.inputs);
    for (Activation activation : kActivations) check_forward<T>(s, activation, s.rows % 2 == 0);
  }
}

TEST_CASE_TEMPLATE("linear: adjoint at awkward sizes", T, float, double) {
  for (const Sizes& s : awkward_sizes()) {
    CAPTURE(s.rows);
    CAPTURE(s.outputs);
    CAPTURE(s.inputs);
    for (Activation activation : kActivations) check_adjoint<T>(s, activation);
  }
}

TEST_CASE_TEMPLATE("linear: a row's result does not depend on the other rows", T, float, double) {
  Dyadic dyadic(5);
  const auto x = dyadic.matrix<T>(67, 51, 0.7);  // not dyadic: rounding would show another order of the sum
  const Layer<T> layer(43, 51, dyadic, true, 0.3);
  Matrix<T> together(67, 43), alone(1, 43);
  kernels::linear<T>(context, x.view(), layer.view(), Activation::tanh, together.view());
  for (Index r = 0; r < x.rows; ++r) {
    kernels::linear<T>(context, {x.data.data() + r * 51, 1, 51}, layer.view(), Activation::tanh, alone.view());
    for (Index o = 0; o < 43; ++o) CHECK(alone(0, o) == together(r, o));
  }
}

TEST_CASE("linear: gradients that are not wanted are left out") {
  Dyadic dyadic(6);
  const auto x = dyadic.matrix<double>(5, 4);
  const Layer<double> layer(3, 4, dyadic, false);
  Matrix<double> y(5, 3), d_y = dyadic.matrix<double>(5, 3);
  kernels::linear<double>(context, x.view(), layer.view(), Activation::none, y.view());
  Layer<double> d = layer.like();
  kernels::linear_adjoint<double>(context, x.view(), layer.view(), Activation::none, y.view(), d_y.view(), {},
                                  d.gradients());
  double sum = 0;
  for (Index r = 0; r < 5; ++r) sum += d_y(r, 1) * x(r, 2);
  CHECK(d.weight(1, 2) == sum);  // dyadic: exact
}

TEST_CASE("linear: shapes that disagree are named") {
  Matrix<float> x(2, 3), weight(4, 2), y(2, 4);
  const kernels::LinearWeights<float> weights{weight.view(), {}};
  CHECK_THROWS_WITH_AS(kernels::linear<float>(context, x.view(), weights, Activation::none, y.view()),
                       "linear: weight has shape [4,2], expected [4,3]", alfi::ShapeError);
}

TEST_CASE_TEMPLATE("linear: the GPU's layers are the CPU's", T, float, double) {
  int turn = 0;
  for (const Sizes& s : gpu_sizes()) {
    CAPTURE(s.rows);
    CAPTURE(s.outputs);
    CAPTURE(s.inputs);
    const Activation activation = kActivations[turn % 3];
    compare_forward<T>(s, activation, turn % 2 == 0);
    compare_adjoint<T>(s, activation, turn % 4 < 2, turn % 5 != 0);
    ++turn;
  }
}

TEST_CASE_TEMPLATE("linear: many rows on the GPU, in large tiles", T, float, double) {
  compare_forward<T>({2100, 65, 3}, Activation::relu, true);
  compare_adjoint<T>({4200, 9, 4}, Activation::tanh, true, true);
  compare_forward<T>({12805, 68, 4}, Activation::tanh, true);
}

TEST_CASE("linear: large and small tiles on the GPU give the same to the bit") {
  using kernels::FullPrecision, kernels::Product;
  using Job = kernels::DenseJob<double>;
  const Layout across{false, false, false};
  CHECK(product_by<double, Product<double, FullPrecision<double>, kernels::LargeTile, Job>>(across) ==
        product_by<double, Product<double, FullPrecision<double>, kernels::SmallTile, Job>>(across));
}

TEST_CASE("linear: sums in registers on the GPU, however the factors lie") {
  check_registers<true, true, true>();
  check_registers<true, true, false>();
  check_registers<true, false, false>();
  check_registers<false, true, true>();
  check_registers<false, true, false>();
  check_registers<false, false, false>();
}

TEST_CASE("linear: the GPU's products are as precise as the context asks for") {
  for (const Sizes& s : {Sizes{33, 50, 64}, Sizes{2100, 65, 40}}) {
    // n terms: float sums are off by n u of sum |terms|; factors rounded to 11 bits add 2^-11 each. The split's
    // products lack at most 2^-22 + 2 2^-22 = 12 u each.
    const double n = static_cast<double>(s.inputs), own = n * unit<float>();
    const double full = product_error(alfi::ProductPrecision::full, s);
    const double rounded = product_error(alfi::ProductPrecision::tf32, s);
    const double split = product_error(alfi::ProductPrecision::tf32x3, s);
    CHECK(full <= own);
    CHECK(rounded <= 1.001 * std::ldexp(1.0, -10) + own);
    CHECK(rounded > 4 * own);  // or it would not be what it says
    CHECK(split <= own + 12 * unit<float>());
  }
}

TEST_CASE("linear: the GPU's products with other precision are the same for any lanes") {
  for (const auto products : {alfi::ProductPrecision::tf32, alfi::ProductPrecision::tf32x3}) {
    // Sums of 33 terms up to 1 (forward) or 50: 2^-10 = 2^13 epsilons of each, on top of float's own.
    alfi_test::compare_backends<float>(
        alfi_test::ulps(50 * 8192.0 + 51 * 55),
        [&](alfi_test::Run<float>& run) {
          const auto x = run.input(35, 33, -1, 1), weight = run.input(50, 33, -1, 1), y = run.output(35, 50);
          const auto d_y = run.accumulated(35, 50), d_x = run.accumulated(35, 33);
          const auto d_weight = run.accumulated(50, 33), d_bias = run.accumulated(1, 50);
          kernels::linear<float>(run.context(), x, {weight, {}}, Activation::tanh, y);
          kernels::linear_adjoint<float>(run.context(), x, {weight, {}}, Activation::none, y, d_y, d_x,
                                         {d_weight, d_bias.flat()}, scratch_for(run, {35, 50, 33}));
        },
        products);
  }
}

TEST_CASE("linear: on a GPU the adjoint's scratch must be there") {
  const alfi::Context gpu(alfi::Backend::cuda);
  CHECK(kernels::linear_scratch_size(context, 33, 2, 3) == 0);
  CHECK(kernels::linear_scratch_size(gpu, 128, 2, 3) == 0);  // one part
  CHECK(kernels::linear_scratch_size(gpu, 129, 2, 3) == 2 * 2 * 4);
  alfi_test::Run<float> run(gpu);
  const auto x = run.input(129, 3, -1, 1), weight = run.input(2, 3, -1, 1), y = run.input(129, 2, -1, 1);
  CHECK_THROWS_WITH_AS(kernels::linear_adjoint<float>(gpu, x, {weight, {}}, Activation::none, y, y, {}, {weight, {}}),
                       "linear_adjoint: scratch has shape [0], expected [16]", alfi::ShapeError);
}
