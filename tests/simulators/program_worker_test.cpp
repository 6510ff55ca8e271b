#include <fcntl.h>

#include <thread>

#include "simulators/program_cases.hpp"

using namespace alfi;
using namespace alfi_test;

TEST_CASE("program: numbers and seeds reach workers and come back bit by bit, in any order of answers") {
  const NothingLeaks leaks;
  for (const char* mode : {"echo", "reverse"}) {
    for (const int workers : {1, 2, 5}) {
      for (const Index window : {1, 2, 7, 64}) {
        ProgramOptions options = program_options({mode}, workers);
        options.window = window;
        const ProgramSimulator simulator(program_info(), options);
        for (const Index rows : {0, 1, 3, 200}) {
          ProgramRows calls(rows);
          calls.simulate(simulator);
          CAPTURE(mode);
          CAPTURE(window);
          for (std::size_t i = 0; i < calls.seeds.size(); ++i) CHECK(calls.status[i] == 0);
          Index wrong = 0;
          for (std::size_t i = 0; i < calls.seeds.size(); ++i) {
            wrong += calls.out[4 * i] == calls.theta[2 * i] && calls.out[4 * i + 1] == calls.theta[2 * i + 1] &&
                             calls.out[4 * i + 2] == static_cast<double>(calls.seeds[i] >> 32) &&
                             calls.out[4 * i + 3] == static_cast<double>(calls.seeds[i] & 0xffffffff)
                         ? 0
                         : 1;
          }
          CHECK(wrong == 0);
        }
        CHECK(simulator.failures().nothing());
        CHECK(simulator.failures().calls == 204);
      }
    }
  }
}

TEST_CASE("program: a window of calls is with a worker, never more") {
  const NothingLeaks leaks;
  ProgramOptions options = program_options({"counts"}, 1);
  options.window = 12;
  const ProgramSimulator simulator(program_info(), options);
  ProgramRows calls(300);
  calls.simulate(simulator);
  double most = 0;
  for (std::size_t i = 0; i < calls.seeds.size(); ++i) most = std::max(most, calls.out[4 * i]);
  CHECK(most == 12);
}

TEST_CASE("program: a worker has its standard streams, and nothing of the library's or of other workers") {
  const NothingLeaks leaks;
  int inherited = 3;
  for (int i = 3; i < 1024; ++i) inherited += ::fcntl(i, F_GETFD) == 0;  // open, and not closed by exec
  const ProgramSimulator simulator(program_info(), program_options({"descriptors"}, 4));
  ProgramRows calls(40);
  calls.simulate(simulator);
  for (std::size_t i = 0; i < 40; ++i) CHECK(calls.out[4 * i] == inherited);
}

TEST_CASE("program: several threads share the workers") {
  const NothingLeaks leaks;
  const ProgramSimulator simulator(program_info(), program_options({"fails"}, 3));
  std::vector<std::thread> threads;
  std::vector<Index> wrong(6);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (Index i = 0; i < 40; ++i) {
        ProgramRows calls(1 + i * static_cast<Index>(t), 1000 * t);
        calls.simulate(simulator);
        wrong[t] += calls.wrong(Status::failed);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Index count : wrong) CHECK(count == 0);
  CHECK(simulator.failures().calls == 6 * 40 + 15 * 780);
}

TEST_CASE("program: what a worker says of a call is its status, and not tried again") {
  const NothingLeaks leaks;
  for (const Status status : {Status::failed, Status::too_long}) {
    const ProgramSimulator simulator(program_info(), program_options({status == Status::failed ? "fails" : "long"}));
    ProgramRows calls(500);
    calls.simulate(simulator);
    CHECK(calls.wrong(status) == 0);
    const FailureReport report = simulator.failures();
    CHECK(report.reported == 100);
    CHECK(report.ended + report.garbled + report.timed_out + report.given_up == 0);
    CHECK(report.text() == "100 of 500 calls failed: 100 by the program's own word");
  }
}

TEST_CASE("program: a report of failures without a single answer") {
  FailureReport report;
  report.ended = 3;
  CHECK(report.text() == "no call was answered: 3 processes ended without an answer");
}

TEST_CASE("program: slow calls are shared out as workers get done") {
  const NothingLeaks leaks;
  const ProgramSimulator simulator(program_info(), program_options({"waits"}, 4));
  ProgramRows calls(40);
  const double seconds = seconds_of([&] { calls.simulate(simulator); });
  CHECK(calls.status == std::vector<std::uint8_t>(40, 0));
  // The first 20 calls take 50 ms: 0.25 s of four workers, and 0.5 s where each had ten neighbours.
  CHECK(seconds < 0.45);
}

TEST_CASE("program: standard error goes to the log by lines, however much there is") {
  const NothingLeaks leaks;
  const std::string log = temporary("log");
  {
    ProgramOptions options = program_options({"talks"});
    options.log = log;
    const ProgramSimulator simulator(program_info(), options);
    ProgramRows calls(50);
    calls.simulate(simulator);
  }
  const std::string text = text_of(log);
  std::filesystem::remove(log);
  CHECK(text.find("worker 1: seed 18364758") != std::string::npos);
  const ProgramSimulator floods(program_info(), program_options({"flood"}));
  ProgramRows calls(200);
  calls.simulate(floods);
  CHECK(calls.status == std::vector<std::uint8_t>(200, 0));
  ProgramOptions options = program_options({"talks"});
  options.log = "/nowhere/log";
  CHECK_THROWS_WITH_AS(ProgramSimulator(program_info(), options),
                       "simulator.log: /nowhere/log cannot be written: No such file or directory", InputError);
}

TEST_CASE("program: each sample of a Simulator has a seed of its own, the same every time") {
  const NothingLeaks leaks;
  const Simulator simulator = make_program_simulator(program_info(), program_options({"echo"}));
  std::vector<float> theta{1, 2, 3, 4}, out(4 * 6), again(4 * 6);
  std::vector<std::uint8_t> status(6);
  SimulateRequest request;
  request.problems = 2;
  request.observations = 3;
  request.theta = {theta.data(), 2, 2};
  request.out = {out.data(), 6, 4};
  request.status = {status.data(), 6};
  request.key = step_key(1, Purpose::user, 0);
  simulator.simulate(Context(), request);
  CHECK(out[4 * 5] == 3);
  CHECK(out[4 * 5 + 2] != out[4 * 4 + 2]);
  request.out = {again.data(), 6, 4};
  simulator.simulate(Context(), request);
  CHECK(out == again);
}
