#include "alfi/inference/machine.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "alfi/core/error.hpp"
#include "inference/small.hpp"

using namespace alfi;
using alfi_test::poisson_counts;
using alfi_test::small_configuration;

namespace {

Machine trained(Index steps = 3, const std::string& head = "none") {
  Configuration c = small_configuration();
  c.proposal.head = head;
  Trainer trainer(c, make_builtin_simulator("poisson"), 1);
  for (Index i = 0; i < steps; ++i) trainer.advance();
  trainer.validate_and_keep_best();
  return trainer.machine();
}

Inference infer(const Machine& machine, const std::vector<float>& x, const InferOptions& options = {}) {
  return machine.infer(machine.simulator(), {x.data(), static_cast<Index>(x.size()), 1}, options);
}

}  // namespace

TEST_CASE("a machine survives its file") {
  const Machine machine = trained();
  const auto bytes = serialize(machine.to_file());
  const Machine again = Machine::from_file(parse_tensor_file(bytes, "file"), "file");
  CHECK(serialize(again.to_file()) == bytes);
  const std::vector<float> x = poisson_counts(2, 30, 1);
  CHECK(infer(machine, x).posterior.mean() == infer(again, x).posterior.mean());
  CHECK(again.training_calls() > 0);
  const std::string path =
      (std::filesystem::temp_directory_path() / ("alfi_test_" + std::to_string(::getpid()))).string();
  machine.save(path);
  CHECK(serialize(Machine::load(path).to_file()) == bytes);
  std::filesystem::remove(path);
  CHECK_THROWS_WITH_AS(machine.save("/nowhere/at/all"), doctest::Contains("/nowhere/at/all"), Error);
}

TEST_CASE("a machine whose answer is a mixture survives its file; after every iteration there is one") {
  const Machine machine = trained(3, "mixture");
  const auto bytes = serialize(machine.to_file());
  const Machine again = Machine::from_file(parse_tensor_file(bytes, "file"), "file");
  CHECK(serialize(again.to_file()) == bytes);
  const std::vector<float> x = poisson_counts(2, 30, 1);
  const Inference answer = infer(machine, x);
  CHECK(answer.posterior.quantile(0.3) == infer(again, x).posterior.quantile(0.3));
  CHECK(answer.trajectory[0].components().size() == 1);  // the prior
  for (std::size_t t = 1; t < answer.trajectory.size(); ++t) CHECK(answer.trajectory[t].components().size() == 4);
  CHECK(answer.posterior.components().size() == 4);
  // Another number of components is another machine.
  TensorFile file = machine.to_file();
  std::string& text = file.metadata["configuration"];
  text.replace(text.find("proposal.components = 4"), 23, "proposal.components = 5");
  CHECK_THROWS_WITH_AS(Machine::from_file(file, "file"), doctest::Contains("mixture.1.weight"), InputError);
}

TEST_CASE("an inference depends on its seed and its problem's number alone") {
  const Machine machine = trained();
  const Index count = 11, n = 20;
  std::vector<float> all;
  std::vector<std::int32_t> counts;
  for (Index b = 0; b < count; ++b) {
    const std::vector<float> x = poisson_counts(1 + 0.3 * static_cast<double>(b), n, static_cast<std::uint64_t>(b));
    all.insert(all.end(), x.begin(), x.end());
    counts.push_back(static_cast<std::int32_t>(b == 3 ? 7 : n));
  }
  InferOptions options;
  options.seed = 5;
  const auto one = machine.infer_many(machine.simulator(), {all.data(), count * n, 1}, {counts.data(), count}, options);
  options.threads = 3;
  const auto three =
      machine.infer_many(machine.simulator(), {all.data(), count * n, 1}, {counts.data(), count}, options);
  for (std::size_t b = 0; b < one.size(); ++b) CHECK(one[b].posterior.mean() == three[b].posterior.mean());
  // Problem 6 by itself, with its own number, and without what lies beyond its observations.
  options.first_problem = 3;
  const Inference alone = infer(machine, {all.begin() + 3 * n, all.begin() + 3 * n + 7}, options);
  CHECK(alone.posterior.mean() == one[3].posterior.mean());
  options.seed = 6;
  CHECK(infer(machine, {all.begin() + 3 * n, all.begin() + 3 * n + 7}, options).posterior.mean() !=
        one[3].posterior.mean());
}

