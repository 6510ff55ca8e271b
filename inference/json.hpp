#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

/// As much of JSON (RFC 8259) as the header of a model file takes: texts, whole numbers, lists and objects. It is read
/// front to back by who knows what must come next; nothing is kept, so that no text, however deep or long, needs more
/// memory than itself.

namespace alfi {
inline namespace v0 {

class JsonReader {
 public:
  /// text must outlive it. Every message begins with `whose`, as in "model.safetensors: header".
  JsonReader(std::string_view text, const std::string& whose) : text_(text), whose_(whose) {}

  /// "object", "array", "string", "number", "boolean" or "null": what comes next.
  const char* kind();

  /// Calls visit(key) for each member, which must read its value. Throws InputError for a name given twice.
  template <class Visit>
  void object(Visit&& visit);

  /// Calls visit() for each entry, which must read it.
  template <class Visit>
  void array(Visit&& visit);

  std::string string();

  /// Throws InputError for a number that is negative, has a fraction or an exponent, or more than 19 digits.
  std::uint64_t whole_number();

  /// Throws InputError unless all of the text has been read.
  void end();

 private:
  [[noreturn]] void unsound(const char* expected) const;
  [[noreturn]] void refuse_twice(const std::string& key) const;
  void skip_space();
  bool next_is(char c);
  void take(char c, const char* expected);
  void read_escape(std::string& out);
  std::uint32_t read_hex();

  std::string_view text_;
  std::string whose_;
  std::size_t at_ = 0;
};

/// A text as JSON writes it, with its quotes. Throws InputError where it is not UTF-8.
std::string json_text(std::string_view text);

template <class Visit>
void JsonReader::object(Visit&& visit) {
  std::set<std::string> keys;
  take('{', "an object");
  for (bool more = !next_is('}'); more; more = next_is(',')) {
    if (!keys.empty()) take(',', "a comma");
    const auto [key, is_new] = keys.insert(string());
    if (!is_new) refuse_twice(*key);
    take(':', "a colon");
    visit(*key);
  }
  take('}', "a comma or the end of an object");
}

template <class Visit>
void JsonReader::array(Visit&& visit) {
  take('[', "a list");
  bool first = true;
  for (bool more = !next_is(']'); more; more = next_is(','), first = false) {
    if (!first) take(',', "a comma");
    visit();
  }
  take(']', "a comma or the end of a list");
}

}  // namespace v0
}  // namespace alfi
