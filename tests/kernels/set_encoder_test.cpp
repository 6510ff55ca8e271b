#include "alfi/kernels/set_encoder.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <thread>

#include "alfi/core/error.hpp"
#include "reference/encoder_problem.hpp"
#include "support/allocation_counter.hpp"

using namespace reference;  // NOLINT: matrices and oracles of the tests
namespace kernels = alfi::kernels;

namespace {

const alfi::Context context;

const EncoderCase kCases[] = {
    {1, 1, 1, 1, 1, 1, false, false},     {2, 3, 1, 2, 3, 7, false, false},     {0, 5, 2, 3, 4, 5, false, false},
    {3, 0, 2, 3, 4, 5, false, false},     {5, 20, 1, 50, 50, 20, true, true},   {1, 257, 2, 50, 50, 20, false, true},
    {3, 255, 7, 9, 17, 8, true, true},    {2, 300, 8, 17, 9, 3, false, true},   {7, 64, 9, 65, 63, 2, true, false},
    {260, 1, 3, 8, 8, 8, false, true},    {300, 2, 1, 7, 5, 4, true, true},     {2, 256, 17, 3, 65, 1, false, false},
    {4, 129, 20, 16, 16, 16, true, true}, {1, 20, 1, 50, 50, 20, false, false}, {3, 40, 2, 64, 32, 5, true, true}};

template <class T>
Matrix<T> saved_of(const EncoderProblem<T>& problem) {
  return Matrix<T>(1, kernels::set_encoder_saved_size(context, problem.pool.view(), problem.encoder.view()));
}

/// The first two layers are exact (dyadic). A sum of n terms is off by n u sum |terms|: H terms of the last layer, the
/// rows of the mean, tanh's 4 ulp and a few roundings; in double the reference is off as much. Through 1 - y^2 the
/// error of y, at most (H + 10) u times the largest sum, enters a gradient twice over.
template <class T>
double unit_count(const EncoderCase& c, double largest_sum) {
  const double terms = static_cast<double>(c.hidden1 + c.hidden2 + c.outputs + c.sets * c.n_max + 16);
  return std::numeric_limits<T>::epsilon() * (terms + 2 * static_cast<double>(c.hidden2 + 10) * largest_sum);
}

template <class T>
void check_case(const EncoderCase& c, Activation last) {
  const EncoderProblem<T> problem(c, last);
  Matrix<T> saved = saved_of(problem), encoding(c.sets, c.outputs, T(77));
  kernels::set_encoder<T>(context, problem.x.view(), problem.pool.view(), problem.encoder.view(), saved.vector(),
                          encoding.view());
  const Matrix<double> x(problem.x), d_encoding(problem.d_encoding);
  const Encoder<double> exact(problem.encoder), bound = bound_weights(problem.encoder);
  const Matrix<double> sums = set_encoder(magnitude(x), problem.pool, bound);
  CHECK(largest_error(encoding, set_encoder(x, problem.pool, exact), sums) <= unit_count<T>(c, 0));

  Dyadic dyadic(9);
  Matrix<T> d_x = dyadic.matrix<T>(x.rows, x.cols);
  Encoder<T> d;
  for (int l = 0; l < 3; ++l) d.layer[l] = Layer<T>(exact.layer[l].weight.rows, exact.layer[l].weight.cols, dyadic);
  Matrix<double> wanted_x(d_x), terms_x = magnitude(wanted_x);
  Encoder<double> wanted(d), terms = bound_weights(d);
  set_encoder_adjoint(x, problem.pool, exact, d_encoding, wanted_x, wanted);
  set_encoder_adjoint(magnitude(x), problem.pool, bound, magnitude(d_encoding), terms_x, terms, true);
  kernels::set_encoder_adjoint<T>(context, problem.x.view(), problem.pool.view(), problem.encoder.view(),
                                  saved.vector(), problem.d_encoding.view(), d_x.view(), d.gradients());
  double largest = 0;
  for (const double sum : sums.data) largest = std::max(largest, sum * static_cast<double>(c.n_max));
  const double tolerance = unit_count<T>(c, last == Activation::tanh ? largest : 0);
  CHECK(largest_error(d_x, wanted_x, terms_x) <= tolerance);
  for (int l = 0; l < 3; ++l) {
    CHECK(largest_error(d.layer[l].weight, wanted.layer[l].weight, terms.layer[l].weight) <= tolerance);
    CHECK(largest_error(d.layer[l].bias, wanted.layer[l].bias, terms.layer[l].bias) <= tolerance);
  }
}

}  // namespace

