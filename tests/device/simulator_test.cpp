#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "alfi/core/buffer.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "device/words.hpp"
#include "emulated/gpu.hpp"
#include "support/statistics.hpp"

using alfi::Context;
using alfi::Index;
using alfi::Simulator;

namespace {

constexpr Index kProblems = 33, kProposals = 7, kRows = kProblems * kProposals;

struct Drawn {
  std::vector<float> x;
  std::vector<std::uint8_t> status;
};

/// Counts between 0 and all, names that are not in order, a key that is read where the work runs.
Drawn draw(const Context& context, const Simulator& simulator, const std::vector<float>& theta, Index observations,
           std::uint64_t seed, bool all) {
  const Index size = simulator.size(), calls = kRows * observations;
  alfi::Buffer<float> theta_there(context, kRows * simulator.parameters()), x(context, calls * size);
  alfi::Buffer<std::uint8_t> status(context, calls);
  alfi::Buffer<std::int32_t> counts(context, kProblems);
  alfi::Buffer<std::uint32_t> names(context, kProblems);
  alfi::Buffer<alfi::Key> key(context, 1);
  std::vector<std::int32_t> count_values;
  std::vector<std::uint32_t> name_values;
  for (Index b = 0; b < kProblems; ++b) {
    count_values.push_back(static_cast<std::int32_t>(all ? observations : b * 5 % (observations + 1)));
    name_values.push_back(static_cast<std::uint32_t>(b * 7 % kProblems));
  }
  const alfi::Key key_value = alfi::step_key(seed, alfi::Purpose::user, 3);
  theta_there.copy_in(theta.data());
  counts.copy_in(count_values.data());
  names.copy_in(name_values.data());
  key.copy_in(&key_value);
  alfi::SimulateRequest request;
  request.problems = kProblems;
  request.proposals = kProposals;
  request.observations = observations;
  request.theta = theta_there.matrix(kRows, simulator.parameters());
  request.counts = counts.view();
  request.out = x.matrix(calls, size);
  request.status = status.view();
  request.key_place = key.data();
  request.names = names.view();
  request.iteration = 2;
  simulator.simulate(context, request);
  Drawn drawn{std::vector<float>(static_cast<std::size_t>(x.size())),
              std::vector<std::uint8_t>(static_cast<std::size_t>(calls))};
  x.copy_out(drawn.x.data());
  status.copy_out(drawn.status.data());
  return drawn;
}

/// Draws of the prior, one of them not a number.
std::vector<float> thetas(const Simulator& simulator, bool with_nan) {
  std::vector<float> theta;
  for (Index row = 0; row < kRows; ++row) {
    alfi::Stream random(alfi::step_key(5, alfi::Purpose::prior, 0), {static_cast<std::uint32_t>(row)});
    for (const auto& p : simulator.info().parameters) {
      theta.push_back(static_cast<float>(p.prior.theta(random.normal_double())));
    }
  }
  if (with_nan) theta[0] = std::numeric_limits<float>::quiet_NaN();
  return theta;
}

/// Of numbers that are equal but for a few units of the last place.
double share_of_equal(const std::vector<float>& a, const std::vector<float>& b) {
  double equal = 0;
  for (std::size_t i = 0; i < a.size(); ++i) equal += std::fabs(a[i] - b[i]) <= 1e-6f * (1 + std::fabs(b[i])) ? 1 : 0;
  return equal / static_cast<double>(a.size());
}

std::vector<double> column(const std::vector<float>& x, Index size, Index d) {
  std::vector<double> values;
  for (std::size_t i = static_cast<std::size_t>(d); i < x.size(); i += static_cast<std::size_t>(size)) {
    values.push_back(static_cast<double>(x[i]));
  }
  return values;
}

/// The standard error of a sample's mean, and that of its variance by its own fourth moment.
struct Errors {
  double mean, variance;
};
Errors standard_errors(const std::vector<double>& sample) {
  const alfi_test::SampleMoments m = alfi_test::sample_moments(sample);
  double fourth = 0;
  const double n = static_cast<double>(sample.size());
  for (const double x : sample) fourth += std::pow(x - m.mean, 4) / n;
  return {std::sqrt(m.variance / n), std::sqrt(std::fmax(fourth - m.variance * m.variance, 0) / n)};
}

}  // namespace

TEST_CASE("simulators: a GPU draws the same words, in a functor that the library does not know") {
  const Simulator words = alfi_test::make_words();
  const std::vector<float> theta = thetas(words, false);
  for (const Index observations : alfi_test::kAwkwardSizes) {
    CAPTURE(observations);
    if (observations > 257) continue;
    const Drawn cpu = draw(Context(), words, theta, observations, 1, false);
    const Drawn gpu = draw(Context(alfi::Backend::cuda), words, theta, observations, 1, false);
    CHECK(gpu.x == cpu.x);
    CHECK(gpu.status == cpu.status);
  }
}

// All are computed in double, where the functions of host and device differ in the last bits and products are fused
// with sums; rounded to float that shows in few draws as a unit of the last place, and as another count in one of 10^8.
// 99.9 % leaves room for worse functions, not for another stream.
TEST_CASE("simulators: the built-in ones draw on a GPU what they draw on the CPU") {
  const Context gpu(alfi::Backend::cuda);
  for (const std::string& name : alfi::builtin_simulators()) {
    CAPTURE(name);
    const Simulator simulator = alfi::make_builtin_simulator(name);
    REQUIRE(simulator.offers_gpu());
    const std::vector<float> theta = thetas(simulator, true);
    const Drawn here = draw(Context(), simulator, theta, 40, 1, false);
    const Drawn there = draw(gpu, simulator, theta, 40, 1, false);
    CHECK(share_of_equal(there.x, here.x) >= 0.999);
    CHECK(there.status == here.status);
    CHECK(here.status[7 * 40 + 1] != 1);  // problem 1 has observations, all of sound parameters; some may be too long
    CHECK(draw(gpu, simulator, theta, 40, 1, false).x == there.x);
  }
}

TEST_CASE("simulators: other streams of a GPU have the CPU's mean and variance") {
  const Context gpu(alfi::Backend::cuda);
  for (const std::string& name : alfi::builtin_simulators()) {
    CAPTURE(name);
    const Simulator simulator = alfi::make_builtin_simulator(name);
    std::vector<float> theta;
    for (Index row = 0; row < kRows; ++row) {
      for (const auto& p : simulator.info().parameters) theta.push_back(static_cast<float>(p.prior.theta(0.3)));
    }
    const Drawn here = draw(Context(), simulator, theta, 100, 1, true),
                there = draw(gpu, simulator, theta, 100, 2, true);
    CHECK(there.x != here.x);
    for (Index d = 0; d < simulator.size(); ++d) {
      CAPTURE(d);
      const std::vector<double> a = column(here.x, simulator.size(), d), b = column(there.x, simulator.size(), d);
      const auto m = alfi_test::sample_moments(a), n = alfi_test::sample_moments(b);
      const Errors e = standard_errors(a), f = standard_errors(b);
      // 6 sigma: 2e-9 false alarms each. What does not vary at all differs by nothing.
      CHECK(std::fabs(m.mean - n.mean) <= 6 * std::hypot(e.mean, f.mean));
      CHECK(std::fabs(m.variance - n.variance) <= 6 * std::hypot(e.variance, f.variance));
    }
  }
}
