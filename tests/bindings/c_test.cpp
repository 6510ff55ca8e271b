#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "alfi/alfi.h"
#include "bindings/small.hpp"
#include "support/allocation_counter.hpp"

using alfi_test::Configuration;
using alfi_test::Counters;
using alfi_test::Handle;
using alfi_test::Simulator;

namespace {

std::string last_error() { return alfi_last_error(); }

template <class Function>
std::vector<double> numbers(const alfi_posterior* posterior, Function function) {
  std::vector<double> values(1);
  REQUIRE(function(posterior, values.data(), 1) == ALFI_OK);
  return values;
}

}  // namespace

TEST_CASE("c: what C++ answers, bit by bit") {
  const alfi_test::Trained trained;
  const std::vector<float> x{3, 4, 2, 6, 3, 5, 4};
  const Handle<alfi_posterior> posterior = trained.infer(x);

  // The same by the C++ interface, from the bytes of the C one.
  std::size_t size = 0;
  REQUIRE(alfi_machine_to_memory(trained.machine.get(), nullptr, 0, &size) == ALFI_OK);
  std::vector<std::uint8_t> bytes(size);
  REQUIRE(alfi_machine_to_memory(trained.machine.get(), bytes.data(), size, &size) == ALFI_OK);
  const alfi::Machine machine =
      alfi::Machine::from_file(alfi::parse_tensor_file(bytes, "memory"), "memory", alfi_test::make_counts_in_cpp());
  alfi::InferOptions options;
  options.seed = 5;
  const alfi::Inference wanted = machine.infer(machine.simulator(), {x.data(), 7, 1}, options);

  CHECK(numbers(posterior.get(), alfi_posterior_mean) == wanted.posterior.mean());
  CHECK(numbers(posterior.get(), alfi_posterior_standard_deviation) == wanted.posterior.standard_deviation());
  double value = 0;
  REQUIRE(alfi_posterior_quantile(posterior.get(), 0.9, &value, 1) == ALFI_OK);
  CHECK(value == wanted.posterior.quantile(0.9)[0]);
  const double theta = 3.5;
  REQUIRE(alfi_posterior_log_density(posterior.get(), &theta, 1, &value) == ALFI_OK);
  CHECK(value == wanted.posterior.log_density({theta}));
  std::vector<double> draws(10);
  REQUIRE(alfi_posterior_draw(posterior.get(), 9, draws.data(), 10) == ALFI_OK);
  CHECK(draws == wanted.posterior.draw(10, 9));
  std::int64_t calls = 0;
  REQUIRE(alfi_posterior_simulator_calls(posterior.get(), &calls) == ALFI_OK);
  CHECK(calls == wanted.simulator_calls);
  CHECK(std::string(alfi_posterior_name(posterior.get(), 0)) == "rate");
  CHECK(alfi_posterior_name(posterior.get(), 1) == nullptr);
  CHECK(alfi_posterior_name(posterior.get(), -1) == nullptr);
}

TEST_CASE("c: doubles and floats, memory and file are one") {
  const alfi_test::Trained trained;
  const std::vector<float> x{3, 4, 2, 6, 3};
  const std::vector<double> twice(x.begin(), x.end());
  const std::vector<double> wanted = numbers(trained.infer(x).get(), alfi_posterior_mean);

  alfi_infer_options options{};
  options.size = sizeof options;
  options.seed = 5;
  Handle<alfi_posterior> posterior;
  REQUIRE(alfi_machine_infer(trained.machine.get(), twice.data(), 5, 1, &options, posterior.place()) == ALFI_OK);
  CHECK(numbers(posterior.get(), alfi_posterior_mean) == wanted);

  const std::string path = "c_test_machine.safetensors";
  REQUIRE(alfi_machine_save(trained.machine.get(), path.c_str()) == ALFI_OK);
  Handle<alfi_machine> loaded;
  REQUIRE(alfi_machine_load(path.c_str(), trained.simulator.get(), loaded.place()) == ALFI_OK);
  std::remove(path.c_str());
  Handle<alfi_posterior> again;
  REQUIRE(alfi_machine_infer_float(loaded.get(), x.data(), 5, 1, &options, again.place()) == ALFI_OK);
  CHECK(numbers(again.get(), alfi_posterior_mean) == wanted);
}

