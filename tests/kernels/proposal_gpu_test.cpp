#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "alfi/kernels/proposal.hpp"
#include "emulated/gpu.hpp"

/// The GPU's proposals against the CPU's. All is computed in double from entries of size 3, of a triangle with entries
/// below 0.2 and a diagonal of 0.8 to 1.3: its condition number is below 100 for 16 rows. A sum of P products, and a
/// solve, are then wrong by at most 100 P units of the result's size, and a gradient, the product of two such, by 400 P
/// with what the two sides add up. Then each store, or sum into a gradient, of T rounds by half of its unit on each
/// side.

using alfi::Index;
using alfi::MatView;
using alfi_test::compare_backends;
using alfi_test::Run;
namespace kernels = alfi::kernels;

namespace {

template <class T>
alfi_test::Tolerance in_double(double units, double stores) {
  return alfi_test::ulps(stores + units * 2.3e-16 / static_cast<double>(std::numeric_limits<T>::epsilon()));
}

struct Size {
  Index problems, parameters;
};
const std::vector<Size> kSizes{{0, 2}, {1, 1}, {2, 16}, {31, 2}, {32, 3}, {33, 5}, {257, 2}};

double units(const Size& s) { return 400 * static_cast<double>(s.parameters); }

/// Vectors of a Gaussian's triangles.
template <class T>
MatView<T> triangles(Run<T>& run, Index rows, Index parameters) {
  return run.input(rows, parameters * (parameters + 1) / 2, -0.2, 0.2);
}

}  // namespace

TEST_CASE_TEMPLATE("full Gaussian densities on the GPU are the CPU's", T, float, double) {
  for (const Size& s : kSizes) {
    compare_backends<T>(in_double<T>(units(s), 4), [&](Run<T>& run) {
      const Index b = s.problems, p = s.parameters;
      const auto mean = run.input(b, p, -3, 3), theta = run.input(b, p, -3, 3), cholesky = triangles(run, b, p);
      const auto y = run.output(b, 1), g = run.input(b, 1, -1, 1);
      const auto d_mean = run.accumulated(b, p), d_theta = run.accumulated(b, p);
      const auto d_cholesky = run.accumulated(b, cholesky.cols);
      kernels::gaussian_full_log_density<T>(run.context(), mean, cholesky, theta, y.flat());
      const auto adjoint = [&](MatView<T> m, MatView<T> c, MatView<T> t) {
        kernels::gaussian_full_log_density_adjoint<T>(run.context(), mean, cholesky, theta, g.flat(), m, c, t);
      };
      adjoint(d_mean, d_cholesky, d_theta);
      adjoint({}, d_cholesky, {});
      adjoint(d_mean, {}, {});
    });
  }
}

TEST_CASE_TEMPLATE("diagonal Gaussian densities on the GPU are the CPU's", T, float, double) {
  for (const Size& s : kSizes) {
    compare_backends<T>(in_double<T>(units(s), 4), [&](Run<T>& run) {
      const Index b = s.problems, p = s.parameters;
      const auto mean = run.input(b, p, -3, 3), theta = run.input(b, p, -3, 3), log_sd = run.input(b, p, -0.2, 0.2);
      const auto y = run.output(b, 1), g = run.input(b, 1, -1, 1);
      const auto d_mean = run.accumulated(b, p), d_theta = run.accumulated(b, p), d_log_sd = run.accumulated(b, p);
      kernels::gaussian_diagonal_log_density<T>(run.context(), mean, log_sd, theta, y.flat());
      const auto adjoint = [&](MatView<T> m, MatView<T> c, MatView<T> t) {
        kernels::gaussian_diagonal_log_density_adjoint<T>(run.context(), mean, log_sd, theta, g.flat(), m, c, t);
      };
      adjoint(d_mean, d_log_sd, d_theta);
      adjoint({}, d_log_sd, {});
    });
  }
}

TEST_CASE_TEMPLATE("Gaussian mixtures on the GPU are the CPU's", T, float, double) {
  for (const Size& s : kSizes) {
    for (const Index j : {1, 3}) {
      compare_backends<T>(in_double<T>(8 * units(s), 8), [&](Run<T>& run) {  // a share: exp of a log density
        const Index b = s.problems, p = s.parameters;
        const auto logits = run.input(b, j, -1, 1), theta = run.input(b, p, -1, 1);
        const auto mean = run.input(b * j, p, -1, 1), cholesky = triangles(run, b * j, p);
        const auto y = run.output(b, 1), g = run.input(b, 1, -1, 1);
        const auto d_logits = run.accumulated(b, j), d_mean = run.accumulated(b * j, p);
        const auto d_cholesky = run.accumulated(b * j, cholesky.cols), d_theta = run.accumulated(b, p);
        kernels::gaussian_mixture_log_density<T>(run.context(), logits, mean, cholesky, theta, y.flat());
        const auto adjoint = [&](MatView<T> l, MatView<T> m, MatView<T> c, MatView<T> t) {
          kernels::gaussian_mixture_log_density_adjoint<T>(run.context(), logits, mean, cholesky, theta, g.flat(), l, m,
                                                           c, t);
        };
        adjoint(d_logits, d_mean, d_cholesky, d_theta);
        adjoint({}, d_mean, {}, d_theta);
      });
    }
  }
}

