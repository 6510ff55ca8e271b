// A simulator that answers rows, in training: all shards' rows together, or shard by shard, on any threads.
#include "alfi/simulators/rows.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/inference/machine.hpp"
#include "emulated/device.hpp"
#include "inference/small.hpp"

using namespace alfi;
using alfi_test::bytes_after;

namespace {

/// Normal(theta_0, 1); of every ten seeds some fail.
class Normals : public RowSimulator {
 public:
  Normals(int failing, bool spreads) : failing_(failing), spreads_(spreads) {}

  void simulate(const RowsRequest& r) const override {
    ++calls;
    largest = std::max(largest.load(), r.theta.rows);
    for (Index i = 0; i < r.theta.rows; ++i) {
      Stream random(step_key(r.seeds[i], Purpose::user, 0), {});
      r.out(i, 0) = r.theta(i, 0) + random.normal_double();
      if (static_cast<int>(r.seeds[i] % 10) < failing_) r.status[i] = static_cast<std::uint8_t>(Status::failed);
    }
  }
  bool spreads() const override { return spreads_; }

  mutable std::atomic<int> calls{0};
  mutable std::atomic<Index> largest{0};

 private:
  int failing_;
  bool spreads_;
};

SimulatorInfo info() {
  SimulatorInfo info;
  info.name = "normals";
  info.parameters = {{"mean", "", "", Prior::normal(0, 3)}};
  info.observation.names = {"x"};
  info.observation.units = {""};
  return info;
}

/// The same simulator without simulate_together: every shard asks for itself.
Simulator one_by_one(const Simulator& simulator) {
  SimulatorTable table;
  table.simulate = [](const void* self, const Context& context, const SimulateRequest& r) {
    static_cast<const Simulator*>(self)->simulate(context, r);
  };
  return Simulator(simulator.info(), std::make_shared<const Simulator>(simulator), table);
}

}  // namespace

TEST_CASE("rows: the same bits together and shard by shard, whatever the threads") {
  for (const char* policy : {"drop", "resample"}) {
    Configuration c = alfi_test::small_configuration("normals");
    c.train.nan_policy = policy;
    for (const bool spreads : {false, true}) {
      const auto rows = std::make_shared<Normals>(2, spreads);
      const Simulator simulator = make_row_simulator(info(), rows);
      Trainer one(c, simulator, 1), three(c, simulator, 3), apart(c, one_by_one(simulator), 2);
      const std::vector<std::uint8_t> wanted = bytes_after(one, 5);
      CHECK(bytes_after(three, 5) == wanted);
      CHECK(bytes_after(apart, 5) == wanted);
      CHECK(one.validate_and_keep_best() == three.validate_and_keep_best());
      CHECK(one.simulator_calls() == three.simulator_calls());
      const Machine machine = one.machine();
      const std::vector<float> x{1, 2, 3, 4, 5, 6};
      InferOptions options;
      const std::vector<double> mean = machine.infer(simulator, {x.data(), 6, 1}, options).posterior.mean();
      options.threads = 3;
      CHECK(machine.infer(simulator, {x.data(), 6, 1}, options).posterior.mean() == mean);
    }
  }
}

TEST_CASE("rows: a simulator with workers of its own gets an iteration's rows in one call") {
  Configuration c = alfi_test::small_configuration("normals");
  const auto rows = std::make_shared<Normals>(0, true);
  Trainer trainer(c, make_row_simulator(info(), rows), 2);
  rows->calls = 0;
  rows->largest = 0;
  trainer.advance();
  CHECK(rows->calls == 1 + c.train.iterations);  // the problems' own, then T times
  CHECK(rows->largest == c.train.problems * c.train.thetas * c.train.observations);
  const auto pieces = std::make_shared<Normals>(0, false);
  Trainer shared(c, make_row_simulator(info(), pieces), 2);
  pieces->calls = 0;
  shared.advance();
  CHECK(pieces->calls > 2 * (1 + c.train.iterations));
}

TEST_CASE("rows: beside a GPU they are made on the host, the same") {
  Configuration c = alfi_test::small_configuration("normals");
  c.train.nan_policy = "resample";
  c.train.precision = "double";
  const Simulator simulator = make_row_simulator(info(), std::make_shared<Normals>(2, true));
  Trainer cpu(c, simulator, 1), gpu(c, simulator, 2, Context(Backend::cuda));
  for (int i = 0; i < 3; ++i) {
    const StepReport a = cpu.advance(), b = gpu.advance();
    CHECK(a.failed > 0);
    CHECK(a.failed == b.failed);
    CHECK(a.simulator_calls == b.simulator_calls);
    CHECK(std::fabs(a.loss - b.loss) <= 1e-6 * std::fabs(a.loss));
  }
}

TEST_CASE("rows: an exception ends the step and says what it said") {
  class Broken : public RowSimulator {
    void simulate(const RowsRequest&) const override { throw Error("the licence server is gone"); }
  };
  const Simulator simulator = make_row_simulator(info(), std::make_shared<Broken>());
  CHECK_THROWS_WITH_AS(Trainer(alfi_test::small_configuration("normals"), simulator, 2),
                       doctest::Contains("the licence server is gone"), Error);
}
