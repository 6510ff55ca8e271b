#include "alfi/inference/json.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "alfi/core/error.hpp"

using namespace alfi;
using Json = nlohmann::json;  // the independent reader that ours is compared with

namespace {

/// Whatever comes next, as the other reader has it.
Json read_any(JsonReader& reader) {
  const std::string kind = reader.kind();
  if (kind == "string") return reader.string();
  if (kind == "number") return reader.whole_number();
  Json value = kind == "array" ? Json::array() : Json::object();
  if (kind == "array") reader.array([&] { value.push_back(read_any(reader)); });
  if (kind == "object") reader.object([&](const std::string& key) { value[key] = read_any(reader); });
  if (kind == "null" || kind == "boolean") throw InputError("m: " + kind);
  return value;
}

/// "" and what was read, or why not.
std::string complaint(const std::string& text, Json& value) {
  try {
    JsonReader reader(text, "m: header");
    value = read_any(reader);
    reader.end();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string complaint(const std::string& text) {
  Json value;
  return complaint(text, value);
}

}  // namespace

TEST_CASE("json: what is written where nothing else may be") {
  Json value;
  REQUIRE(complaint(R"( { "a" : [ 1 , 20 ] , "b" : { } , "\u00e9\n\/\ud83d\ude00" : "" , "n" : [ ] } )", value) == "");
  CHECK(value ==
        Json({{"a", {1, 20}}, {"b", Json::object()}, {"\xc3\xa9\n/\xf0\x9f\x98\x80", ""}, {"n", Json::array()}}));
  REQUIRE(complaint("9999999999999999999", value) == "");
  CHECK(value == Json(9999999999999999999u));

  const struct {
    const char* text;
    const char* part;
  } table[] = {
      {"", "m: header is not sound JSON: at byte 0 of 0, expected a value"},
      {"[1 2]", "at byte 3 of 5, expected a comma or the end of a list"},
      {"[1,]", "expected a value"},
      {"[,1]", "expected a value"},
      {R"({"a"})", "expected a colon"},
      {R"({"a":1,})", "expected a text in quotes"},
      {"{a:1}", "expected a text in quotes"},
      {"\"a", "expected the end of a text"},
      {"\"a\nb\"", "expected an escape for a control character"},
      {R"("\x")", "expected a known escape"},
      {R"("\u12g4")", "expected four hexadecimal digits"},
      {R"("\ud800")", "expected the second half of a pair"},
      {R"("\ud800\u0041")", "expected the second half of a pair"},
      {R"("\udc00")", "expected the first half of a pair before its second"},
      {"\"\xc0\x80\"", "expected UTF-8"},      // overlong
      {"\"\xed\xa0\x80\"", "expected UTF-8"},  // a surrogate
      {"\"\xf4\x90\x80\x80\"", "expected UTF-8"},
      {"\"\xe2\x82\"", "expected UTF-8"},
      {"01", "expected a number without a leading 0"},
      {"1.5", "holds the number 1.5, expected whole numbers"},
      {"-1", "holds the number -1, expected whole numbers"},
      {"12345678901234567890", "holds the number 12345678901234567890, expected whole numbers of at most 19 digits"},
      {R"({"a":1,"a":2})", "m: header names \"a\" twice, expected once"},
      {"[] []", "at byte 3 of 5, expected its end"},
      {"tru", "expected a value"},
  };
  for (const auto& row : table) {
    INFO(row.text);
    const std::string said = complaint(row.text);
    INFO(said);
    CHECK(said.find(row.part) != std::string::npos);
  }
}

TEST_CASE("json: any changed text is read as another reader reads it, or refused by both") {
  const std::string whole =
      R"({"__metadata__":{"b":"\"quoted\"\n","a":"\u00e9\ud83d\ude00é€"},"w":{"shape":[3,10],"e":[]}})";
  std::minstd_rand random(5);
  int read = 0, refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = whole;
    const std::size_t at = random() % text.size();
    switch (random() % 3) {
      case 0:
        text[at] = static_cast<char>(random() % 256);
        break;
      case 1:
        text.erase(at, 1 + random() % 3);
        break;
      default:
        text.insert(at, 1, whole[random() % whole.size()]);
    }
    Json value;
    const std::string said = complaint(text, value);
    const Json other = Json::parse(text, nullptr, false);
    INFO(text);
    INFO(said);
    if (said.empty()) {
      CHECK(value == other);
      ++read;
    } else if (!other.is_discarded()) {  // what we refuse on purpose: other kinds of value, and names given twice
      const bool ours = said.find("whole numbers") != said.npos || said.find("twice") != said.npos ||
                        said == "m: null" || said == "m: boolean";
      CHECK(ours);
    } else {
      ++refused;
    }
  }
  CHECK(read > 1000);
  CHECK(refused > 1000);
}

TEST_CASE("json: texts are written as another writer writes them, and come back") {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  for (const std::string& text : {std::string(), all, std::string("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80")}) {
    CHECK(json_text(text) == Json(text).dump());
    CHECK(JsonReader(json_text(text), "m").string() == text);
  }
  for (const char* wrong : {"\xff", "a\xc3", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80"}) {
    CHECK_THROWS_AS(json_text(wrong), InputError);
  }
}
