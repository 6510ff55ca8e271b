#include "alfi/kernels/regression_step.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "emulated/gpu.hpp"
#include "support/allocation_counter.hpp"

using namespace alfi;
using Rows = std::vector<std::vector<double>>;

namespace {

std::vector<double> normals(Index count, std::uint64_t seed, double scale = 1) {
  Stream stream(step_key(seed, Purpose::user, 0), {});
  std::vector<double> values;
  for (Index i = 0; i < count; ++i) values.push_back(scale * stream.normal_double());
  return values;
}

/// One problem, with everything the step may be given.
struct Problem {
  Index k, p, s;
  std::vector<double> summary, noise, weights, mean, cholesky, floor, ratio{0.4};
  Problem(Index k_, Index p_, Index s_)
      : k(k_),
        p(p_),
        s(s_),
        summary(normals(k * s, 1)),
        noise(normals(k * p, 2)),
        weights(normals(k, 3, 0.2)),
        mean(normals(p, 4)),
        cholesky(normals(p * (p + 1) / 2, 5, 0.3)),
        floor(normals(s, 6)) {
    for (double& w : weights) w = std::exp(w);
    for (double& f : floor) f = std::exp(f);
  }
  kernels::RegressionInputs<double> inputs() const {
    return {{summary.data(), k, s}, {noise.data(), k, p}, {mean.data(), 1, p}, {cholesky.data(), 1, p * (p + 1) / 2},
            {floor.data(), s},      {weights.data(), k},  {ratio.data(), 1}};
  }
};

struct Answer {
  std::vector<double> delta, factor, offset;
  explicit Answer(const Problem& q) : delta(q.mean.size()), factor(q.cholesky.size()), offset(q.floor.size()) {
    kernels::regression_step<double>(Context(), q.inputs(), {}, {delta.data(), 1, q.p},
                                     {factor.data(), 1, q.p * (q.p + 1) / 2}, {offset.data(), 1, q.s});
  }
};

// Solves m x = y for several y by Gauss and Jordan's elimination with pivots: slow, and nothing shared with the step.
Rows solve(Rows m, Rows y) {
  const std::size_t n = m.size();
  for (std::size_t c = 0; c < n; ++c) {
    std::size_t pivot = c;
    for (std::size_t r = c; r < n; ++r) pivot = std::fabs(m[r][c]) > std::fabs(m[pivot][c]) ? r : pivot;
    std::swap(m[c], m[pivot]);
    std::swap(y[c], y[pivot]);
    for (std::size_t r = 0; r < n; ++r) {
      const double factor = r == c ? 0 : m[r][c] / m[c][c];
      for (std::size_t i = 0; i < n; ++i) m[r][i] -= factor * m[c][i];
      for (std::size_t i = 0; i < y[r].size(); ++i) y[r][i] -= factor * y[c][i];
    }
  }
  for (std::size_t r = 0; r < n; ++r) {
    for (double& value : y[r]) value /= m[r][r];
  }
  return y;
}

struct Size {
  Index p, s, k, problems;
};

// Every sum on the GPU has the CPU's order, but d_floor's over n problems: n roundings of partial sums, none beyond n
// terms of the order of 1. A few units more for the roundings to T. A real GPU also fuses multiply and add: in double
// this is seen through the condition numbers of the two matrices. With |noise|, |summary| < 1, weights below 1.5 and
// ridge = 1, the normal matrix has a trace below 1.5 K (P + 1) + P + 1 < 900 and eigenvalues of at least 1; the squares
// of a summary's coefficients sum to at most 1.5 K / 4 < 13, so that the precision's trace (floor > 1, jitter = 1) is
// below 64 13 + 16 + 29 < 900. (K + P + 1) 900 units in the coefficients, 900 times more after the precision: below
// 1e8.
template <class T>
alfi_test::Tolerance tolerance(const Size& size) {
#if defined(ALFI_TEST_DEVICE)
  if (sizeof(T) == sizeof(double)) return alfi_test::ulps(1e8);
#endif
  return alfi_test::ulps(8 + static_cast<double>(size.problems * size.problems));
}

/// Which gradients come in and are wanted, by bits: delta, factor, offset; summary, mean, cholesky, floor.
template <class T>
void check_backends(const Size& size, bool weighted, unsigned in_bits = 7, unsigned out_bits = 15) {
  const Index n = size.problems, rows = n * size.k, v = size.p * (size.p + 1) / 2;
  alfi_test::compare_backends<T>(tolerance<T>(size), [&](alfi_test::Run<T>& run) {
    const kernels::RegressionOptions options{1, 1};
    kernels::RegressionInputs<T> in{run.input(rows, size.s, -1, 1),
                                    run.input(rows, size.p, -1, 1),
                                    run.input(n, size.p, -1, 1),
                                    run.input(n, v, -0.2, 0.2),
                                    run.input(1, size.s, 1, 2).flat(),
                                    {},
                                    {}};
    if (weighted) {
      in.weights = run.input(1, rows, 0.5, 1.5).flat();
      in.ratio = run.input(1, n, 0.2, 0.6).flat();
    }
    kernels::regression_step<T>(run.context(), in, options, run.output(n, size.p), run.output(n, v),
                                run.output(n, size.s));
    const auto incoming = [&](unsigned bit, Index cols) {
      return in_bits & bit ? run.input(n, cols, -1, 1) : MatView<T>{};
    };
    const auto wanted = [&](unsigned bit, Index r, Index cols) {
      return out_bits & bit ? run.accumulated(r, cols) : MatView<T>{};
    };
    const kernels::RegressionGradients<T> d{wanted(1, rows, size.s), wanted(2, n, size.p), wanted(4, n, v),
                                            wanted(8, 1, size.s).flat()};
    const Buffer<double> scratch(run.context(), kernels::regression_step_scratch_size(run.context(), n, size.s));
    kernels::regression_step_adjoint<T>(run.context(), in, options, incoming(1, size.p), incoming(2, v),
                                        incoming(4, size.s), d, scratch.view());
  });
}

Rows zeros(Index rows, Index cols) {
  return Rows(static_cast<std::size_t>(rows), std::vector<double>(static_cast<std::size_t>(cols)));
}

}  // namespace

