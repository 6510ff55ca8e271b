#include "alfi/simulators/command.hpp"

#include <algorithm>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr const char* kSpaces = " \t\r\n\v\f";
constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%^{}[]~";
constexpr const char* kNameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

bool is_space(char c) { return std::string(kSpaces).find(c) != std::string::npos; }

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::vector<std::string> split_command(const std::string& text) {
  std::vector<std::string> words;
  bool within = false;  // a word
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && is_space(c)) {
      within = false;
      continue;
    }
    if (!within) words.emplace_back();
    within = true;
    if (c == '\\' && quote != '\'') {
      if (i + 1 == text.size()) throw InputError("simulator.command: a backslash ends " + text);
      words.back() += text[++i];
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      words.back() += c;
    }
  }
  if (quote != 0) throw InputError("simulator.command: a quote " + std::string(1, quote) + " does not end in " + text);
  return words;
}

std::string command_text(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (&word != &words.front()) text += ' ';
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
      text += word;
      continue;
    }
    text += '"';
    for (const char c : word) text += (c == '"' || c == '\\') ? std::string("\\") + c : std::string(1, c);
    text += '"';
  }
  return text;
}

CommandPattern::CommandPattern(std::vector<std::string> words, const std::vector<std::string>& parameters)
    : parameters_(parameters) {
  for (const std::string& name : parameters) {
    if (name != "input" && name != "output" && name != "seed") continue;
    throw InputError("simulator.theta: got a parameter " + name + ", expected another name: {" + name +
                     "} has a meaning of its own in simulator.command");
  }
  std::vector<std::string> met;
  for (const std::string& word : words) {
    words_.push_back(pieces_of(word));
    for (const Piece& piece : words_.back()) met.push_back(piece.name);
  }
  has_input_ = contains(met, "input");
  has_output_ = contains(met, "output");
  for (const std::string& name : parameters) {
    if (has_input_ || contains(met, name)) continue;
    throw InputError("simulator.command: got neither {input} nor {" + name + "}, expected one of them in " +
                     command_text(words));
  }
}

std::vector<CommandPattern::Piece> CommandPattern::pieces_of(const std::string& word) const {
  std::vector<Piece> pieces(1);
  for (std::size_t i = 0; i < word.size(); ++i) {
    const std::size_t end = word[i] == '{' ? word.find_first_not_of(kNameCharacters, i + 1) : std::string::npos;
    if (end == std::string::npos || word[end] != '}' || end == i + 1) {
      pieces.back().text += word[i];
      continue;
    }
    pieces.back().name = word.substr(i + 1, end - i - 1);
    std::vector<std::string> known{"input", "output", "seed"};
    known.insert(known.end(), parameters_.begin(), parameters_.end());
    if (!contains(known, pieces.back().name)) {
      throw InputError("simulator.command: got {" + pieces.back().name + "}" + suggestion(pieces.back().name, known) +
                       ", expected " + list_text(known) + " in braces");
    }
    pieces.emplace_back();
    i = end;
  }
  return pieces;
}

std::vector<std::string> CommandPattern::filled(const double* theta, std::uint64_t seed, const std::string& input,
                                                const std::string& output) const {
  const auto value = [&](const std::string& name) -> std::string {
    if (name.empty()) return "";
    if (name == "input") return input;
    if (name == "output") return output;
    if (name == "seed") return std::to_string(seed);
    return number_text(theta[std::find(parameters_.begin(), parameters_.end(), name) - parameters_.begin()]);
  };
  std::vector<std::string> words;
  for (const std::vector<Piece>& pieces : words_) {
    words.emplace_back();
    for (const Piece& piece : pieces) words.back() += piece.text + value(piece.name);
  }
  return words;
}

}  // namespace v0
}  // namespace alfi
