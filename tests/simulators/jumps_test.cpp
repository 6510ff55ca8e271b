#include "alfi/simulators/jumps.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "alfi/core/special.hpp"
#include "support/fp_traps.hpp"
#include "support/statistics.hpp"

using namespace alfi_test;
using alfi::EvenTimes;
using alfi::Index;
using alfi::JumpReport;

namespace {

constexpr std::int64_t kMost = 100000;

/// Births and deaths of each, and arrivals.
struct BirthDeath {
  static constexpr int kSpecies = 1, kReactions = 3;
  double birth, death, arrival;

  void rates(const double* count, double* rate) const {
    rate[0] = birth * count[0];
    rate[1] = death * count[0];
    rate[2] = arrival;
  }
  static int change(int reaction, int) { return reaction == 1 ? -1 : 1; }
};

/// Two of A make one of B, at a rate that leaps overshoot.
struct Dimer {
  static constexpr int kSpecies = 2, kReactions = 1;
  double rate;
  void rates(const double* count, double* r) const { r[0] = count[0] > 1 ? rate * count[0] * (count[0] - 1) : 0; }
  static int change(int, int species) { return species == 0 ? -2 : 1; }
};

/// Counts at each of `times` of n runs, [times][run], in leaps where tau > 0.
std::vector<std::vector<double>> runs(const BirthDeath& model, double start, const EvenTimes<double>& times,
                                      std::uint32_t n, double tau = 0) {
  std::vector<std::vector<double>> counts(static_cast<std::size_t>(times.count));
  for (std::uint32_t i = 0; i < n; ++i) {
    alfi::Stream random(alfi::step_key(9, alfi::Purpose::user, 0), {0, 0, 0, i});
    const auto record = [&](Index k, const double* count) { counts[static_cast<std::size_t>(k)].push_back(*count); };
    const JumpReport report = tau > 0 ? alfi::run_leaps(model, tau, 0.0, &start, times, kMost, random, record)
                                      : alfi::run_jumps(model, 0.0, &start, times, kMost, random, record);
    REQUIRE(report.ended);
  }
  return counts;
}

/// 6 sigma of the mean, and of the variance with the sample's own fourth moment: 2e-9 false alarms each.
void check_moments(const std::vector<double>& sample, double mean, double variance) {
  const double n = static_cast<double>(sample.size());
  const SampleMoments moments = sample_moments(sample);
  double fourth = 0;
  for (const double x : sample) fourth += std::pow(x - moments.mean, 4) / n;
  CHECK(std::abs(moments.mean - mean) < 6 * std::sqrt(variance / n) + 1e-11);
  CHECK(std::abs(moments.variance - variance) <
        6 * std::sqrt((fourth - moments.variance * moments.variance) / n) + 1e-9);
}

}  // namespace

TEST_CASE("jumps: births and deaths have the exact mean and variance") {
  // Bailey 1964, section 8.6: n0 e^(r t) and n0 (b + d) / r e^(r t) (e^(r t) - 1), r = b - d.
  const double n0 = 20;
  for (const auto& [birth, death] : {std::pair{1.0, 0.6}, std::pair{0.3, 1.1}, std::pair{0.7, 0.0}}) {
    const EvenTimes<double> times{0, 0.75, 4};
    const auto counts = runs({birth, death, 0}, n0, times, 20000);
    for (Index i = 0; i < times.count; ++i) {
      const double grown = std::exp((birth - death) * times(i));
      const double variance = n0 * (birth + death) / (birth - death) * grown * (grown - 1);
      check_moments(counts[static_cast<std::size_t>(i)], n0 * grown, variance);
    }
  }
}

TEST_CASE("jumps: arrivals and deaths are Poisson at every time, arrivals alone in leaps of any length") {
  // From none: mean (a / d) (1 - e^(-d t)). p values: one false alarm in 10^6 seeds each.
  const EvenTimes<double> times{0.3, 2.0, 2};
  const auto poisson = [](double mean) {
    return [mean](double k) { return k * std::log(mean) - mean - alfi::log_gamma(k + 1); };
  };
  const auto counts = runs({0, 0.8, 9}, 0, times, 40000);
  for (Index i = 0; i < times.count; ++i) {
    const double mean = 9 / 0.8 * -std::expm1(-0.8 * times(i));
    CHECK(discrete_p_value(counts[static_cast<std::size_t>(i)], poisson(mean)) > 1e-6);
  }
  for (const double tau : {0.07, 1.0, 50.0}) {
    const auto leaps = runs({0, 0, 9}, 0, times, 40000, tau);
    for (Index i = 0; i < times.count; ++i) {
      CHECK(discrete_p_value(leaps[static_cast<std::size_t>(i)], poisson(9 * times(i))) > 1e-6);
    }
  }
}