TEST_CASE("regression step by hand: one parameter, one summary, no noise in it") {
  // summary = 2 + 3 eps over eps = -1, 0, 1 without ridge: a0 = 2, J = 3, no residual, variance = floor = 0.5.
  // C = 2, mean = 1: precision = 9 / 0.5 + 4 = 22, pull = -3 * 2 / 0.5 - 2 = -14.
  const double summary[] = {-1, 2, 5}, noise[] = {-1, 0, 1}, mean[] = {1}, cholesky[] = {std::log(2.0)},
               floor[] = {0.5};
  double delta = 0, factor = 0, offset = 0;
  const kernels::RegressionInputs<double> in{
      {summary, 3, 1}, {noise, 3, 1}, {mean, 1, 1}, {cholesky, 1, 1}, {floor, 1}, {}, {}};
  kernels::regression_step<double>(Context(), in, {0, 0}, {&delta, 1, 1}, {&factor, 1, 1}, {&offset, 1, 1});
  CHECK(delta == doctest::Approx(-14.0 / 22).epsilon(1e-13));
  CHECK(factor == doctest::Approx(-0.5 * std::log(22.0)).epsilon(1e-13));
  CHECK(offset == doctest::Approx(2 / std::sqrt(0.5)).epsilon(1e-13));
}

TEST_CASE("regression step agrees with dense elimination, weights and ratio included") {
  for (const Problem& q : {Problem(5, 1, 1), Problem(9, 3, 4), Problem(3, 4, 2), Problem(40, 16, 64)}) {
    CAPTURE(q.k);
    const auto noise = [&](Index k, Index i) {
      return i == 0 ? 1.0 : q.noise[static_cast<std::size_t>(k * q.p + i - 1)];
    };
    const auto at = [](Index i) { return static_cast<std::size_t>(i); };
    Rows normal = zeros(q.p + 1, q.p + 1), right = zeros(q.p + 1, q.s);
    for (Index i = 0; i <= q.p; ++i) {
      for (Index k = 0; k < q.k; ++k) {
        for (Index j = 0; j <= q.p; ++j) normal[at(i)][at(j)] += q.weights[at(k)] * noise(k, i) * noise(k, j);
        for (Index s = 0; s < q.s; ++s)
          right[at(i)][at(s)] += q.weights[at(k)] * noise(k, i) * q.summary[at(k * q.s + s)];
      }
      normal[at(i)][at(i)] += 0.1;
    }
    const Rows a = solve(normal, right);
    const Answer answer(q);
    Rows c = zeros(q.p, q.p), f = zeros(q.p, q.p), precision = zeros(q.p, q.p), pull = zeros(q.p, 1);
    for (Index r = 0, i = 0; r < q.p; ++r) {
      for (Index k = 0; k <= r; ++k, ++i) {
        c[at(r)][at(k)] = r == k ? std::exp(q.cholesky[at(i)]) : q.cholesky[at(i)];
        f[at(r)][at(k)] = r == k ? std::exp(answer.factor[at(i)]) : answer.factor[at(i)];
      }
    }
    for (Index s = 0; s < q.s; ++s) {
      double squares = 0;
      for (Index k = 0; k < q.k; ++k) {
        double residual = q.summary[at(k * q.s + s)];
        for (Index i = 0; i <= q.p; ++i) residual -= noise(k, i) * a[at(i)][at(s)];
        squares += q.weights[at(k)] * residual * residual;
      }
      const double variance =
          q.ratio[0] * squares / static_cast<double>(std::max<Index>(q.k - q.p - 1, 2)) + q.floor[at(s)];
      CHECK(answer.offset[at(s)] == doctest::Approx(a[0][at(s)] / std::sqrt(variance)).epsilon(1e-10));
      for (Index i = 0; i < q.p; ++i) {
        pull[at(i)][0] -= a[at(i + 1)][at(s)] * a[0][at(s)] / variance;
        for (Index j = 0; j < q.p; ++j) precision[at(i)][at(j)] += a[at(i + 1)][at(s)] * a[at(j + 1)][at(s)] / variance;
      }
    }
    for (Index i = 0; i < q.p; ++i) {
      precision[at(i)][at(i)] += 1e-4;
      for (Index k = 0; k < q.p; ++k) {
        pull[at(i)][0] -= c[at(k)][at(i)] * q.mean[at(k)];
        for (Index j = 0; j < q.p; ++j) precision[at(i)][at(j)] += c[at(k)][at(i)] * c[at(k)][at(j)];
      }
    }
    const Rows delta = solve(precision, pull);
    for (Index i = 0; i < q.p; ++i) {
      CHECK(answer.delta[at(i)] == doctest::Approx(delta[at(i)][0]).epsilon(1e-8));
      for (Index j = 0; j < q.p; ++j) {  // precision F F' = I
        double sum = 0;
        for (Index k = 0; k < q.p; ++k) {
          for (Index l = 0; l < q.p; ++l) sum += precision[at(i)][at(k)] * f[at(k)][at(l)] * f[at(j)][at(l)];
        }
        CHECK(std::fabs(sum - (i == j ? 1 : 0)) < 1e-9);  // condition numbers here are below 1e5
      }
    }
  }
}

