#include "option_words.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace alfi::tools {
namespace {

constexpr const char* kIs = " is ";
constexpr const char* kTimes = " * ";

bool is_name(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':';
  });
}

/// Arguments, one or a product of several, as options; "" where one of them is none.
std::string options_text(const std::string& arguments, const OptionOf& option_of) {
  std::string text;
  for (std::size_t begin = 0; begin <= arguments.size();) {
    const std::size_t end = std::min(arguments.find(kTimes, begin), arguments.size());
    const std::string option = option_of(arguments.substr(begin, end - begin));
    if (option.empty()) return "";
    text += (begin > 0 ? kTimes : "") + option;
    begin = end + std::string(kTimes).size();
  }
  return text;
}

/// ".., but refine is 0": the word before each " is ".
std::string with_later_options(std::string text, const OptionOf& option_of) {
  for (std::size_t is = text.find(kIs); is != std::string::npos; is = text.find(kIs, is + 1)) {
    const std::size_t blank = text.rfind(' ', is - 1);
    if (is == 0 || blank == std::string::npos) continue;
    const std::string word = text.substr(blank + 1, is - blank - 1), option = option_of(word);
    if (option.empty()) continue;
    text.replace(blank + 1, word.size(), option);
    is += option.size() - word.size();
  }
  return text;
}

}  // namespace

std::string in_options(const std::string& message, const std::string& own, const OptionOf& option_of) {
  const std::size_t colon = message.find(": ");
  if (colon == std::string::npos) return message;
  const std::string function = message.substr(0, colon), rest = message.substr(colon + 2);
  if (!is_name(function)) return message;
  const bool of_class = function.find("::") != std::string::npos;
  const std::size_t end = std::min({rest.find(kIs), rest.find(": "), rest.find(", "), rest.size()});
  const std::string option = options_text(rest.substr(0, end), option_of);
  if (option.empty()) return of_class ? rest : message;
  const std::string is = kIs;
  const std::string after =
      rest.compare(end, is.size(), is) == 0 ? ": got " + rest.substr(end + is.size()) : rest.substr(end);
  const bool said = !of_class && function != own && function != "refine";
  return (said ? function + ": " : "") + option + with_later_options(after, option_of);
}

std::vector<std::string> in_options(std::vector<std::string> warnings) {
  const std::string word = " refine ";
  for (std::string& text : warnings) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
      const std::size_t next = at + word.size();
      if (next < text.size() && std::isdigit(static_cast<unsigned char>(text[next])) != 0) text.insert(at + 1, "--");
    }
  }
  return warnings;
}

}  // namespace alfi::tools
