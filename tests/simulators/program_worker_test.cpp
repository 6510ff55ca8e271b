#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "simulators/program_cases.hpp"

using namespace alfi;
using namespace alfi_test;

namespace {

std::string temporary(const std::string& name) {
  return (std::filesystem::temp_directory_path() / ("alfi_test_" + std::to_string(::getpid()) + "_" + name)).string();
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

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

TEST_CASE("program: a fifth of the calls kill their worker; their neighbours do not suffer") {
  const NothingLeaks leaks;
  for (const char* mode : {"exits", "crashes"}) {
    for (const Index window : {1, 16}) {
      ProgramOptions options = program_options({mode});
      options.window = window;
      const ProgramSimulator simulator(program_info(), options);
      ProgramRows calls(100);
      calls.simulate(simulator);
      CAPTURE(mode);
      CHECK(calls.wrong(Status::failed) == 0);
      const FailureReport report = simulator.failures();
      CHECK(report.given_up == 20);
      CHECK(report.ended >= 40);
      CHECK(report.last == (mode[0] == 'e' ? "exit status 3" : "signal 6 (Aborted)"));
    }
  }
}

TEST_CASE("program: garbage costs the call that it belongs to, where one can tell, and else the worker") {
  const NothingLeaks leaks;
  const std::pair<const char*, const char*> modes[] = {
      {"words", " 0 one two\", expected ID STATUS"}, {"few", " 0 1\", expected ID STATUS"},
      {"many", " 7\", expected ID STATUS"},          {"status", " 7\", expected ID STATUS"},
      {"babbles", "got \"Loading the detector\""},   {"unknown", "an answer to no call that is under way"},
      {"endless", "bytes without the end of a line"}};
  for (const auto& [mode, text] : modes) {
    const ProgramSimulator simulator(program_info(), program_options({mode}));
    ProgramRows calls(30);
    calls.simulate(simulator);
    CAPTURE(mode);
    CHECK(calls.wrong(Status::failed) == 0);
    const FailureReport report = simulator.failures();
    CHECK(report.given_up == 6);
    CHECK(report.garbled >= 12);
    CHECK(report.ended + report.timed_out == 0);
    CHECK_MESSAGE(report.last.find(text) != std::string::npos, report.last);
  }
  // An answer that is said again when its place has another call is not that call's.
  ProgramOptions options = program_options({"late"});
  options.window = 1;
  const ProgramSimulator late(program_info(), options);
  ProgramRows repeated(30);
  repeated.simulate(late);
  CHECK(repeated.status == std::vector<std::uint8_t>(30, 0));
  for (std::size_t i = 0; i < 30; ++i) CHECK(repeated.out[4 * i] == repeated.theta[2 * i]);
  CHECK(late.failures().garbled >= 1);
  // The first answer of two is right; the second ends the worker, whose other calls are made again.
  const ProgramSimulator simulator(program_info(), program_options({"twice"}));
  ProgramRows calls(30);
  calls.simulate(simulator);
  CHECK(calls.status == std::vector<std::uint8_t>(30, 0));
  CHECK(simulator.failures().garbled > 0);
}

TEST_CASE("program: a worker that hangs or reads no more is replaced") {
  const NothingLeaks leaks;
  ProgramOptions options = program_options({"hangs"}, 4);
  options.timeout = 0.25;
  options.retries = 0;
  const ProgramSimulator hangs(program_info(), options);
  ProgramRows calls(20);
  calls.simulate(hangs);
  CHECK(calls.wrong(Status::failed) == 0);
  CHECK(hangs.failures().given_up == 4);
  CHECK(hangs.failures().timed_out >= 4);
  CHECK(hangs.failures().last == "no answer for 0.25 seconds (simulator.timeout)");
  options.command.back() = "deaf";
  const ProgramSimulator deaf(program_info(), options);
  ProgramRows others(20);
  others.simulate(deaf);
  CHECK(others.wrong(Status::failed) == 0);
  CHECK(deaf.failures().given_up == 4);
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

TEST_CASE("program: workers killed from outside in the middle of their work") {
  const NothingLeaks leaks;
  const std::string file = temporary("killed");
  ProgramOptions options = program_options({"killed", file});
  options.retries = 3;  // three kills cannot spoil a call four times
  const ProgramSimulator simulator(program_info(), options);
  std::thread killer([&] {
    for (int i = 0, killed = 0; i < 500 && killed < 3; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      std::ifstream pids(file);
      int pid = 0, last = 0;
      while (pids >> pid) last = pid;
      if (last > 0 && ::kill(last, SIGKILL) == 0) ++killed;
    }
  });
  ProgramRows calls(300);
  calls.simulate(simulator);
  killer.join();
  std::filesystem::remove(file);
  CHECK(calls.status == std::vector<std::uint8_t>(300, 0));
  CHECK(simulator.failures().ended >= 1);
  CHECK(simulator.failures().last == "signal 9 (Killed)");
}

TEST_CASE("program: a worker that ends after each answer is started again, without SIGPIPE") {
  const NothingLeaks leaks;
  struct sigaction before {};
  ::sigaction(SIGPIPE, nullptr, &before);
  REQUIRE((before.sa_handler == SIG_DFL));
  const ProgramSimulator simulator(program_info(), program_options({"once"}, 1));
  for (int i = 0; i < 20; ++i) {
    ProgramRows calls(1, 1);
    calls.simulate(simulator);
    CHECK(calls.status[0] == 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // so that some find it ended
  }
  struct sigaction after {};
  ::sigaction(SIGPIPE, nullptr, &after);
  CHECK((after.sa_handler == SIG_DFL));
  sigset_t signals;
  ::sigpending(&signals);
  CHECK(::sigismember(&signals, SIGPIPE) == 0);
  ::pthread_sigmask(SIG_BLOCK, nullptr, &signals);
  CHECK(::sigismember(&signals, SIGPIPE) == 0);
}

TEST_CASE("program: one that never answers ends the simulation, saying how") {
  const NothingLeaks leaks;
  const ProgramSimulator leaves(program_info(), program_options({"leaves"}, 3));
  CHECK(program_error(leaves) == "simulator.command " + std::string(ALFI_TEST_WORKER) +
                                     " leaves: 19 attempts in a row gave no answer; the last: exit status 3; "
                                     "the last line on its standard error: no licence");
  CHECK(program_error(leaves) != "");  // and again
  ProgramOptions options = program_options({});
  options.command = {"/nowhere/my_simulator", "--serve"};
  const ProgramSimulator nowhere(program_info(), options);
  CHECK(program_error(nowhere) == "simulator.command: /nowhere/my_simulator cannot be run: No such file or directory");
  options.command = {"/"};
  CHECK(program_error(ProgramSimulator(program_info(), options)) ==
        "simulator.command: / cannot be run: Permission denied");
  // All threads that wait are told.
  std::vector<std::thread> threads;
  std::vector<std::string> errors(4);
  for (std::string& error : errors) threads.emplace_back([&] { error = program_error(nowhere); });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& error : errors) CHECK(error.find("cannot be run") != std::string::npos);
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

TEST_CASE("program: what a worker has started ends with it, and one that stays is ended") {
  const NothingLeaks leaks;
  const std::string file = temporary("parent");
  {
    const ProgramSimulator simulator(program_info(), program_options({"parent", file}, 1));
    ProgramRows calls(3);
    calls.simulate(simulator);
    for (int i = 0; i < 500 && text_of(file).empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const std::string pid = text_of(file).substr(0, text_of(file).find('\n'));
  REQUIRE(!pid.empty());
  std::filesystem::remove(file);
  // Gone, or dead and waiting for the process that has inherited it to look.
  bool gone = false;
  for (int i = 0; i < 200 && !gone; ++i) {
    const std::string state = text_of("/proc/" + pid + "/stat");
    gone = state.empty() || state.find(") Z ") != std::string::npos || state.find(") X ") != std::string::npos;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(gone);
  const double seconds = seconds_of([] {
    const ProgramSimulator simulator(program_info(), program_options({"stays"}, 4));
    ProgramRows(50).simulate(simulator);
  });
  CHECK(seconds > 0.5);
  CHECK(seconds < 5);
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