TEST_CASE("regression step allocates nothing and refuses what does not fit") {
  const Problem q(9, 3, 4);
  Answer answer(q);
  std::vector<double> d_summary(q.summary.size());
  const alfi_test::AllocationCounter counter;
  kernels::regression_step<double>(Context(), q.inputs(), {}, {answer.delta.data(), 1, 3}, {answer.factor.data(), 1, 6},
                                   {answer.offset.data(), 1, 4});
  kernels::regression_step_adjoint<double>(Context(), q.inputs(), {}, {answer.delta.data(), 1, 3}, {}, {},
                                           {{d_summary.data(), 9, 4}, {}, {}, {}}, {});
  CHECK(counter.count() == 0);
  CHECK_THROWS_AS(Answer(Problem(5, 17, 2)), ShapeError);
  CHECK_THROWS_AS(Answer(Problem(5, 2, 65)), ShapeError);
  Problem wrong(9, 3, 4);
  wrong.weights.pop_back();
  kernels::RegressionInputs<double> in = wrong.inputs();
  in.weights.size = 8;
  CHECK_THROWS_WITH_AS(kernels::regression_step<double>(Context(), in, {}, {answer.delta.data(), 1, 3},
                                                        {answer.factor.data(), 1, 6}, {answer.offset.data(), 1, 4}),
                       "regression_step: weights has shape [8], expected [9]", ShapeError);
}

TEST_CASE_TEMPLATE("regression step: on the GPU it is the CPU's, forward and adjoint", T, float, double) {
  for (const Index p : {1, 2, 3, 8, 16}) {
    for (const Index s : {1, 16, 64}) {
      for (const Index k : {p + 3, Index{12}, Index{33}}) {
        CAPTURE(p);
        CAPTURE(s);
        CAPTURE(k);
        check_backends<T>({p, s, k, 1}, false);
        check_backends<T>({p, s, k, 5}, true);
      }
    }
    check_backends<T>({p, 16, 12, 33}, true);
  }
  check_backends<T>({3, 4, 7, 0}, true);  // nothing to do, whatever is empty
  check_backends<T>({2, 0, 5, 3}, true);
  check_backends<T>({0, 3, 5, 3}, false);
}

TEST_CASE("regression step: on the GPU gradients may be missing") {
  for (const unsigned bit : {1u, 2u, 4u}) check_backends<double>({3, 5, 9, 4}, true, bit, 15);
  for (const unsigned bit : {0u, 1u, 2u, 4u, 8u}) check_backends<double>({3, 5, 9, 4}, true, 7, bit);
}

TEST_CASE("regression step: the adjoint's scratch is checked") {
  const Context gpu(Backend::cuda);
  CHECK(kernels::regression_step_scratch_size(Context(), 5, 3) == 0);
  CHECK(kernels::regression_step_scratch_size(gpu, 5, 3) == 15);
  const kernels::RegressionInputs<double> in{
      {nullptr, 20, 3}, {nullptr, 20, 1}, {nullptr, 5, 1}, {nullptr, 5, 1}, {nullptr, 3}, {}, {}};
  CHECK_THROWS_WITH_AS(kernels::regression_step_adjoint<double>(gpu, in, {}, {}, {}, {}, {}, {}),
                       "regression_step_adjoint: scratch has shape [0], expected [15]", ShapeError);
}