TEST_CASE("jumps: leaps have their own exact mean, which nears the process's") {
  // Of births and arrivals in m leaps of tau: E n' = n (1 + b tau) + a tau, and the variance
  // V' = V (1 + b tau)^2 + b tau E n + a tau.
  const EvenTimes<double> times{0, 0.5, 5};
  for (const double tau : {0.25, 0.1, 0.01}) {
    const auto counts = runs({0.9, 0, 4}, 10, times, 20000, tau);
    double mean = 10, variance = 0;
    for (Index i = 0; i < times.count; ++i) {
      check_moments(counts[static_cast<std::size_t>(i)], mean, variance);
      const int leaps = static_cast<int>(std::lround(0.5 / tau));
      for (int leap = 0; leap < leaps; ++leap) {
        variance = variance * (1 + 0.9 * tau) * (1 + 0.9 * tau) + 0.9 * tau * mean + 4 * tau;
        mean += (0.9 * mean + 4) * tau;
      }
    }
    const double exact = (10 + 4 / 0.9) * std::exp(0.9 * 2.5) - 4 / 0.9;
    CHECK(std::abs(mean / exact - 1) <
          0.9 * 0.9 * 2.5 * tau);  // twice the first term of (1 + b tau)^(t / tau) - e^(b t)
  }
}

TEST_CASE("jumps: nothing falls below zero, and what has died out stays so") {
  const alfi_test::TrapFloatingPoint traps;
  const double start[2] = {31, 0};
  for (const double tau : {0.0, 0.1, 5.0}) {
    alfi::Stream random(alfi::step_key(9, alfi::Purpose::user, 1), {});
    const EvenTimes<double> times{0, 1, 50};
    double last[2] = {-1, -1};
    const auto record = [&](Index, const double* count) {
      CHECK(count[0] >= 0);
      CHECK(count[0] + 2 * count[1] == 31);
      last[0] = count[0], last[1] = count[1];
    };
    const Dimer dimer{3};
    const JumpReport report = tau > 0 ? alfi::run_leaps(dimer, tau, 0.0, start, times, kMost, random, record)
                                      : alfi::run_jumps(dimer, 0.0, start, times, kMost, random, record);
    CHECK(report.ended);
    CHECK(report.events == 15);
    CHECK(last[0] == 1);
    CHECK(last[1] == 15);
  }
}

TEST_CASE("jumps: a run gives up past the most events, and no earlier") {
  const double start = 0;
  const EvenTimes<double> times{0, 1, 11};
  for (const double tau : {0.0, 0.5}) {
    for (const std::int64_t most : {0, 40, 1000}) {
      alfi::Stream random(alfi::step_key(9, alfi::Purpose::user, 2), {});
      Index recorded = 0;
      double count = 0;
      const auto record = [&](Index, const double* n) { ++recorded, count = *n; };
      const BirthDeath arrivals{0, 0, 30};
      const JumpReport report = tau > 0 ? alfi::run_leaps(arrivals, tau, 0.0, &start, times, most, random, record)
                                        : alfi::run_jumps(arrivals, 0.0, &start, times, most, random, record);
      CHECK(report.ended == (most == 1000));  // 300 +- 17 events
      CHECK((recorded == 11) == report.ended);
      if (report.ended) CHECK(count == static_cast<double>(report.events));
      CHECK(count <= static_cast<double>(most));
    }
  }
  // Rates beyond all bounds end at once.
  alfi::Stream random(alfi::step_key(9, alfi::Purpose::user, 3), {});
  const auto none = [](Index, const double*) {};
  CHECK_FALSE(alfi::run_leaps(BirthDeath{0, 0, 1e300}, 1, 0.0, &start, times, kMost, random, none).ended);
  CHECK_FALSE(alfi::run_jumps(BirthDeath{0, 0, 1e300}, 0.0, &start, times, 1000, random, none).ended);
}
