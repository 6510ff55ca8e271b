#include "alfi/inference/weights.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace alfi;

TEST_CASE("weights: from logarithms however far apart, and the sum of their exponentials") {
  const std::vector<double> logs{1000, 1000 + std::log(3), -1e300};
  const std::vector<double> weights = weights_by(logs), milder = weights_by(logs, 0.5);
  CHECK(weights[0] == doctest::Approx(1.0 / 3));
  CHECK(weights[1] == 1);
  CHECK(weights[2] < 1e-300);
  CHECK(milder[0] == doctest::Approx(std::sqrt(1.0 / 3)));
  CHECK(log_sum_exp(logs.data(), 3) == doctest::Approx(1000 + std::log(4)));
  CHECK(log_sum_exp(logs.data() + 2, 1) == -1e300);
}

TEST_CASE("weights: how many points they are worth") {
  CHECK(effective_number({2, 2, 2}) == doctest::Approx(3));
  CHECK(effective_number({1, 0, 0}) == 1);
  CHECK(effective_number({3, 1}) == doctest::Approx(16.0 / 10));
  CHECK(effective_number({0, 0}) == 0);
}

TEST_CASE("weights: a systematic choice takes each as often as its weight says, but for less than one") {
  // Of 4, at 0.5, 1.5, 2.5, 3.5 quarters of the sum 8: the weights end at 1, 1, 5, 8.
  CHECK(systematic_choice({1, 0, 4, 3}, 4, 0.5) == std::vector<Index>{0, 2, 2, 3});
  CHECK(systematic_choice({1, 0, 4, 3}, 4, 0.51) == std::vector<Index>{2, 2, 3, 3});
  CHECK(systematic_choice({1}, 3, 0.9) == std::vector<Index>{0, 0, 0});
  CHECK(systematic_choice({1, 1}, 0, 0.5).empty());
  for (int i = 0; i < 100; ++i) {
    std::vector<Index> times(3, 0);
    for (const Index chosen : systematic_choice({0.1, 0.25, 0.65}, 10, 0.01 * (i + 0.5)))
      ++times[static_cast<std::size_t>(chosen)];
    CHECK(times[0] == 1);
    CHECK((times[1] == 2 || times[1] == 3));
    CHECK(times[2] == 9 - times[1]);
  }
}