TEST_CASE_TEMPLATE("set_encoder: by hand", T, float, double) {
  // One feature; layers relu(x), relu(2 h - 1), 3 h + 1. Rows 1, 2 and -5: 3 1 + 1, 3 3 + 1, 3 0 + 1; mean 5.
  const T one = 1, two = 2, minus = -1, three = 3, x[4] = {1, 2, 99, -5};
  const std::uint8_t status[4] = {0, 0, 1, 0};
  kernels::SetPool pool;
  pool.sets = 1;
  pool.n_max = 4;
  pool.status = {status, 4};
  kernels::EncoderWeights<T> weights;
  weights.last = Activation::none;
  weights.layer[0] = {{&one, 1, 1}, {}};
  weights.layer[1] = {{&two, 1, 1}, {&minus, 1}};
  weights.layer[2] = {{&three, 1, 1}, {&one, 1}};
  std::vector<T> saved(static_cast<std::size_t>(kernels::set_encoder_saved_size(context, pool, weights)));
  const alfi::VecView<T> kept{saved.data(), static_cast<Index>(saved.size())};
  T encoding = 0;
  kernels::set_encoder<T>(context, {x, 4, 1}, pool, weights, kept, {&encoding, 1, 1});
  CHECK(encoding == T(5));
  // d = 6: each valid row gets 2, times 3 = 6 at the second layer, open for the rows 1 and 2 only.
  const T d_encoding = 6;
  T d_x[4] = {}, d_w[3] = {}, d_b[2] = {};
  kernels::EncoderGradients<T> d;
  d.layer[0] = {{&d_w[0], 1, 1}, {}};
  d.layer[1] = {{&d_w[1], 1, 1}, {&d_b[0], 1}};
  d.layer[2] = {{&d_w[2], 1, 1}, {&d_b[1], 1}};
  kernels::set_encoder_adjoint<T>(context, {x, 4, 1}, pool, weights, kept, {&d_encoding, 1, 1}, {d_x, 4, 1}, d);
  CHECK(d_b[1] == T(6));
  CHECK(std::abs(d_w[2] - T(8)) <= 4 * std::numeric_limits<T>::epsilon() * 8);  // 2 (1 + 3), through the mean 4/3
  CHECK(d_b[0] == T(12));
  CHECK(d_w[1] == T(18));  // 6 (1 + 2)
  CHECK(d_w[0] == T(36));  // 12 (1 + 2)
  CHECK(d_x[0] == T(12));
  CHECK(d_x[1] == T(12));
  CHECK(d_x[2] == T(0));
  CHECK(d_x[3] == T(0));
}

TEST_CASE_TEMPLATE("set_encoder: awkward sizes, masks and counts, garbage in rows that do not count", T, float,
                   double) {
  for (const EncoderCase& c : kCases) {
    for (Activation last : {Activation::tanh, Activation::none}) {
      CAPTURE(c.sets);
      CAPTURE(c.n_max);
      CAPTURE(c.inputs);
      CAPTURE(static_cast<int>(last));
      check_case<T>(c, last);
    }
  }
}

TEST_CASE("set_encoder: the reference's adjoint is the derivative of its forward") {
  EncoderProblem<double> problem({3, 5, 2, 4, 3, 2, true, true}, Activation::tanh);
  for (double& value : problem.x.data) value = std::isnan(value) ? 0 : value + 0.01;  // away from the ReLU's corners
  Matrix<double> d_x(problem.x.rows, problem.x.cols);
  Encoder<double> d = problem.encoder.like();
  set_encoder_adjoint(problem.x, problem.pool, problem.encoder, problem.d_encoding, d_x, d);
  const auto loss = [&] {
    const Matrix<double> encoding = set_encoder(problem.x, problem.pool, problem.encoder);
    double sum = 0;
    for (std::size_t i = 0; i < encoding.data.size(); ++i) sum += encoding.data[i] * problem.d_encoding.data[i];
    return sum;
  };
  const double step = 1e-6;
  const auto check = [&](std::vector<double>& values, const std::vector<double>& gradient) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double before = values[i];
      values[i] = before + step;
      const double above = loss();
      values[i] = before - step;
      const double below = loss();
      values[i] = before;
      // Rounding 1e-15 / step = 1e-9; the third derivative times step^2 is far below.
      CHECK(std::abs((above - below) / (2 * step) - gradient[i]) <= 1e-8);
    }
  };
  check(problem.x.data, d_x.data);
  for (int l = 0; l < 3; ++l) {
    check(problem.encoder.layer[l].weight.data, d.layer[l].weight.data);
    check(problem.encoder.layer[l].bias.data, d.layer[l].bias.data);
  }
}