TEST_CASE("c: cancelled and resumed, a training is the same") {
  const alfi_test::Trained whole;
  const std::vector<float> x{3, 4, 2, 6, 3};
  const std::vector<double> wanted = numbers(whole.infer(x).get(), alfi_posterior_mean);

  Simulator simulator;
  Configuration configuration;
  Handle<alfi_trainer> first = alfi_test::trainer_of(configuration, simulator, 1);
  Counters counters;
  counters.stop_at = 3;
  alfi_train_options options{};
  options.size = sizeof options;
  options.watch = Counters::watch;
  options.log = Counters::log;
  options.user = &counters;
  CHECK(alfi_trainer_run(first.get(), &options) == ALFI_CANCELLED);
  CHECK(last_error().find("after 3 of 8") != std::string::npos);
  std::int64_t step = 0;
  REQUIRE(alfi_trainer_step(first.get(), &step) == ALFI_OK);
  CHECK(step == 3);
  CHECK(counters.lines == 0);

  const char* const path = "c_test_checkpoint.safetensors";
  REQUIRE(alfi_trainer_save(first.get(), path) == ALFI_OK);
  Handle<alfi_trainer> second = alfi_test::trainer_of(configuration, simulator, 2);
  REQUIRE(alfi_trainer_resume(second.get(), path) == ALFI_OK);
  std::remove(path);
  alfi_train_options two{};
  two.size = sizeof two;
  two.most_steps = 2;
  REQUIRE(alfi_trainer_run(second.get(), &two) == ALFI_OK);
  REQUIRE(alfi_trainer_step(second.get(), &step) == ALFI_OK);
  CHECK(step == 5);
  counters.stop_at = 0;
  REQUIRE(alfi_trainer_run(second.get(), &options) == ALFI_OK);
  CHECK(counters.lines == 1);  // the validation after the last step
  CHECK(counters.last.step == 8);
  CHECK(counters.last.steps == 8);
  CHECK(counters.last.size == sizeof(alfi_progress));
  CHECK(std::isfinite(counters.last.loss));
  Handle<alfi_machine> machine;
  REQUIRE(alfi_trainer_machine(second.get(), machine.place()) == ALFI_OK);
  CHECK(numbers(alfi_test::infer(machine.get(), x).get(), alfi_posterior_mean) == wanted);
}

TEST_CASE("c: an inference is watched, warned of and stopped") {
  const alfi_test::Trained trained;
  Counters counters;
  alfi_infer_options options{};
  options.size = sizeof options;
  options.watch = Counters::watch;
  options.log = Counters::log;
  options.user = &counters;
  const std::vector<float> x(60, 3);  // trained on 3 to 12
  Handle<alfi_posterior> posterior;
  REQUIRE(alfi_machine_infer_float(trained.machine.get(), x.data(), 60, 1, &options, posterior.place()) == ALFI_OK);
  CHECK(counters.last.step == 2);
  CHECK(counters.last.steps == 2);
  CHECK(counters.lines >= 1);
  CHECK(counters.last_line == alfi_posterior_warning(posterior.get(), counters.lines - 1));
  CHECK(alfi_posterior_warning(posterior.get(), counters.lines) == nullptr);
  CHECK(alfi_posterior_warning(posterior.get(), -1) == nullptr);

  counters.stop_at = 1;
  Handle<alfi_posterior> none;
  CHECK(alfi_machine_infer_float(trained.machine.get(), x.data(), 60, 1, &options, none.place()) == ALFI_CANCELLED);
  CHECK(none.get() == nullptr);
}