TEST_CASE("plan, trajectory and calls are what was asked") {
  const Machine machine = trained(0);
  InferOptions options;
  options.iterations = 2;
  options.thetas = 9;
  options.observations = 6;
  Inference answer = infer(machine, poisson_counts(2, 30, 1), options);
  CHECK(answer.trajectory.size() == 3);
  CHECK(answer.simulator_calls == 9 * (2 + 6));
  options.progress = [](Index) { return false; };
  answer = infer(machine, poisson_counts(2, 30, 1), options);
  CHECK(answer.trajectory.size() == 2);
  CHECK(answer.simulator_calls == 9 * 2);
}

TEST_CASE("observations outside what was trained are warned of") {
  const Machine machine = trained();
  CHECK(infer(machine, poisson_counts(2, 41, 1)).warnings.front().find("trained on 5 to 40") != std::string::npos);
  std::vector<float> odd(40, 0.0f);  // far more spread than any Poisson count of that mean
  for (std::size_t i = 0; i < odd.size(); i += 10) odd[i] = 4000;
  CHECK(!infer(machine, odd).warnings.empty());
}

TEST_CASE("what cannot be inferred from is refused") {
  const Machine machine = trained(0);
  std::vector<float> x = poisson_counts(2, 30, 1);
  x[7] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH_AS(infer(machine, x), doctest::Contains("observation 7"), NumericError);
  x[7] = 2.5f;
  CHECK_THROWS_WITH_AS(
      infer(machine, x),
      "Machine::infer: observation 7 of problem 0: count is 2.5, expected a whole number of at least 0", InputError);
  CHECK_THROWS_WITH_AS(infer(machine, {}), doctest::Contains("is 0, expected 1"), InputError);
  CHECK_THROWS_AS(machine.infer(make_builtin_simulator("gaussian"), {x.data(), 5, 1}), ShapeError);
  InferOptions options;
  options.iterations = 5000;
  CHECK_THROWS_WITH_AS(infer(machine, poisson_counts(2, 30, 1), options), doctest::Contains("5000"), InputError);
}

TEST_CASE("a file that is not a sound model is refused by name") {
  const TensorFile good = trained(0).to_file();
  const auto refused = [&](auto&& spoil, const char* text) {
    TensorFile bad = good;
    spoil(bad);
    CHECK_THROWS_WITH_AS(Machine::from_file(bad, "bad.safetensors"), doctest::Contains(text), InputError);
  };
  refused([](TensorFile& f) { f.metadata["format_version"] = "99"; }, "format_version");
  refused([](TensorFile& f) { f.metadata.erase("configuration"); }, "configuration");
  refused([](TensorFile& f) { f.metadata["configuration"] = "train.steps = many\n"; }, "train.steps");
  refused([](TensorFile& f) { f.tensors.erase("weights.body.0.bias"); }, "weights.body.0.bias");
  refused([](TensorFile& f) { f.tensors["normalization.sd"].dtype = "F32"; }, "normalization.sd");
  refused([](TensorFile& f) { f.metadata["training_calls"] = "-3"; }, "training_calls");
  refused(
      [](TensorFile& f) {
        const float nan = std::numeric_limits<float>::quiet_NaN();
        std::vector<std::uint8_t>& bytes = f.tensors["weights.body.0.bias"].bytes;
        std::copy_n(reinterpret_cast<const std::uint8_t*>(&nan), sizeof nan, bytes.begin());
      },
      "not finite");
}
