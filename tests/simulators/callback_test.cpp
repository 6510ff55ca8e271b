#include "alfi/simulators/callback.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <set>
#include <thread>
#include <vector>

#include "alfi/core/error.hpp"

using namespace alfi;

namespace {

SimulatorInfo line_info() {
  SimulatorInfo info;
  info.name = "line";
  info.parameters = {{"offset", "", "", Prior::normal(0, 1)}, {"slope", "", "", Prior::normal(0, 1)}};
  info.observation.names = {"x", "y", "seed"};
  return info;
}

/// B x K x M samples of one simulator.
struct Samples {
  std::vector<float> theta{0.5f, 2, -1, 3, 0.25f, 4, 8, -2}, out;
  std::vector<std::uint8_t> status;
  SimulateRequest request;
  explicit Samples(Index observations) {
    request.problems = request.proposals = 2;
    request.observations = observations;
    request.theta = {theta.data(), 4, 2};
    out.assign(static_cast<std::size_t>(4 * observations * 3), -7);
    status.assign(static_cast<std::size_t>(4 * observations), 9);
    request.out = {out.data(), 4 * observations, 3};
    request.status = {status.data(), 4 * observations};
    request.key = step_key(7, Purpose::user, 0);
  }
};

/// y = offset + slope x, x from the seed: small enough to be exact in float.
void line(const RowsRequest& rows) {
  for (Index i = 0; i < rows.theta.rows; ++i) {
    const double x = static_cast<double>(rows.seeds[i] >> 52);
    rows.out(i, 0) = x;
    rows.out(i, 1) = rows.theta(i, 0) + rows.theta(i, 1) * x;
    rows.out(i, 2) = static_cast<double>(rows.seeds[i] & 0xffffff);
  }
}

}  // namespace

TEST_CASE("callback: theta and seeds in, observations out, the same whatever the rows of a call") {
  std::vector<std::vector<float>> made;
  for (const Index most : {0, 1, 3, 1000}) {
    Index largest = 0, rows_made = 0;
    CallbackOptions options;
    options.most_rows = most;
    const Simulator simulator = make_callback_simulator(
        line_info(),
        [&](const RowsRequest& rows) {
          largest = std::max(largest, rows.theta.rows);
          rows_made += rows.theta.rows;
          line(rows);
        },
        options);
    Samples samples(5);
    simulator.simulate(Context(), samples.request);
    CHECK(largest == (most == 0 || most == 1000 ? 20 : most));
    CHECK(rows_made == 20);
    std::set<float> seeds;
    for (std::size_t i = 0; i < 20; ++i) {
      const float* x = &samples.out[3 * i];
      CHECK(x[1] == samples.theta[i / 5 * 2] + samples.theta[i / 5 * 2 + 1] * x[0]);
      CHECK(samples.status[i] == 0);
      seeds.insert(x[2]);
    }
    CHECK(seeds.size() == 20);
    made.push_back(samples.out);
  }
  for (const std::vector<float>& out : made) CHECK(out == made[0]);
}

TEST_CASE("callback: counts leave samples out, a status is passed on, and what no float holds is infinite") {
  const Simulator simulator = make_callback_simulator(line_info(), [](const RowsRequest& rows) {
    for (Index i = 0; i < rows.theta.rows; ++i) {
      rows.out(i, 0) = 1e300;
      rows.out(i, 1) = -1e39;
      rows.out(i, 2) = std::numeric_limits<double>::quiet_NaN();
      if (i == 1) rows.status[i] = static_cast<std::uint8_t>(Status::too_long);
    }
  });
  Samples samples(4);
  const std::vector<std::int32_t> counts{1, 3};
  samples.request.counts = {counts.data(), 2};
  simulator.simulate(Context(), samples.request);
  // Rows are those of sample 0 of proposals 0 and 1, then 0..2 of proposals 2 and 3.
  CHECK(samples.status == std::vector<std::uint8_t>{0, 9, 9, 9, 2, 9, 9, 9, 0, 0, 0, 9, 0, 0, 0, 9});
  CHECK(samples.out[0] == std::numeric_limits<float>::infinity());
  CHECK(samples.out[1] == -std::numeric_limits<float>::infinity());
  CHECK(std::isnan(samples.out[2]));
  CHECK(samples.out[3] == -7);
  CHECK(samples.out[4 * 3] == 0);
}

TEST_CASE("callback: one thread at a time unless it may be called from many") {
  for (const bool many : {false, true}) {
    std::atomic<int> inside{0}, most{0};
    CallbackOptions options;
    options.threads = many ? CallbackOptions::Threads::many : CallbackOptions::Threads::one;
    const Simulator simulator = make_callback_simulator(
        line_info(),
        [&](const RowsRequest& rows) {
          const int here = ++inside;
          for (int seen = most; seen < here && !most.compare_exchange_weak(seen, here);) {
          }
          // With many: until the other is there, too, or two seconds have passed.
          for (int i = 0; i < (many ? 2000 : 5) && most < 2; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
          }
          --inside;
          line(rows);
        },
        options);
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&] {
        Samples samples(3);
        simulator.simulate(Context(), samples.request);
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(most == (many ? 2 : 1));
  }
}

TEST_CASE("callback: an exception comes through, and the next call works") {
  bool fails = true;
  const Simulator simulator = make_callback_simulator(line_info(), [&](const RowsRequest& rows) {
    if (fails) throw std::runtime_error("the detector is on fire");
    line(rows);
  });
  Samples samples(1);
  CHECK_THROWS_WITH(simulator.simulate(Context(), samples.request), "the detector is on fire");
  fails = false;
  simulator.simulate(Context(), samples.request);
  CHECK(samples.status == std::vector<std::uint8_t>(4, 0));
  CHECK_THROWS_AS(make_callback_simulator(line_info(), nullptr), InputError);
  CallbackOptions options;
  options.most_rows = -1;
  CHECK_THROWS_AS(make_callback_simulator(line_info(), line, options), InputError);
}
