#include "alfi/inference/predictive.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "alfi/core/random.hpp"

using namespace alfi;

namespace {

constexpr Index kProposals = 20, kEach = 50, kObserved = 100;

struct MeanAndSd {
  double mean, sd;
};

/// Normal values, one column for each (location, scale).
std::vector<float> normals(Index rows, const std::vector<MeanAndSd>& columns, std::uint64_t seed) {
  Stream random(step_key(seed, Purpose::user, 0), {});
  std::vector<float> x;
  for (Index r = 0; r < rows; ++r) {
    for (const MeanAndSd& c : columns) x.push_back(static_cast<float>(c.mean + c.sd * random.normal_double()));
  }
  return x;
}

std::vector<std::string> warnings_of(const std::vector<float>& observed, const std::vector<float>& predicted,
                                     const std::vector<std::string>& names,
                                     const std::vector<std::uint8_t>& status = {}) {
  const Index cols = static_cast<Index>(names.size());
  std::vector<std::string> warnings;
  PredictiveCheck check;
  check.observed = {observed.data(), static_cast<Index>(observed.size()) / cols, cols};
  check.predicted = {predicted.data(), static_cast<Index>(predicted.size()) / cols, cols};
  check.status = {status.data(), static_cast<Index>(status.size())};
  check.proposals = kProposals;
  compare_with_predictive(check, names, warnings);
  return warnings;
}

}  // namespace

TEST_CASE("failed simulations are not looked at") {
  std::vector<float> predicted = normals(kProposals * kEach, {{3, 2}}, 1);
  std::vector<std::uint8_t> status(predicted.size(), 0);
  for (std::size_t i = 0; i < predicted.size(); i += 3) {
    predicted[i] = std::numeric_limits<float>::quiet_NaN();
    status[i] = 1;
  }
  CHECK(warnings_of(normals(kObserved, {{3, 2}}, 2), predicted, {"a"}, status).empty());
  CHECK(!warnings_of(normals(kObserved, {{90, 2}}, 2), predicted, {"a"}, status).empty());
}

TEST_CASE("observations like the predictive are not warned of") {
  const std::vector<float> predicted = normals(kProposals * kEach, {{3, 2}, {-1, 0.5}}, 1);
  // 80 looks (two columns, mean and sd) at 6 sds, each sd known from 20 proposals: 80 P(|t_19| > 6) = 7e-4 false
  // alarms.
  for (std::uint64_t seed = 2; seed < 22; ++seed) {
    CHECK(warnings_of(normals(kObserved, {{3, 2}, {-1, 0.5}}, seed), predicted, {"a", "b"}).empty());
  }
}

TEST_CASE("another mean is warned of, in its own column, with both numbers") {
  const std::vector<float> predicted = normals(kProposals * kEach, {{3, 2}, {-1, 0.5}}, 1);
  const auto warnings = warnings_of(normals(kObserved, {{3, 2}, {5, 0.5}}, 2), predicted, {"a", "b"});
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].rfind("the mean of b is ", 0) == 0);
  CHECK(warnings[0].find(", the answer's own predictive has -") != std::string::npos);
  CHECK(warnings[0].find(" +- ") != std::string::npos);
}

TEST_CASE("another spread is warned of") {
  const std::vector<float> predicted = normals(kProposals * kEach, {{3, 2}}, 1);
  for (const double sd : {0.2, 10.0}) {
    const auto warnings = warnings_of(normals(kObserved, {{3, sd}}, 2), predicted, {"a"});
    REQUIRE(!warnings.empty());
    CHECK(warnings.back().rfind("the sd of a is ", 0) == 0);
  }
}

TEST_CASE("the text by hand: constant columns") {
  const std::vector<float> predicted(kProposals * kEach, 2.0f), same(5, 2.0f), other(5, 2.5f);
  CHECK(warnings_of(same, predicted, {"counts"}).empty());
  CHECK(warnings_of(other, predicted, {"counts"}) ==
        std::vector<std::string>{"the mean of counts is 2.5, the answer's own predictive has 2 +- 0"});
}

TEST_CASE("an uncertain answer is allowed more") {
  // Proposals at 0, 1, .., 19: the predictive mean is 9.5 +- 5.9, so that 30 is within 6 of them, and 60 is not.
  std::vector<float> predicted;
  for (Index k = 0; k < kProposals; ++k) {
    const auto each = normals(kEach, {{static_cast<double>(k), 1}}, static_cast<std::uint64_t>(k));
    predicted.insert(predicted.end(), each.begin(), each.end());
  }
  CHECK(warnings_of(normals(kObserved, {{30, 1}}, 50), predicted, {"a"}).empty());
  CHECK(warnings_of(normals(kObserved, {{60, 1}}, 50), predicted, {"a"}).size() == 1);
}

TEST_CASE("one observation is held against what single ones are, and has no sd") {
  const std::vector<float> predicted = normals(kProposals * kEach, {{3, 2}}, 1);
  CHECK(warnings_of({14}, predicted, {"a"}).empty());  // 5.5 sds
  for (const float far : {-11.0f, 100000.0f}) {
    const auto warnings = warnings_of({far}, predicted, {"a"});
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].rfind(far < 0 ? "a is -11, the answer's own predictive has " : "a is 1e+05, the", 0) == 0);
  }
}

TEST_CASE("too little to compare is not compared") {
  const std::vector<float> predicted = normals(kProposals * kEach, {{3, 2}}, 1);
  CHECK(warnings_of({1000, 1000}, {predicted.begin(), predicted.begin() + kProposals}, {"a"}).empty());
}
