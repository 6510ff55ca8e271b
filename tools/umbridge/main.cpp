// alfi-umbridge: a worker (simulators/program.hpp) whose calls are made by a model that somebody serves.
#include <charconv>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>

#include "client.hpp"

namespace {

using namespace alfi::umbridge;

constexpr const char* kUsage =
    "usage: alfi-umbridge [--config JSON] [--patience SECONDS] URL.. MODEL\n"
    "A worker for simulator.command: each call is an Evaluate of the model MODEL that UM-Bridge servers at URL.. "
    "serve\n"
    "(http://HOST:PORT, or a port of this machine), with the call's seed as config.seed. What is lost is asked again,\n"
    "of the next server, for --patience seconds (60).\n";

template <class T>
bool read(const std::string& text, T& value) {
  const auto end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  return result.ec == std::errc() && result.ptr == end;
}

bool read_options(int argc, char** argv, Options& options) {
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool has_value = word == "--config" || word == "--patience";
    if (has_value && i + 1 == argc) return false;
    if (word == "--config") {
      options.config = argv[++i];
    } else if (word == "--patience") {
      if (!read(argv[++i], options.patience) || !(options.patience >= 0)) return false;
    } else if (word.rfind("--", 0) == 0) {
      return false;
    } else {
      words.push_back(word);
    }
  }
  if (words.size() < 2) return false;
  options.model = words.back();
  options.urls.assign(words.begin(), words.end() - 1);
  return true;
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    if (end > begin) words.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

/// ID SEED THETA.. in; ID STATUS X.. out.
std::string answer(Client& client, const std::string& line) {
  const std::vector<std::string> words = split(line);
  std::uint64_t seed = 0;
  std::vector<double> theta(words.size() > 2 ? words.size() - 2 : 0), x;
  bool sound = words.size() > 2 && read(words[1], seed);
  for (std::size_t i = 0; sound && i < theta.size(); ++i) sound = read(words[i + 2], theta[i]);
  if (!sound) throw ServerError("got the request \"" + line + "\", expected ID SEED THETA..");
  if (theta.size() != client.inputs()) {
    throw ServerError("got " + std::to_string(theta.size()) + " parameters, expected the " +
                      std::to_string(client.inputs()) + " inputs of the model");
  }
  std::string why;
  if (!client.evaluate(theta, seed, x, why)) {
    std::fprintf(stderr, "alfi-umbridge: %s\n", why.c_str());
    return words[0] + " 1\n";
  }
  std::string text = words[0] + " 0";
  for (const double value : x) {
    char number[32];
    text += ' ';
    text.append(number, std::to_chars(number, number + sizeof number, value).ptr);
  }
  return text + "\n";
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  Options options;
  if (!read_options(argc, argv, options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  try {
    Client client(options);
    std::string line;
    while (std::getline(std::cin, line)) {
      std::cout << answer(client, line) << std::flush;
      if (!std::cout) return 0;  // nobody listens any more
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "alfi-umbridge: %s\n", error.what());
    return 1;
  }
}
