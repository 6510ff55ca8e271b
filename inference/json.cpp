#include "alfi/inference/json.hpp"

#include <algorithm>

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Bytes of the character that text begins with, 0 where that is not UTF-8 (RFC 3629: no overlong form, no surrogate,
/// nothing above U+10FFFF).
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(0);
  if (first < 0x80) return text.empty() ? 0 : 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = byte(1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return 0;
  if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
  return size;
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | (c >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | (c >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// Characters with an escape of one letter, and that letter.
constexpr std::string_view kEscaped = "\"\\/\b\f\n\r\t";
constexpr std::string_view kLetters = "\"\\/bfnrt";

}  // namespace

void JsonReader::unsound(const char* expected) const {
  throw InputError(whose_ + " is not sound JSON: at byte " + std::to_string(at_) + " of " +
                   std::to_string(text_.size()) + ", expected " + expected);
}

void JsonReader::refuse_twice(const std::string& key) const {
  throw InputError(whose_ + " names " + json_text(key) + " twice, expected once");
}

void JsonReader::skip_space() {
  at_ = text_.find_first_not_of(" \t\n\r", at_);
  if (at_ == text_.npos) at_ = text_.size();
}

bool JsonReader::next_is(char c) {
  skip_space();
  return at_ < text_.size() && text_[at_] == c;
}

void JsonReader::take(char c, const char* expected) {
  if (!next_is(c)) unsound(expected);
  ++at_;
}

const char* JsonReader::kind() {
  skip_space();
  const std::string_view rest = text_.substr(at_);
  const char first = rest.empty() ? '\0' : rest.front();
  if (first == '{') return "object";
  if (first == '[') return "array";
  if (first == '"') return "string";
  if (first == '-' || is_digit(first)) return "number";
  if (rest.substr(0, 4) == "null") return "null";
  if (rest.substr(0, 4) != "true" && rest.substr(0, 5) != "false") unsound("a value");
  return "boolean";
}

std::string JsonReader::string() {
  take('"', "a text in quotes");
  std::string out;
  while (at_ < text_.size() && text_[at_] != '"') {
    const std::size_t size = character_bytes(text_.substr(at_));
    if (size == 0) unsound("UTF-8");
    if (static_cast<unsigned char>(text_[at_]) < 0x20) unsound("an escape for a control character");
    if (text_[at_] == '\\') {
      read_escape(out);
    } else {
      out += text_.substr(at_, size);
      at_ += size;
    }
  }
  take('"', "the end of a text");
  return out;
}

void JsonReader::read_escape(std::string& out) {
  ++at_;
  if (at_ >= text_.size()) unsound("an escaped character");
  const std::size_t letter = kLetters.find(text_[at_]);
  if (letter != kLetters.npos) {
    out += kEscaped[letter];
    ++at_;
    return;
  }
  std::uint32_t c = read_hex();
  if (c >= 0xdc00 && c < 0xe000) unsound("the first half of a pair before its second");
  if (c >= 0xd800 && c < 0xdc00) {
    if (text_.substr(at_, 1) != "\\") unsound("the second half of a pair");
    ++at_;
    const std::uint32_t second = read_hex();
    if (second < 0xdc00 || second >= 0xe000) unsound("the second half of a pair");
    c = 0x10000 + ((c - 0xd800) << 10) + (second - 0xdc00);
  }
  append_utf8(out, c);
}

std::uint32_t JsonReader::read_hex() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (text_.substr(at_, 1) != "u") unsound("a known escape");
  ++at_;
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    const std::size_t digit = kDigits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
    if (digit == kDigits.npos) unsound("four hexadecimal digits");
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  return value;
}

std::uint64_t JsonReader::whole_number() {
  constexpr std::size_t kMostDigits = 19;
  skip_space();
  const std::size_t end = std::min(text_.find_first_not_of("+-.0123456789eE", at_), text_.size());
  const std::string_view number = text_.substr(at_, end - at_);
  if (number.empty()) unsound("a number");
  if (number.size() > kMostDigits || number.find_first_not_of("0123456789") != number.npos) {
    throw InputError(whose_ + " holds the number " + std::string(number.substr(0, 2 * kMostDigits)) +
                     ", expected whole numbers of at most 19 digits");
  }
  if (number.size() > 1 && number.front() == '0') unsound("a number without a leading 0");
  std::uint64_t value = 0;
  for (const char c : number) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  at_ = end;
  return value;
}

void JsonReader::end() {
  skip_space();
  if (at_ != text_.size()) unsound("its end");
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = character_bytes(text.substr(i));
    if (size == 0)
      throw InputError("got \"" + std::string(text.substr(0, i)) + "..\", whose byte " + std::to_string(i) +
                       " is not UTF-8, expected UTF-8");
    const std::size_t letter = text[i] == '/' ? kEscaped.npos : kEscaped.find(text[i]);
    const auto code = static_cast<unsigned char>(text[i]);
    if (letter != kEscaped.npos) {
      out += '\\';
      out += kLetters[letter];
    } else if (code < 0x20) {
      out += code < 0x10 ? "\\u000" : "\\u001";
      out += "0123456789abcdef"[code % 16];
    } else {
      out += text.substr(i, size);
    }
    i += size;
  }
  return out + "\"";
}

}  // namespace v0
}  // namespace alfi