TEST_CASE("c: an inferrer answers as the machine does, again and again, and allocates nothing") {
  const alfi_test::Trained trained;
  Handle<alfi_inferrer> inferrer, other;
  REQUIRE(alfi_inferrer_create(trained.machine.get(), 9, nullptr, inferrer.place()) == ALFI_OK);
  const std::vector<float> all{3, 4, 2, 6, 3, 5, 4, 2, 7};
  const alfi_posterior* answer = nullptr;
  Handle<alfi_posterior> kept;
  for (const std::size_t n : {9, 1, 5}) {
    const std::vector<float> x(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n));
    const std::vector<double> twice(x.begin(), x.end());
    const std::vector<double> wanted = numbers(trained.infer(x).get(), alfi_posterior_mean);
    const auto size = static_cast<std::int64_t>(n);
    REQUIRE(alfi_inferrer_infer_float(inferrer.get(), x.data(), size, 1, 5, &answer) == ALFI_OK);
    CHECK(numbers(answer, alfi_posterior_mean) == wanted);
    REQUIRE(alfi_inferrer_infer(inferrer.get(), twice.data(), size, 1, 5, &answer) == ALFI_OK);
    CHECK(numbers(answer, alfi_posterior_mean) == wanted);
    if (n == 9) REQUIRE(alfi_posterior_copy(answer, kept.place()) == ALFI_OK);
  }
  CHECK(numbers(kept.get(), alfi_posterior_mean) == numbers(trained.infer(all).get(), alfi_posterior_mean));
  CHECK(numbers(kept.get(), alfi_posterior_mean) != numbers(answer, alfi_posterior_mean));

  const std::vector<double> x(all.begin(), all.end());
  const auto again = [&](std::uint64_t seed) {
    return alfi_inferrer_infer(inferrer.get(), x.data(), 9, 1, seed, &answer);
  };
  REQUIRE(again(5) == ALFI_OK);
  {
    const alfi_test::AllocationCounter allocations;
    for (std::uint64_t seed = 6; seed < 9; ++seed) again(seed);
    CHECK(allocations.count() == 0);
  }
  CHECK(numbers(kept.get(), alfi_posterior_mean) != numbers(answer, alfi_posterior_mean));  // another seed

  REQUIRE(alfi_inferrer_copy(inferrer.get(), other.place()) == ALFI_OK);
  const alfi_posterior* second = nullptr;
  REQUIRE(alfi_inferrer_infer(other.get(), x.data(), 9, 1, 8, &second) == ALFI_OK);
  CHECK(second != answer);
  CHECK(numbers(second, alfi_posterior_mean) == numbers(answer, alfi_posterior_mean));

  const std::vector<double> more(10, 3);
  CHECK(alfi_inferrer_infer(inferrer.get(), more.data(), 10, 1, 5, &answer) == ALFI_SHAPE_ERROR);
  CHECK(last_error() == "Inferrer::infer: got 10 observations, expected at most 9");
  CHECK(alfi_inferrer_infer(inferrer.get(), x.data(), 9, 1, 5, nullptr) == ALFI_INPUT_ERROR);
  CHECK(alfi_inferrer_infer(inferrer.get(), nullptr, 9, 1, 5, &answer) == ALFI_INPUT_ERROR);
  CHECK(alfi_inferrer_infer(nullptr, x.data(), 9, 1, 5, &answer) == ALFI_INPUT_ERROR);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(alfi_inferrer_infer(inferrer.get(), &nan, 1, 1, 5, &answer) == ALFI_NUMERIC_ERROR);
  REQUIRE(again(8) == ALFI_OK);  // and goes on after a failure
  CHECK(numbers(second, alfi_posterior_mean) == numbers(answer, alfi_posterior_mean));

  alfi_infer_options options{};
  options.size = sizeof options;
  options.seed = 4;
  CHECK(alfi_inferrer_create(trained.machine.get(), 9, &options, other.place()) == ALFI_INPUT_ERROR);
  CHECK(last_error() == "alfi_inferrer_create: seed is 4, expected 0: each inference is given its own");
  CHECK(alfi_inferrer_create(trained.machine.get(), 0, nullptr, other.place()) == ALFI_INPUT_ERROR);
  CHECK(alfi_inferrer_create(nullptr, 9, nullptr, other.place()) == ALFI_INPUT_ERROR);
}

