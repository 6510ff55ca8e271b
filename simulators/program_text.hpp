#pragma once
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Numbers in the lines that programs and the library exchange: no locale, no allocation for each.

namespace alfi {
inline namespace v0 {
namespace detail {

/// The shortest text that reads back as the same number.
template <class T>
void append_number(std::string& text, T value) {
  char buffer[32];
  text.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

/// Takes numbers from the front of a text, one after the other.
class Numbers {
 public:
  /// separators: characters between numbers, any count of them.
  Numbers(std::string_view text, std::string_view separators) : text_(text), separators_(separators) {}

  /// False where the next word is no T as a whole, or there is none.
  template <class T>
  bool next(T& value) {
    skip();
    const char *begin = text_.data() + at_, *end = text_.data() + text_.size();
    if (end - begin > 1 && *begin == '+' && begin[1] != '-') ++begin;
    const std::from_chars_result result = std::from_chars(begin, end, value);
    if (result.ec != std::errc{}) return false;
    if (result.ptr != end && separators_.find(*result.ptr) == std::string_view::npos) return false;
    at_ = static_cast<std::size_t>(result.ptr - text_.data());
    return true;
  }
  bool at_end() {
    skip();
    return at_ == text_.size();
  }

 private:
  void skip() {
    while (at_ < text_.size() && separators_.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  std::string_view text_, separators_;
  std::size_t at_ = 0;
};

/// What a run answered: exactly x.size() numbers, after any lines that begin with # and a line of the names.
/// False, saying why, where it is something else.
bool read_answer_file(std::string_view text, const std::vector<std::string>& names, std::vector<double>& x,
                      std::string& why);

/// What a program wrote, to be shown: 200 characters at most, none of them a control character.
std::string shown(std::string_view text);

/// What standard error brings, line by line to a log; the last line is kept.
class LineLog;
class LastWords {
 public:
  explicit LastWords(std::string prefix) : prefix_(std::move(prefix)) {}
  void add(std::string_view bytes, LineLog& log);
  /// Ends a line that has no end. Answers the last line that is not empty as "; it said: ..", or "".
  std::string take(LineLog& log);

 private:
  void end_line(LineLog& log);
  std::string prefix_, line_, last_;
};

}  // namespace detail
}  // namespace v0
}  // namespace alfi