TEST_CASE_TEMPLATE("Gaussian samples on the GPU are the CPU's", T, float, double) {
  for (const Size& s : kSizes) {
    for (const Index k : {0, 1, 7}) {
      compare_backends<T>(in_double<T>(units(s), 4), [&](Run<T>& run) {
        const Index b = s.problems, p = s.parameters;
        const auto mean = run.input(b, p, -3, 3), cholesky = triangles(run, b, p), log_sd = run.input(b, p, -0.2, 0.2);
        const auto noise = run.input(b * k, p, -3, 3), g = run.input(b * k, p, -1, 1);
        const auto full = run.output(b * k, p), diagonal = run.output(b * k, p);
        const auto d_mean = run.accumulated(b, p), d_cholesky = run.accumulated(b, cholesky.cols);
        const auto d_log_sd = run.accumulated(b, p);
        kernels::gaussian_full_sample<T>(run.context(), mean, cholesky, noise, full);
        kernels::gaussian_diagonal_sample<T>(run.context(), mean, log_sd, noise, diagonal);
        kernels::gaussian_full_sample_adjoint<T>(run.context(), mean, cholesky, noise, g, d_mean, d_cholesky);
        kernels::gaussian_full_sample_adjoint<T>(run.context(), mean, cholesky, noise, g, d_mean, {});
        kernels::gaussian_diagonal_sample_adjoint<T>(run.context(), mean, log_sd, noise, g, d_mean, d_log_sd);
        kernels::gaussian_diagonal_sample_adjoint<T>(run.context(), mean, log_sd, noise, g, {}, d_log_sd);
      });
    }
  }
}

TEST_CASE_TEMPLATE("normalized scores on the GPU are the CPU's", T, float, double) {
  std::vector<Size> sizes = kSizes;
  sizes.push_back({2051, 3});  // of so many problems a block takes eight
  for (const Size& s : sizes) {
    for (const Index k : {0, 1, 2, 5}) {
      const Index b = s.problems, p = s.parameters;
      // Proposals at least 0.4 apart, all on one side of the mean: scores below 10 (squares: 100) with a spread of at
      // least 0.2 (4): differences of them, over the spread, are wrong by 50 units for each of up to 10 roundings, a
      // gradient by twice that, of its own size.
      std::vector<double> at;
      for (Index i = 0; i < b * k * p; ++i) {
        at.push_back(static_cast<double>((i / p) % k) + 0.3 * std::sin(static_cast<double>(i)));
      }
      compare_backends<T>(in_double<T>(1000, 4), [&](Run<T>& run) {
        const auto mean = run.input(b, p, -3, -2), log_sd = run.input(b, p, -0.2, 0.2), theta = run.given(b * k, p, at);
        const auto score = run.output(b * k, 2 * p), g = run.input(b * k, 2 * p, -1, 1);
        const auto d_mean = run.accumulated(b, p), d_log_sd = run.accumulated(b, p),
                   d_theta = run.accumulated(b * k, p);
        kernels::normalized_score<T>(run.context(), mean, log_sd, theta, score);
        kernels::normalized_score_adjoint<T>(run.context(), mean, log_sd, theta, g, d_mean, d_log_sd, d_theta);
        kernels::normalized_score_adjoint<T>(run.context(), mean, log_sd, theta, g, {}, {}, d_theta);
      });
    }
  }
}

TEST_CASE_TEMPLATE("relative updates on the GPU are the CPU's", T, float, double) {
  for (const Size& s : kSizes) {
    compare_backends<T>(in_double<T>(units(s), 6), [&](Run<T>& run) {
      const Index b = s.problems, p = s.parameters, v = p * (p + 1) / 2;
      const auto mean = run.input(b, p, -3, 3), cholesky = triangles(run, b, p);
      const auto move = run.input(b, p, -3, 3), turn = triangles(run, b, p);
      const auto mean_next = run.output(b, p), cholesky_next = run.output(b, v);
      const auto g_mean = run.input(b, p, -1, 1), g_cholesky = run.input(b, v, -1, 1);
      const auto d_mean = run.accumulated(b, p), d_cholesky = run.accumulated(b, v);
      const auto d_move = run.accumulated(b, p), d_turn = run.accumulated(b, v);
      kernels::relative_update<T>(run.context(), mean, cholesky, move, turn, mean_next, cholesky_next);
      const auto adjoint = [&](MatView<T> m, MatView<T> c, MatView<T> d, MatView<T> t) {
        kernels::relative_update_adjoint<T>(run.context(), mean, cholesky, move, turn, g_mean, g_cholesky, m, c, d, t);
      };
      adjoint(d_mean, d_cholesky, d_move, d_turn);
      adjoint({}, {}, d_move, d_turn);
      adjoint(d_mean, d_cholesky, {}, {});
    });
  }
}

TEST_CASE_TEMPLATE("proposal: equal proposals score exactly 0, on the GPU too, and pass no gradient on", T, float,
                   double) {
  for (const Index count : {12, 20, 3000}) {  // the last does not fit a block
    compare_backends<T>(alfi_test::ulps(0), [&](Run<T>& run) {
      const auto mean = run.given(1, 1, {0.3}), log_sd = run.given(1, 1, {-1.7});
      const auto theta = run.given(count, 1, std::vector<double>(static_cast<std::size_t>(count), 1.37));
      const auto normalized = run.output(count, 2), d = run.input(count, 2, -1, 1);
      const auto d_mean = run.accumulated(1, 1), d_theta = run.accumulated(count, 1);
      kernels::normalized_score<T>(run.context(), mean, log_sd, theta, normalized);
      kernels::normalized_score_adjoint<T>(run.context(), mean, log_sd, theta, d, d_mean, {}, d_theta);
    });
  }
}
