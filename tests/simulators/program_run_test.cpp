#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>

#include "alfi/simulators/command.hpp"

#include "simulators/program_cases.hpp"

using namespace alfi;
using namespace alfi_test;

namespace {

/// A directory of a test's own, removed with it.
struct Directory {
  std::string path;
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "alfi_test_XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Directory() { std::filesystem::remove_all(path); }
  int entries() const { return NothingLeaks::count(path); }
};

ProgramOptions run_options(std::vector<std::string> words, const Directory& directory, int workers = 2) {
  ProgramOptions options = program_options(std::move(words), workers);
  options.mode = ProgramMode::run;
  options.directory = directory.path;
  return options;
}

}  // namespace

TEST_CASE("program: runs answer on standard output, with parameters in their arguments") {
  const NothingLeaks leaks;
  const Directory directory;
  {
    const ProgramSimulator simulator(program_info(),
                                     run_options({"run-print", "{seed}", "{alpha}", "{beta}"}, directory));
    ProgramRows calls(20);
    std::vector<std::uint8_t> all_ok(20, 0);
    calls.simulate(simulator);
    CHECK(calls.status == all_ok);
    CHECK(calls.out[4 * 7] == calls.theta[14]);
    CHECK(calls.out[4 * 7 + 1] == calls.theta[15]);
    CHECK(calls.out[4 * 7 + 3] == static_cast<double>(calls.seeds[7] & 0xffffffff));
    CHECK(simulator.failures().nothing());
  }
  CHECK(directory.entries() == 0);
}

TEST_CASE("program: runs by files, in an empty directory each; those that fail are kept") {
  const NothingLeaks leaks;
  const Directory directory;
  {
    ProgramOptions options = run_options({"run-file", "{input}", "{output}", "{seed}"}, directory, 3);
    options.retries = 0;
    const ProgramSimulator simulator(program_info(), options);
    ProgramRows calls(100);
    calls.simulate(simulator);
    CHECK(calls.wrong(Status::failed) == 0);
    const FailureReport report = simulator.failures();
    CHECK(report.given_up == 20);
    CHECK(report.ended == 20);
    CHECK(report.last == "exit status 3; the last line on its standard error: did not converge");
  }
  REQUIRE(directory.entries() == 1);
  const auto root = std::filesystem::directory_iterator(directory.path)->path();
  CHECK(NothingLeaks::count(root.string()) == 10);
  CHECK(std::filesystem::exists(root / "failed_10" / "input"));
  CHECK(std::filesystem::exists(root / "failed_10" / "scratch"));
}

TEST_CASE("program: runs that hang, answer garbage or nothing") {
  const NothingLeaks leaks;
  const Directory directory;
  ProgramOptions options = run_options({"run-hang", "{seed}", "{alpha}", "{beta}"}, directory, 4);
  options.timeout = 0.5;
  options.retries = 0;
  const ProgramSimulator hangs(program_info(), options);
  ProgramRows calls(12);
  calls.simulate(hangs);
  CHECK(calls.wrong(Status::failed) == 0);
  CHECK(hangs.failures().timed_out == 2);
  CHECK(hangs.failures().last.rfind("not done after 0.5 seconds", 0) == 0);
  options.timeout = 0;
  options.retries = 2;
  options.command[1] = "run-garbage";
  const ProgramSimulator garbage(program_info(), options);
  ProgramRows others(12);
  others.simulate(garbage);
  CHECK(others.wrong(Status::failed) == 0);
  CHECK(garbage.failures().garbled == 6);
  CHECK(garbage.failures().given_up == 2);
  CHECK(garbage.failures().last.find("got \"1, 2, three, 4\", expected numbers; kept: ") != std::string::npos);
  options.command = {"true", "{alpha}", "{beta}", "{output}"};
  const std::string nothing = program_error(ProgramSimulator(program_info(), options));
  CHECK_MESSAGE(nothing.find("it has left no file ") != std::string::npos, nothing);
  options.command = {"false", "{alpha}", "{beta}"};
  const std::string failed = program_error(ProgramSimulator(program_info(), options), 40);
  CHECK_MESSAGE(failed.find("26 attempts in a row gave no answer; the last: exit status 1") != std::string::npos,
                failed);
}

TEST_CASE("program: commands are words with places for what a call needs") {
  using Words = std::vector<std::string>;
  CHECK(split_command("  ./sim --a 'b c' \"d 'e' \\\" f\" g\\ h i''j \"\" ") ==
        Words{"./sim", "--a", "b c", "d 'e' \" f", "g h", "ij", ""});
  CHECK(split_command("") == Words{});
  CHECK_THROWS_AS(split_command("./sim 'x"), InputError);
  CHECK_THROWS_AS(split_command("./sim \\"), InputError);
  for (const Words& words : {Words{"a b", "", "c\"d", "e\\f", "$HOME", "--x=1"}, Words{"./sim"}}) {
    CHECK(split_command(command_text(words)) == words);
  }
  const CommandPattern pattern({"./sim", "-a{alpha}:{beta}{seed}", "{1.5}", "{}", "{ alpha}", "x{output}"},
                               {"alpha", "beta"});
  CHECK(!pattern.has_input());
  CHECK(pattern.has_output());
  const double theta[] = {0.1, -3};
  CHECK(pattern.filled(theta, 18446744073709551615u, "in", "out") ==
        Words{"./sim", "-a0.1:-318446744073709551615", "{1.5}", "{}", "{ alpha}", "xout"});
  CHECK_THROWS_WITH_AS(
      CommandPattern({"./sim", "{alpah}"}, {"alpha"}),
      "simulator.command: got {alpah} (did you mean \"alpha\"?), expected input, output, seed or alpha "
      "in braces",
      InputError);
  CHECK_THROWS_WITH_AS(CommandPattern({"./sim", "{alpha}"}, {"alpha", "beta"}),
                       doctest::Contains("got neither {input} nor {beta}"), InputError);
  CHECK_THROWS_AS(CommandPattern({"./sim", "{seed}"}, {"seed"}), InputError);
}

TEST_CASE("program: options that cannot be used") {
  const auto refused = [](const std::function<void(ProgramOptions&)>& change) {
    ProgramOptions options = program_options({"echo"});
    change(options);
    try {
      ProgramSimulator(program_info(), options);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused([](ProgramOptions& o) { o.command.clear(); }) == "simulator.command: got nothing, expected a program");
  CHECK(refused([](ProgramOptions& o) { o.workers = 0; }) == "simulator.workers: got 0, expected at least 1");
  CHECK(refused([](ProgramOptions& o) { o.window = 0; }) == "simulator.window: got 0, expected at least 1");
  CHECK(refused([](ProgramOptions& o) { o.retries = -1; }) == "simulator.retries: got -1, expected at least 0");
  CHECK(refused([](ProgramOptions& o) { o.timeout = -1; }) ==
        "simulator.timeout: got -1, expected a number of seconds");
  CHECK(refused([](ProgramOptions& o) { o.timeout = std::nan(""); }).find("got nan") != std::string::npos);
}
