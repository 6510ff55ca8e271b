// Programs that simulate, for the tests of simulators/program.hpp: worker MODE [ARGUMENTS]. As a worker it answers
// theta and the two halves of the seed, or does by MODE what a program should not.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Request {
  std::uint64_t id = 0, seed = 0;
  std::vector<double> theta;
};

Request parse(const std::string& line) {
  Request request;
  char* at = nullptr;
  request.id = std::strtoull(line.c_str(), &at, 10);
  request.seed = std::strtoull(at, &at, 10);
  for (char* next = at;; at = next) {
    const double value = std::strtod(at, &next);
    if (next == at) return request;
    request.theta.push_back(value);
  }
}

std::string numbers(const std::vector<double>& theta, std::uint64_t seed) {
  std::string text;
  char number[32];
  for (const double value : theta) {
    std::snprintf(number, sizeof number, " %.17g", value);
    text += number;
  }
  return text + " " + std::to_string(seed >> 32) + " " + std::to_string(seed & 0xffffffff);
}

void say(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data() + done, text.size() - done);
    if (count < 0) std::exit(1);
    done += static_cast<std::size_t>(count);
  }
}

std::string answer(const Request& request) {
  return std::to_string(request.id) + " 0" + numbers(request.theta, request.seed) + "\n";
}

void rest(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

/// The whole lines that are there, after a rest of so many seconds; none: the input has ended.
std::vector<std::string> lines_there(double seconds) {
  static std::string left;
  rest(seconds);
  std::vector<std::string> lines;
  while (lines.empty()) {
    char bytes[65536];
    const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (count <= 0) return lines;
    left.append(bytes, static_cast<std::size_t>(count));
    for (std::size_t end = left.find('\n'); end != std::string::npos; end = left.find('\n')) {
      lines.push_back(left.substr(0, end));
      left.erase(0, end + 1);
    }
  }
  return lines;
}

/// What a bad program does with a call of a bad seed.
void misbehave(const std::string& mode, const Request& request) {
  const std::string id = std::to_string(request.id);
  if (mode == "exits") ::_exit(3);
  if (mode == "crashes") ::raise(SIGABRT);
  if (mode == "hangs") rest(1000);
  if (mode == "babbles") say("Loading the detector\n");
  if (mode == "words") say(id + " 0 one two\n");
  if (mode == "few") say(id + " 0 1\n");
  if (mode == "many") say(id + " 0" + numbers(request.theta, request.seed) + " 7\n");
  if (mode == "status") say(id + " 7\n");
  if (mode == "unknown") say("4000000000 0" + numbers(request.theta, request.seed) + "\n");
  if (mode == "endless") say(std::string(std::size_t{3} << 20, '1'));
  if (mode == "fails") say(id + " 1\n");
  if (mode == "long") say(id + " 2\n");
  if (mode == "deaf") {
    ::close(STDIN_FILENO);
    rest(1000);
  }
}

int work(const std::string& mode, int argc, char** argv) {
  if (mode == "stays") ::signal(SIGTERM, SIG_IGN);
  if (mode == "leaves") {
    std::fprintf(stderr, "first\nno licence\n\n");
    return 3;
  }
  if (mode == "parent" && ::fork() == 0) {
    std::ofstream(argv[2]) << ::getpid() << std::endl;
    rest(1000);
  }
  if (mode == "killed") std::ofstream(argv[2], std::ios::app) << ::getpid() << std::endl;
  const bool once = mode == "once", twice = mode == "twice";
  std::string late;  // an answer to say again
  for (std::string line; std::getline(std::cin, line);) {
    Request request = parse(line);
    if (mode == "flood") std::fputs(std::string(100000, 'e').append("\n").c_str(), stderr);
    if (mode == "talks") std::fprintf(stderr, "seed %" PRIu64 "\n", request.seed);
    if (mode == "killed") rest(0.002);
    if (mode == "waits" && (request.seed & 0xffffffff) < 24) rest(0.05);  // the first 20 calls
    // Bad seeds are multiples of five.
    if (request.seed % 5 == 0 && mode != "echo") misbehave(mode, request);
    if (mode == "descriptors") {
      int open = 0;
      for (int i = 0; i < 1024; ++i) open += ::fcntl(i, F_GETFD) != -1;
      request.theta.assign(2, open);
    }
    if (!late.empty()) say(late);
    late = mode == "late" && request.seed % 5 == 0 ? answer(request) : "";
    const bool silent = request.seed % 5 == 0 && (mode == "words" || mode == "few" || mode == "many" ||
                                                  mode == "status" || mode == "fails" || mode == "long");
    if (!silent) say(answer(request));
    if (twice && request.seed % 5 == 0) say(answer(request));
    if (once) return 0;
  }
  if (mode == "stays") rest(1000);
  return argc < 0;
}

int run(const std::string& mode, int argc, char** argv) {
  for (const auto& entry : std::filesystem::directory_iterator(".")) {
    if (entry.path().filename() == "input") continue;
    std::fprintf(stderr, "not empty: %s\n", entry.path().c_str());
    return 4;
  }
  std::ofstream("scratch") << "left behind\n";
  if (mode == "run-file") {  // INPUT OUTPUT SEED
    std::string line;
    std::getline(std::ifstream(argv[2]), line);
    const Request request = parse("0 " + std::string(argv[4]) + " " + line);
    if (request.seed % 5 == 0) {
      std::fprintf(stderr, "did not converge\n");
      return 3;
    }
    std::cout << "talk for the log" << std::endl;
    std::ofstream(argv[3]) << "# made\na,b,high,low\n" << numbers(request.theta, request.seed) << "\n";
    return 0;
  }
  // SEED THETA..
  const std::uint64_t seed = std::strtoull(argv[2], nullptr, 10);
  std::vector<double> theta;
  for (int i = 3; i < argc; ++i) theta.push_back(std::strtod(argv[i], nullptr));
  if (mode == "run-hang" && seed % 5 == 0) rest(1000);
  if (mode == "run-garbage" && seed % 5 == 0) return !std::puts("1, 2, three, 4");
  std::puts(numbers(theta, seed).c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "echo";
  if (mode.rfind("run-", 0) == 0) return run(mode, argc, argv);
  if (mode != "reverse" && mode != "counts") return work(mode, argc, argv);
  for (;;) {
    const std::vector<std::string> lines = lines_there(mode == "counts" ? 0.02 : 0.001);
    if (lines.empty()) return 0;
    for (std::size_t i = lines.size(); i-- > 0;) {
      Request request = parse(lines[i]);
      if (mode == "counts") request.theta.assign(2, static_cast<double>(lines.size()));
      say(answer(request));
    }
  }
}
