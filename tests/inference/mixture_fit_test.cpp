#include "alfi/inference/mixture_fit.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/inference/annealing.hpp"

using namespace alfi;

namespace {

/// A narrow peak on a broad one, and a tilted one apart.
MixtureState three() {
  return {{MixtureComponent{std::log(0.3), {{0, 0}, {0.1, 0, 0, 0.1}}},
           MixtureComponent{std::log(0.3), {{0, 0}, {1, 0, 0, 1}}},
           MixtureComponent{std::log(0.4), {{4, 3}, {0.5, 0, 0.9, 0.2}}}}};
}

Points drawn(const MixtureState& mixture, Index count, std::uint64_t seed) {
  Points points{std::vector<double>(static_cast<std::size_t>(2 * count)), 2};
  for (Index i = 0; i < count; ++i) {
    Stream random(step_key(seed, Purpose::user, 0), {0, 0, 0, static_cast<std::uint32_t>(i)});
    const double chosen = random.uniform_double(), e[2] = {random.normal_double(), random.normal_double()};
    place(mixture, chosen, e, points.row(i));
  }
  return points;
}

/// Nats that the answer loses against the truth: the mean over these draws of the truth.
double divergence(const MixtureState& truth, const MixtureState& answer, const Points& draws) {
  const std::vector<double> a = log_density_of(truth, draws), b = log_density_of(answer, draws);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] - b[i];
  return sum / static_cast<double>(a.size());
}

}  // namespace

TEST_CASE("mixture fit: densities are those of the formula, whatever the weights' scale") {
  MixtureState mixture = three();
  for (MixtureComponent& c : mixture.components) c.log_weight += 3;
  const Points at{{0.2, -0.1, 4.5, 3.5}, 2};
  const auto normal = [](double z) { return std::exp(-0.5 * z * z) / std::sqrt(2 * 3.14159265358979); };
  const std::vector<double> found = log_density_of(mixture, at);
  for (Index i = 0; i < 2; ++i) {
    const double x = at.row(i)[0], y = at.row(i)[1], first = (x - 4) / 0.5;
    const double exact = 0.3 * normal(x / 0.1) * normal(y / 0.1) / 0.01 + 0.3 * normal(x) * normal(y) +
                         0.4 * normal(first) * normal((y - 3 - 0.9 * first) / 0.2) / 0.1;
    CHECK(found[static_cast<std::size_t>(i)] == doctest::Approx(std::log(exact)));
  }
  CHECK(log_density_of(widened(mixture, 2), {{4, 3}, 2})[0] < log_density_of(mixture, {{4, 3}, 2})[0]);
}

TEST_CASE("mixture fit: finds modes, a peak within a peak, and no more than there is") {
  const MixtureState truth = three();
  const Points draws = drawn(truth, 8000, 1), others = drawn(truth, 8000, 2);
  const Key key = step_key(1, Purpose::user, 1);
  const MixtureState one = fit_mixture(draws, 1, key), many = fit_mixture(draws, 16, key);
  CHECK(one.components.size() == 1);
  CHECK(divergence(truth, one, others) > 0.5);
  // 8 components' 47 numbers at most: 47 / (2 * 8000) nats = 0.003 in the mean.
  CHECK(divergence(truth, many, others) < 0.02);
  const MixtureState gaussian{{truth.components[2]}};
  CHECK(fit_mixture(drawn(gaussian, 4000, 3), 16, key).components.size() == 1);
  Points flat = drawn(gaussian, 100, 4);
  for (Index i = 0; i < flat.rows(); ++i) flat.row(i)[1] = 0;
  CHECK_THROWS_AS(fit_mixture(flat, 4, key), NumericError);
}

TEST_CASE("mixture fit: as many components as have points enough, and none narrower than it may be") {
  const GaussianState standard = standard_gaussian(2);
  const Key key = step_key(1, Purpose::user, 3);
  // Ten points at each of two places.
  Points two{{}, 2};
  for (int i = 0; i < 20; ++i) two.data.insert(two.data.end(), {i % 2 == 0 ? -1.0 : 1.0, 0.0});
  const MixtureState fitted = fit_components(two, 2, standard, {10, 0.04}, key);
  REQUIRE(fitted.components.size() == 2);
  for (const MixtureComponent& c : fitted.components) {
    CHECK(c.log_weight == doctest::Approx(std::log(0.5)));
    CHECK(std::abs(c.gaussian.mean[0]) == doctest::Approx(1));
    CHECK(c.gaussian.cholesky[0] == doctest::Approx(0.2));
    CHECK(c.gaussian.cholesky[2] == doctest::Approx(0).epsilon(1e-9));
    CHECK(c.gaussian.cholesky[3] == doctest::Approx(0.2));
  }
  // Of nine points none has enough, and all of them are what is left.
  const MixtureState few = fit_components({{two.data.begin(), two.data.begin() + 18}, 2}, 4, standard, {10, 0.04}, key);
  REQUIRE(few.components.size() == 1);
  CHECK(few.components[0].gaussian.cholesky == standard.cholesky);
}

TEST_CASE("annealing: weights of distant modes, and what lies between, are those of the density") {
  // The start covers both modes; between them there is nothing.
  const MixtureState wide{{MixtureComponent{0, {{1, 1}, {4, 0, 0, 4}}}}};
  const MixtureState wanted = three();
  const LogDensities from = [&](const Points& p) { return log_density_of(wide, p); };
  const LogDensities to = [&](const Points& p) { return log_density_of(wanted, p); };
  const Index count = 4000;
  const Annealed found = anneal(drawn(wide, count, 5), from, to, step_key(2, Purpose::user, 2));
  CHECK(found.points.rows() == count);
  CHECK(found.stages > 1);
  CHECK(found.moved > 0.02);
  double apart = 0, narrow = 0;
  for (Index i = 0; i < count; ++i) {
    const double* const u = found.points.row(i);
    apart += u[0] > 2.5 && u[1] > -1 ? 1.0 : 0.0;
    narrow += square_of(u, 2) < 0.04 ? 1.0 : 0.0;
  }
  // Binomial sds of 0.008 for independent draws; a population resampled three times has some twice that.
  CHECK(std::abs(apart / static_cast<double>(count) - 0.4) < 0.06);
  CHECK(std::abs(narrow / static_cast<double>(count) - (0.3 * (1 - std::exp(-2.0)) + 0.3 * (1 - std::exp(-0.02)))) <
        0.06);
  // The same draws, the same answer.
  const Annealed again = anneal(drawn(wide, count, 5), from, to, step_key(2, Purpose::user, 2));
  CHECK(again.points.data == found.points.data);
}