TEST_CASE("c: an inferrer's watch and log are called every time") {
  const alfi_test::Trained trained;
  Counters counters;
  alfi_infer_options options{};
  options.size = sizeof options;
  options.watch = Counters::watch;
  options.log = Counters::log;
  options.user = &counters;
  Handle<alfi_inferrer> inferrer;
  REQUIRE(alfi_inferrer_create(trained.machine.get(), 60, &options, inferrer.place()) == ALFI_OK);
  const std::vector<double> x(60, 3);
  const alfi_posterior* answer = nullptr;
  for (int i = 1; i <= 2; ++i) {
    counters.last.step = 0;
    REQUIRE(alfi_inferrer_infer(inferrer.get(), x.data(), 60, 1, 0, &answer) == ALFI_OK);
    CHECK(counters.last.step == 2);
    CHECK(counters.last.steps == 2);
    CHECK(counters.lines == i);  // 60 samples are more than any training saw
  }
  counters.stop_at = 1;
  CHECK(alfi_inferrer_infer(inferrer.get(), x.data(), 60, 1, 0, &answer) == ALFI_CANCELLED);
  counters.stop_at = 0;
  CHECK(alfi_inferrer_infer(inferrer.get(), x.data(), 60, 1, 0, &answer) == ALFI_OK);
}

