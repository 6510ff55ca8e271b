#include "alfi/inference/inferrer.hpp"

#include <doctest/doctest.h>

#include "alfi/core/error.hpp"
#include "alfi/inference/trainer.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "inference/small.hpp"
#include "support/allocation_counter.hpp"

using namespace alfi;
using alfi_test::small_configuration;

namespace {

Machine untrained(const Configuration& c) { return Trainer(c, make_builtin_simulator(c.simulator.name), 1).machine(); }

std::vector<float> counts(Index n) {
  std::vector<float> x;
  for (Index i = 0; i < n; ++i) x.push_back(static_cast<float>(3 + i % 5));
  return x;
}

void check_same(const Inference& a, const Inference& b) {
  CHECK(a.simulator_calls == b.simulator_calls);
  CHECK(a.warnings == b.warnings);
  REQUIRE(a.trajectory.size() == b.trajectory.size());
  for (std::size_t t = 0; t < a.trajectory.size(); ++t) {
    REQUIRE(a.trajectory[t].components().size() == b.trajectory[t].components().size());
    for (std::size_t k = 0; k < a.trajectory[t].components().size(); ++k) {
      const MixtureComponent &one = a.trajectory[t].components()[k], &two = b.trajectory[t].components()[k];
      CHECK(one.log_weight == two.log_weight);
      CHECK(one.gaussian.mean == two.gaussian.mean);
      CHECK(one.gaussian.cholesky == two.gaussian.cholesky);
    }
  }
  CHECK(a.posterior.mean() == b.posterior.mean());
}

}  // namespace

TEST_CASE("an inferrer answers as the machine does, again and again, whatever it was asked before") {
  for (const char* head : {"none", "mixture"}) {
    for (const char* precision : {"float", "double"}) {
      CAPTURE(head);
      CAPTURE(precision);
      Configuration c = small_configuration("poisson");
      c.proposal.head = head;
      c.train.precision = precision;
      const Machine machine = untrained(c);
      Inferrer inferrer(machine, machine.simulator(), 40);
      for (const Index n : {40, 1, 17}) {
        const std::vector<float> x = counts(n);
        InferOptions options;
        options.seed = static_cast<std::uint64_t>(n);
        check_same(inferrer.infer({x.data(), n, 1}, options.seed),
                   machine.infer(machine.simulator(), {x.data(), n, 1}, options));
      }
    }
  }
}

TEST_CASE("nothing is allocated after an inferrer's first answer") {
  for (const char* name : {"poisson", "gaussian", "sir"}) {
    for (const char* head : {"none", "mixture"}) {
      CAPTURE(name);
      CAPTURE(head);
      Configuration c = small_configuration(make_builtin_simulator(name));
      c.proposal.head = head;
      const Machine machine = untrained(c);
      const Simulator& simulator = machine.simulator();
      const Index rows = simulator.info().observation.is_set ? 20 : 1;
      const std::vector<float> x = counts(rows * simulator.size());
      const Observations observations{x.data(), rows, simulator.size()};
      Inferrer inferrer(machine, simulator, rows);
      inferrer.infer(observations, 1);
      const std::size_t warnings = inferrer.infer(observations, 1).warnings.size();
      const alfi_test::AllocationCounter allocations;
      for (int i = 0; i < 3; ++i) inferrer.infer(observations, 1);
      const std::int64_t count = allocations.count();
      CHECK(count == 0);
      CHECK(warnings == 0);  // their text would be allocated
    }
  }
}

TEST_CASE("an inferrer refuses what does not fit it") {
  const Machine machine = untrained(small_configuration("poisson"));
  const Simulator& simulator = machine.simulator();
  const std::vector<float> x = counts(6);
  CHECK_THROWS_WITH_AS(Inferrer(machine, simulator, 0), "Inferrer: most_observed is 0, expected at least 1",
                       InputError);
  CHECK_THROWS_AS(Inferrer(machine, make_builtin_simulator("weinberg"), 5), ShapeError);
  Inferrer inferrer(machine, simulator, 5);
  CHECK_THROWS_WITH_AS(inferrer.infer({x.data(), 6, 1}), "Inferrer::infer: got 6 observations, expected at most 5",
                       ShapeError);
  CHECK_THROWS_AS(inferrer.infer({x.data(), 3, 2}), ShapeError);
  InferOptions wrong;
  wrong.iterations = 5000;
  CHECK_THROWS_AS(Inferrer(machine, simulator, 5, wrong), InputError);
  CHECK(inferrer.infer({x.data(), 5, 1}).trajectory.size() == 4);  // still of use
}
