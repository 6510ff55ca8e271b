#include "alfi/core/text.hpp"

#include <doctest/doctest.h>

#include <clocale>
#include <cmath>
#include <limits>

#include "alfi/core/random.hpp"

using namespace alfi;

TEST_CASE("numbers as text are the shortest that read back") {
  CHECK(number_text(0.1) == "0.1");
  CHECK(number_text(1e-5) == "1e-05");
  CHECK(number_text(-3) == "-3");
  CHECK(number_text(-0.0) == "-0");
  CHECK(number_text(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(number_text(std::numeric_limits<double>::quiet_NaN()) == "nan");
}

TEST_CASE("every double survives its text, the smallest and largest too") {
  std::vector<double> values{std::numeric_limits<double>::min(), std::numeric_limits<double>::max(),
                             std::numeric_limits<double>::epsilon(), -1.0 / 3, 123456789.123456789};
  Stream random(step_key(3, Purpose::user, 0), {});
  for (int i = 0; i < 1000; ++i) values.push_back(random.normal_double() * std::ldexp(1.0, (i * 37) % 600 - 300));
  for (const double value : values) {
    double again = 0;
    CHECK(parse_number(number_text(value), again));
    CHECK(again == value);
  }
}

TEST_CASE("the locale does not matter") {
  const std::string before = std::setlocale(LC_NUMERIC, nullptr);
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C"}) {
    if (!std::setlocale(LC_NUMERIC, name)) continue;  // not every machine has the first two
    double value = 0;
    CHECK(number_text(1.5) == "1.5");
    CHECK(parse_number("1.5", value));
    CHECK(value == 1.5);
  }
  std::setlocale(LC_NUMERIC, before.c_str());
}

TEST_CASE("text that is not wholly a number is refused, and the value left alone") {
  double number = 7;
  for (const char* text : {"", " 1", "1 ", "1x", "x", "1,5", "--1", "0x10", "1e999"}) {
    CAPTURE(text);
    CHECK(!parse_number(text, number));
    CHECK(number == 7);
  }
  std::int64_t whole = 7;
  for (const char* text : {"", "1.0", "1e3", "9223372036854775808", "+1", "- 1"}) {
    CAPTURE(text);
    CHECK(!parse_number(text, whole));
    CHECK(whole == 7);
  }
  std::uint64_t natural = 7;
  for (const char* text : {"-1", "18446744073709551616"}) {
    CAPTURE(text);
    CHECK(!parse_number(text, natural));
    CHECK(natural == 7);
  }
}

TEST_CASE("the ends of the whole numbers are read") {
  std::int64_t whole = 0;
  CHECK(parse_number("-9223372036854775808", whole));
  CHECK(whole == std::numeric_limits<std::int64_t>::min());
  std::uint64_t natural = 0;
  CHECK(parse_number("18446744073709551615", natural));
  CHECK(natural == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("the nearest name is suggested, and none where nothing is near") {
  const std::vector<std::string> names{"steps", "seed", "schedule"};
  CHECK(suggestion("stpes", names) == " (did you mean \"steps\"?)");
  CHECK(suggestion("seeds", names) == " (did you mean \"seed\"?)");
  CHECK(suggestion("shedule", names) == " (did you mean \"schedule\"?)");
  CHECK(suggestion("observations", names).empty());
  CHECK(suggestion("", names).empty());
  CHECK(suggestion("steps", {}).empty());
  CHECK(suggestion(std::string(100000, 's'), names).empty());
}

TEST_CASE("shapes, lists and counts for messages") {
  CHECK(counted(1, "step") == "1 step");
  CHECK(counted(0, "step") == "0 steps");
  CHECK(shape_text(std::vector<Index>{}) == "[]");
  CHECK(shape_text(std::vector<Index>{3}) == "[3]");
  CHECK(shape_text(std::vector<Index>{3, 4, 5}) == "[3,4,5]");
  CHECK(list_text({}).empty());
  CHECK(list_text({"a"}) == "a");
  CHECK(list_text({"a", "b"}) == "a or b");
  CHECK(list_text({"a", "b", "c"}) == "a, b or c");
}