TEST_CASE("c: many problems at once, the first of them as it is alone") {
  const alfi_test::Trained trained;
  const alfi_machine* machine = trained.machine.get();
  alfi_infer_options options{};
  options.size = sizeof options;
  options.seed = 5;
  const double hidden = std::nan("");  // what does not exist is not looked at
  const double x[] = {3, 4, 2, 6, 3, 5, 5, 7, hidden, hidden};
  const std::int32_t counts[] = {5, 3};
  alfi_posterior* made[2] = {nullptr, nullptr};
  REQUIRE(alfi_machine_infer_many(machine, x, 2, 5, 1, counts, &options, made) == ALFI_OK);
  Handle<alfi_posterior> first, second;
  *first.place() = made[0];
  *second.place() = made[1];
  CHECK(numbers(first.get(), alfi_posterior_mean) ==
        numbers(trained.infer({3, 4, 2, 6, 3}).get(), alfi_posterior_mean));
  CHECK(numbers(second.get(), alfi_posterior_mean) != numbers(first.get(), alfi_posterior_mean));
  CHECK(alfi_machine_infer_many(machine, nullptr, 0, 5, 1, nullptr, nullptr, nullptr) == ALFI_OK);

  alfi_posterior* none[2] = {nullptr, nullptr};
  const std::int32_t too_many[] = {5, 6};
  CHECK(alfi_machine_infer_many(machine, x, 2, 5, 1, too_many, &options, none) == ALFI_NUMERIC_ERROR);
  const double whole[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  CHECK(alfi_machine_infer_many(machine, whole, 2, 5, 1, too_many, &options, none) == ALFI_SHAPE_ERROR);
  CHECK(last_error() == "Machine::infer: problem 1 has 6 observations, expected 1 to 5");
  CHECK(alfi_machine_infer_many(machine, x, -1, 5, 1, counts, &options, none) == ALFI_SHAPE_ERROR);
  CHECK(alfi_machine_infer_many(machine, x, 2, 0, 1, counts, &options, none) == ALFI_SHAPE_ERROR);
  CHECK(alfi_machine_infer_many(machine, x, 2, 5, 1, nullptr, &options, none) == ALFI_INPUT_ERROR);
  options.watch = [](const alfi_progress*, void*) { return 0; };
  CHECK(alfi_machine_infer_many(machine, x, 2, 5, 1, counts, &options, none) == ALFI_INPUT_ERROR);
  CHECK(none[0] == nullptr);
}

TEST_CASE("c: a simulator that cannot go on") {
  Simulator simulator(alfi_test::refuse);
  Configuration configuration;
  Handle<alfi_trainer> trainer;
  CHECK(alfi_trainer_create(configuration.get(), simulator.get(), 1, ALFI_CPU, trainer.place()) == ALFI_CALLBACK_ERROR);
  CHECK(last_error() == "the simulator's callback answered 17, expected 0");
  CHECK(trainer.get() == nullptr);
}

TEST_CASE("c: a simulator is released once, when nothing uses it") {
  int released = 0;
  Handle<alfi_machine> machine;
  {
    Simulator simulator(alfi_test::count, ALFI_MANY_AT_ONCE, &released);
    Configuration configuration;
    Handle<alfi_simulator> copy;
    REQUIRE(alfi_simulator_copy(simulator.get(), copy.place()) == ALFI_OK);
    Handle<alfi_trainer> trainer = alfi_test::trainer_of(configuration, simulator, 1);
    REQUIRE(alfi_trainer_machine(trainer.get(), machine.place()) == ALFI_OK);
  }
  CHECK(released == 0);
  alfi_test::infer(machine.get(), {3, 4, 2});
  machine = {};
  CHECK(released == 1);
}

TEST_CASE("c: wrong use is told, and nothing is written") {
  const alfi_test::Trained trained;
  Handle<alfi_posterior> posterior;
  double x[] = {3, 4, 2}, out[2] = {-1, -1};
  const auto infer = [&](const alfi_machine* machine, const double* data, std::int64_t samples, std::int64_t size,
                         const alfi_infer_options* options) {
    return alfi_machine_infer(machine, data, samples, size, options, posterior.place());
  };
  const alfi_machine* machine = trained.machine.get();
  CHECK(infer(nullptr, x, 3, 1, nullptr) == ALFI_INPUT_ERROR);
  CHECK(last_error() == "alfi_machine_infer: machine is NULL, expected an address");
  CHECK(infer(machine, nullptr, 3, 1, nullptr) == ALFI_INPUT_ERROR);
  CHECK(infer(machine, x, 0, 1, nullptr) == ALFI_SHAPE_ERROR);
  CHECK(infer(machine, x, -3, -1, nullptr) == ALFI_SHAPE_ERROR);
  CHECK(infer(machine, x, INT64_MAX, INT64_MAX, nullptr) == ALFI_SHAPE_ERROR);
  CHECK(infer(machine, x, 1, 3, nullptr) == ALFI_SHAPE_ERROR);
  CHECK(alfi_machine_infer(machine, x, 3, 1, nullptr, nullptr) == ALFI_INPUT_ERROR);
  for (const double bad :
       {1e300, -1e300, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    x[1] = bad;
    CHECK(infer(machine, x, 3, 1, nullptr) == ALFI_NUMERIC_ERROR);
    CHECK(last_error().find("entry 1 of x is") != std::string::npos);
  }
  x[1] = 4;
  alfi_infer_options options{};
  CHECK(infer(machine, x, 3, 1, &options) == ALFI_INPUT_ERROR);  // size 0
  options.size = sizeof options;
  options.device = 7;
  CHECK(infer(machine, x, 3, 1, &options) == ALFI_INPUT_ERROR);
  options.device = ALFI_CPU;
  CHECK(posterior.get() == nullptr);
  REQUIRE(infer(machine, x, 3, 1, nullptr) == ALFI_OK);

  CHECK(alfi_posterior_mean(posterior.get(), out, 2) == ALFI_SHAPE_ERROR);
  CHECK(alfi_posterior_mean(posterior.get(), nullptr, 1) == ALFI_INPUT_ERROR);
  CHECK(alfi_posterior_draw(posterior.get(), 1, out, -1) == ALFI_SHAPE_ERROR);
  for (const double bad : {0.0, 1.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK(alfi_posterior_quantile(posterior.get(), bad, out, 1) == ALFI_INPUT_ERROR);
  }
  const double nan = std::numeric_limits<double>::quiet_NaN(), negative = -1;
  CHECK(alfi_posterior_log_density(posterior.get(), &nan, 1, out) == ALFI_NUMERIC_ERROR);
  CHECK(out[0] == -1);
  REQUIRE(alfi_posterior_log_density(posterior.get(), &negative, 1, out) == ALFI_OK);
  CHECK(out[0] == -std::numeric_limits<double>::infinity());  // a rate below 0

  CHECK(alfi_machine_load("no such file", nullptr, nullptr) == ALFI_INPUT_ERROR);
  CHECK(last_error().find("no such file") != std::string::npos);
  Handle<alfi_machine> none;
  CHECK(alfi_machine_from_memory("nonsense", 8, nullptr, none.place()) == ALFI_INPUT_ERROR);
  std::size_t size = 0;
  unsigned char small[4];
  CHECK(alfi_machine_to_memory(machine, small, sizeof small, &size) == ALFI_SHAPE_ERROR);
  CHECK(size == 0);
  alfi_machine_free(nullptr);
}

TEST_CASE("c: configurations and descriptions say what is wrong") {
  Handle<alfi_configuration> configuration;
  REQUIRE(alfi_configuration_create("poisson", configuration.place()) == ALFI_OK);
  CHECK(alfi_configuration_set(configuration.get(), "train.stebs", "3") == ALFI_INPUT_ERROR);
  CHECK(last_error().find("train.steps") != std::string::npos);
  CHECK(alfi_configuration_set(configuration.get(), "train.steps", "many") == ALFI_INPUT_ERROR);
  CHECK(alfi_configuration_set_real(configuration.get(), "train.beta", std::numeric_limits<double>::quiet_NaN()) ==
        ALFI_INPUT_ERROR);
  CHECK(alfi_configuration_set(configuration.get(), nullptr, "3") == ALFI_INPUT_ERROR);
  REQUIRE(alfi_configuration_set(configuration.get(), "network.encoder", "8 8 8") == ALFI_OK);
  CHECK(alfi_configuration_set_integer(configuration.get(), "train.steps", -4) == ALFI_INPUT_ERROR);
  CHECK(last_error() == "train.steps: got -4, expected at least 1");
  CHECK(alfi_configuration_set_real(configuration.get(), "train.learning_rate", 2) == ALFI_INPUT_ERROR);
  CHECK(alfi_configuration_set(configuration.get(), "network.cell", "rnn") == ALFI_INPUT_ERROR);
  // Together values are looked at where a trainer is made.
  REQUIRE(alfi_configuration_set_integer(configuration.get(), "train.shard", 3) == ALFI_OK);
  Handle<alfi_simulator> simulator;
  REQUIRE(alfi_simulator_from_configuration(configuration.get(), simulator.place()) == ALFI_OK);
  Handle<alfi_trainer> trainer;
  CHECK(alfi_trainer_create(configuration.get(), simulator.get(), 1, ALFI_CPU, trainer.place()) == ALFI_INPUT_ERROR);
  CHECK(last_error().find("train.shard: got 3") != std::string::npos);

  Handle<alfi_description> description;
  REQUIRE(alfi_description_create("mine", description.place()) == ALFI_OK);
  Handle<alfi_simulator> none;
  CHECK(alfi_simulator_from_callback(description.get(), alfi_test::count, nullptr, none.place()) == ALFI_INPUT_ERROR);
  CHECK(last_error().find("mine has 0 parameters") != std::string::npos);
  CHECK(alfi_description_add_parameter(description.get(), "a", nullptr, "flat", 0, 1) == ALFI_INPUT_ERROR);
  CHECK(alfi_description_add_parameter(description.get(), "a", nullptr, "uniform", 1, 0) == ALFI_INPUT_ERROR);
  CHECK(alfi_description_set_series(description.get(), 0) == ALFI_INPUT_ERROR);
  REQUIRE(alfi_description_add_parameter(description.get(), "a", nullptr, "exponential", 2, 0) == ALFI_OK);
  REQUIRE(alfi_description_add_column(description.get(), "x", nullptr) == ALFI_OK);
  CHECK(alfi_simulator_from_callback(description.get(), nullptr, nullptr, none.place()) == ALFI_INPUT_ERROR);
}

namespace {

/// Options as a program compiled with another header has them.
struct LongerOptions {
  alfi_train_options known;
  std::int64_t later;
};

}  // namespace

TEST_CASE("c: options of older and newer headers") {
  Simulator simulator;
  Configuration configuration;
  Handle<alfi_trainer> trainer = alfi_test::trainer_of(configuration, simulator, 1);
  LongerOptions newer{};
  newer.known.size = sizeof newer;
  newer.known.most_steps = 1;
  CHECK(alfi_trainer_run(trainer.get(), &newer.known) == ALFI_OK);
  newer.later = 1;
  CHECK(alfi_trainer_run(trainer.get(), &newer.known) == ALFI_INPUT_ERROR);
  CHECK(last_error().find("newer alfi.h") != std::string::npos);

  alfi_train_options older{};
  older.size = offsetof(alfi_train_options, most_steps);
  older.most_steps = -1;  // which that program does not know of
  CHECK(alfi_trainer_run(trainer.get(), &older) == ALFI_OK);
  std::int64_t step = 0;
  REQUIRE(alfi_trainer_step(trainer.get(), &step) == ALFI_OK);
  CHECK(step == 8);
}

TEST_CASE("c: threads infer on one machine at once, with their own errors") {
  const alfi_test::Trained trained;
  constexpr int kThreads = 6, kTimes = 4;
  std::vector<std::vector<double>> wanted, got(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    wanted.push_back(
        numbers(trained.infer(std::vector<float>(5, static_cast<float>(t + 1))).get(), alfi_posterior_mean));
  }
  CHECK(wanted[0] != wanted[5]);
  std::vector<std::string> errors(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const auto i = static_cast<std::size_t>(t);
      for (int time = 0; time < kTimes; ++time) {
        const std::vector<float> x(5, static_cast<float>(t + 1));
        Handle<alfi_posterior> posterior = alfi_test::infer(trained.machine.get(), x);
        got[i].resize(1);
        alfi_posterior_mean(posterior.get(), got[i].data(), 1);
        alfi_posterior_mean(posterior.get(), got[i].data(), 100 + t);  // fails
        errors[i] = last_error();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int t = 0; t < kThreads; ++t) {
    const auto i = static_cast<std::size_t>(t);
    CHECK(got[i] == wanted[i]);
    CHECK(errors[i] == "alfi_posterior_mean: the result has " + std::to_string(100 + t) + " entries, expected 1");
  }
}

TEST_CASE("c: the same whatever the threads") {
  Simulator simulator(alfi_test::count, ALFI_MANY_AT_ONCE);
  Configuration configuration;
  std::vector<std::vector<unsigned char>> models;
  for (const int threads : {1, 3}) {
    Handle<alfi_trainer> trainer = alfi_test::trainer_of(configuration, simulator, threads);
    REQUIRE(alfi_trainer_run(trainer.get(), nullptr) == ALFI_OK);
    Handle<alfi_machine> machine;
    REQUIRE(alfi_trainer_machine(trainer.get(), machine.place()) == ALFI_OK);
    std::size_t size = 0;
    REQUIRE(alfi_machine_to_memory(machine.get(), nullptr, 0, &size) == ALFI_OK);
    models.emplace_back(size);
    REQUIRE(alfi_machine_to_memory(machine.get(), models.back().data(), size, &size) == ALFI_OK);
  }
  CHECK(models[0] == models[1]);
}
