#include "alfi/inference/least_squares.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/random.hpp"
#include "alfi/inference/quadratic_regression.hpp"

using namespace alfi;

TEST_CASE("least squares: weighted, of two values, by hand") {
  // y = 1 + 2 x, and of the other the weighted means 3 at x = -1 and 7 at x = 1.
  LeastSquares squares(2, 2);
  const auto add = [&](double x, double other, double weight) {
    const double terms[2] = {1, x}, values[2] = {1 + 2 * x, other};
    squares.add(terms, values, weight);
  };
  add(-1, 2, 1);
  add(-1, 3.5, 2);
  add(1, 7, 0.5);
  REQUIRE(squares.solve());
  const double wanted[4] = {1, 5, 2, 2};
  for (std::size_t i = 0; i < 4; ++i) CHECK(squares.coefficients()[i] == doctest::Approx(wanted[i]));
  // Of the weights' sums 3.5, -2.5, 3.5.
  CHECK(squares.factor()[0] == doctest::Approx(std::sqrt(3.5)));
  CHECK(squares.factor()[2] == doctest::Approx(-2.5 / std::sqrt(3.5)));
}

TEST_CASE("least squares: what observations do not tell is not solved, but for what is added to it") {
  const double terms[2] = {1, 2}, value = 10;
  for (const double ridge : {0.0, 1.0}) {
    LeastSquares squares(2, 1);
    squares.add(terms, &value);
    squares.diagonal(0) += ridge;
    squares.diagonal(1) += ridge;
    const bool solved = squares.solve();
    CHECK(solved == (ridge > 0));
    if (!solved) continue;
    // (I + t t')^-1 t y = t y / (1 + |t|^2).
    CHECK(squares.coefficients()[0] == doctest::Approx(10.0 / 6));
    CHECK(squares.coefficients()[1] == doctest::Approx(20.0 / 6));
  }
}

TEST_CASE("quadratic regression: leaves nothing of a quadratic, and noise white") {
  const Index count = 400;
  std::vector<double> places, exact, noisy;
  for (Index i = 0; i < count; ++i) {
    Stream random(step_key(4, Purpose::user, 0), {0, 0, 0, static_cast<std::uint32_t>(i)});
    const double a = 5 + 2 * random.normal_double(), b = random.normal_double(), other = random.normal_double();
    const double e = random.normal_double(), f = random.normal_double();
    places.insert(places.end(), {a, b, other});
    exact.insert(exact.end(), {1 + a - 2 * a * b + b * b, 3 * other});
    noisy.insert(noisy.end(), {exact[exact.size() - 2] + 0.5 * e, exact.back() + e + 0.1 * f});
  }
  const MatView<const double> at{places.data(), count, 3}, values{exact.data(), count, 2},
      blurred{noisy.data(), count, 2};
  const QuadraticRegression regression(at, 2, values, {0.01, 0.02});
  CHECK(regression.log_scale() == doctest::Approx(std::log(0.01 * 0.02)).epsilon(1e-4));
  // The ridge, 1e-7 of what there is, leaves some 1e-6 of values below 100.
  for (const double y : regression.whitened(at, values)) CHECK(std::abs(y) < 0.05);
  const QuadraticRegression of_noise(at, 2, blurred, {0, 0});
  const std::vector<double> white = of_noise.whitened(at, blurred);
  double squares[3] = {0, 0, 0};
  for (std::size_t i = 0; i < white.size(); i += 2) {
    squares[0] += white[i] * white[i] / static_cast<double>(count);
    squares[1] += white[i + 1] * white[i + 1] / static_cast<double>(count);
    squares[2] += white[i] * white[i + 1] / static_cast<double>(count);
  }
  CHECK(squares[0] == doctest::Approx(1));
  CHECK(squares[1] == doctest::Approx(1));
  CHECK(std::abs(squares[2]) < 1e-9);
  const std::vector<double> scaled = of_noise.scaled(at);
  double mean = 0, square = 0;
  for (std::size_t i = 0; i < scaled.size(); i += 3) {
    mean += scaled[i] / static_cast<double>(count);
    square += scaled[i] * scaled[i] / static_cast<double>(count);
  }
  CHECK(std::abs(mean) < 1e-9);
  CHECK(square == doctest::Approx(1));
  // One value is that of all places.
  const std::vector<double> one = of_noise.whitened(at, {noisy.data(), 1, 2});
  CHECK(one.size() == white.size());
  CHECK(one[0] == white[0]);
  CHECK(one[1] == white[1]);
  CHECK_THROWS_WITH_AS(QuadraticRegression({places.data(), 13, 3}, 2, {exact.data(), 13, 2}, {0, 0}),
                       "LikelihoodNetwork: got 13 simulations, expected at least 14", NumericError);
}
