// Programs that die, hang, babble or stay, and what is left of them.
#include <signal.h>

#include <thread>

#include "simulators/program_cases.hpp"

using namespace alfi;
using namespace alfi_test;

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

TEST_CASE("program: an answer that its support excludes has failed, and costs no process") {
  const NothingLeaks leaks;
  SimulatorInfo info = program_info();
  info.observation.supports = {Support{}, Support{}, Support::count(), support_from("0..8")};
  const ProgramSimulator simulator(info, program_options({"echo"}));
  ProgramRows calls(10);  // the last entry is 4 to 13
  calls.simulate(simulator);
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(calls.status[i] == (i < 5 ? 0 : static_cast<std::uint8_t>(Status::failed)));
    CHECK(calls.out[4 * i + 3] == (i < 5 ? 4 + static_cast<double>(i) : -7));
  }
  const FailureReport report = simulator.failures();
  CHECK(report.impossible == 5);
  CHECK(report.calls == 10);
  CHECK(report.ended + report.garbled + report.reported + report.given_up == 0);
  CHECK(report.text().find("5 of 10 calls failed: 5 answered what simulator.observation_support excludes") == 0);
  CHECK_MESSAGE(report.last.find("low: got ") == 0, report.last);
  CHECK_MESSAGE(report.last.find(", expected a number from 0 to 8") != std::string::npos, report.last);
  CHECK(simulator.under_way() == 0);
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
