#include "alfi/inference/c2st.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/core/special.hpp"

using namespace alfi;

namespace {

/// Rows of d standard normals, the first shifted.
std::vector<double> normals(Index rows, Index d, double shift, std::uint64_t seed) {
  std::vector<double> x;
  for (Index i = 0; i < rows; ++i) {
    Stream random(step_key(seed, Purpose::user, 77), {0, 0, 0, static_cast<std::uint32_t>(i)});
    for (Index j = 0; j < d; ++j) x.push_back(random.normal_double() + (j == 0 ? shift : 0));
  }
  return x;
}

}  // namespace

TEST_CASE("c2st: of shifted normals it is what the best classifier reaches, of one law a half") {
  const Index rows = 2000, d = 2;
  const std::vector<double> a = normals(rows, d, 0, 1);
  const MatView<const double> reference{a.data(), rows, d};
  for (const double shift : {0.0, 1.0, 3.0}) {
    const std::vector<double> b = normals(rows, d, shift, 2);
    const double found = c2st(reference, {b.data(), rows, d}), best = normal_cdf(shift / 2);
    // 4000 judged: a standard error of 0.008 at most, and a little that the network does not learn or learns too much.
    CHECK(found > best - 0.04);
    CHECK(found < best + 0.03);
    ThreadPool pool(3);
    C2stOptions options;
    options.pool = &pool;
    if (shift == 1.0) CHECK(c2st(reference, {b.data(), rows, d}, options) == found);
  }
}

TEST_CASE("c2st: a scale apart, and a shape that no line divides") {
  const Index rows = 2000;
  std::vector<double> narrow = normals(rows, 1, 0, 1), wide = normals(rows, 1, 0, 2);
  for (double& x : wide) x *= 3;
  // Sds 1 and 3: the densities cross at |x| = 3 sqrt(log(3) / 4) = 1.5722, so 0.5 P(|z| < 1.5722) + 0.5 P(|z| >
  // 1.5722 / 3).
  const double best = 0.5 * (1 - 2 * normal_cdf(-1.5722)) + normal_cdf(-1.5722 / 3);
  const double found = c2st({narrow.data(), rows, 1}, {wide.data(), rows, 1});
  CHECK(std::abs(found - best) < 0.04);
}

TEST_CASE("c2st: sets that are worlds apart are told apart, and nothing overflows") {
  const std::vector<double> a = normals(100, 1, 0, 1), b = normals(100, 1, 1e6, 2);
  CHECK(c2st({a.data(), 100, 1}, {b.data(), 100, 1}) > 0.9);
}

TEST_CASE("c2st: what it refuses") {
  const std::vector<double> a = normals(20, 2, 0, 1);
  std::vector<double> b = a;
  CHECK_THROWS_WITH_AS(c2st({a.data(), 20, 2}, {b.data(), 40, 1}),
                       "c2st: samples has shape [40,1], expected [at least 10,2]", ShapeError);
  CHECK_THROWS_AS(c2st({a.data(), 5, 2}, {b.data(), 20, 2}), ShapeError);
  C2stOptions options;
  options.folds = 1;
  CHECK_THROWS_WITH_AS(c2st({a.data(), 20, 2}, {b.data(), 20, 2}, options), doctest::Contains("folds is 1"),
                       InputError);
  b[3] = std::nan("");
  CHECK_THROWS_WITH_AS(c2st({a.data(), 20, 2}, {b.data(), 20, 2}), doctest::Contains("samples holds"), NumericError);
}
