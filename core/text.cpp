#include "alfi/core/text.hpp"

#include <algorithm>
#include <charconv>

namespace alfi {
inline namespace v0 {
namespace {

/// Levenshtein's distance: insertions, deletions and replacements that make a into b.
std::size_t edits(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

template <class T>
bool parse_whole(const std::string& text, T& value) {
  T read{};
  const char* end = text.data() + text.size();
  const std::from_chars_result result = std::from_chars(text.data(), end, read);
  if (result.ec != std::errc{} || result.ptr != end) return false;
  value = read;
  return true;
}

}  // namespace

std::string number_text(double value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

std::string number_text(double value, int digits) {
  char buffer[64];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, digits).ptr};
}

bool parse_number(const std::string& text, double& value) { return parse_whole(text, value); }
bool parse_number(const std::string& text, std::int64_t& value) { return parse_whole(text, value); }
bool parse_number(const std::string& text, std::uint64_t& value) { return parse_whole(text, value); }

std::string suggestion(const std::string& word, const std::vector<std::string>& names) {
  constexpr std::size_t kLongest = 200;  // of a word worth comparing: the search is quadratic
  if (word.empty() || word.size() > kLongest) return "";
  const std::string* nearest = nullptr;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& name : names) {
    const std::size_t distance = edits(word, name);
    if (distance < least) {
      least = distance;
      nearest = &name;
    }
  }
  return nearest ? " (did you mean \"" + *nearest + "\"?)" : "";
}

std::string counted(Index count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string shape_text(const std::vector<Index>& shape) {
  std::string text;
  for (const Index size : shape) text += (text.empty() ? "" : ",") + std::to_string(size);
  return "[" + text + "]";
}

std::string list_text(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace v0
}  // namespace alfi