TEST_CASE_TEMPLATE("set_encoder: a set's encoding does not depend on the other sets", T, float, double) {
  for (Activation last : {Activation::tanh, Activation::none}) {
    EncoderProblem<T> problem({37, 23, 3, 50, 50, 20, true, false}, last, 4);
    for (Layer<T>& layer : problem.encoder.layer) {
      for (T& w : layer.weight.data) w *= T(0.3);  // no longer dyadic: another order of a sum would show
    }
    Matrix<T> saved = saved_of(problem), together(37, 20);
    kernels::set_encoder<T>(context, problem.x.view(), problem.pool.view(), problem.encoder.view(), saved.vector(),
                            together.view());
    Pool alone;
    alone.sets = 1;
    for (Index g = 0; g < 37; ++g) {
      alone.n_max = problem.pool.counts[static_cast<std::size_t>(g)];
      Matrix<T> encoding(1, 20);
      kernels::set_encoder<T>(
          context, {problem.x.data.data() + g * 23 * 3, alone.n_max, 3}, alone.view(), problem.encoder.view(),
          {saved.data.data(), kernels::set_encoder_saved_size(context, alone.view(), problem.encoder.view())},
          encoding.view());
      for (Index e = 0; e < 20; ++e) CHECK(encoding(0, e) == together(g, e));
    }
  }
}

TEST_CASE("set_encoder: several threads at once give the same bits, and the second call allocates nothing") {
  const EncoderProblem<float> problem({40, 20, 1, 50, 50, 20, true, true}, Activation::tanh);
  struct Result {
    Matrix<float> encoding;
    Encoder<float> d;
    std::int64_t allocated = -1;
  };
  const auto run = [&](Result& result) {
    result.encoding = Matrix<float>(40, 20);
    Matrix<float> saved = saved_of(problem);
    for (int repeat = 0; repeat < 2; ++repeat) {
      result.d = problem.encoder.like();
      const alfi_test::AllocationCounter counter;
      kernels::set_encoder<float>(context, problem.x.view(), problem.pool.view(), problem.encoder.view(),
                                  saved.vector(), result.encoding.view());
      kernels::set_encoder_adjoint<float>(context, problem.x.view(), problem.pool.view(), problem.encoder.view(),
                                          saved.vector(), problem.d_encoding.view(), {}, result.d.gradients());
      result.allocated = counter.count();
    }
  };
  Result alone, results[3];
  run(alone);
  CHECK(alone.allocated == 0);
  std::vector<std::thread> threads;
  for (Result& result : results) threads.emplace_back([&run, &result] { run(result); });
  for (std::thread& thread : threads) thread.join();
  for (const Result& result : results) {
    CHECK(result.encoding.data == alone.encoding.data);
    for (int l = 0; l < 3; ++l) CHECK(result.d.layer[l].weight.data == alone.d.layer[l].weight.data);
  }
}

TEST_CASE("set_encoder: wrong counts and shapes are named") {
  EncoderProblem<float> problem({2, 3, 1, 2, 2, 2, true, false}, Activation::tanh);
  Matrix<float> saved = saved_of(problem), encoding(2, 2);
  problem.pool.counts[1] = 4;
  CHECK_THROWS_WITH_AS(kernels::set_encoder<float>(context, problem.x.view(), problem.pool.view(),
                                                   problem.encoder.view(), saved.vector(), encoding.view()),
                       "set_encoder: counts[1] is 4, expected 0 to 3", alfi::ShapeError);
  problem.pool.counts[1] = 2;
  encoding = Matrix<float>(2, 3);
  CHECK_THROWS_WITH_AS(kernels::set_encoder<float>(context, problem.x.view(), problem.pool.view(),
                                                   problem.encoder.view(), saved.vector(), encoding.view()),
                       "set_encoder: encoding has shape [2,3], expected [2,2]", alfi::ShapeError);
}
