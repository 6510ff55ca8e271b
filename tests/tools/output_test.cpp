#include "output.hpp"
#include "alfi/core/text.hpp"

#include <doctest/doctest.h>

#include "failure.hpp"
#include "options.hpp"

using namespace alfi::tools;

TEST_CASE("output: durations, sizes, tables") {
  CHECK(duration_text(0.25) == "0.25s");
  CHECK(duration_text(59.4) == "59s");
  CHECK(duration_text(100) == "1m40s");
  CHECK(duration_text(7384) == "2h03m");
  CHECK(bytes_text(512) == "512 bytes");
  CHECK(bytes_text(1.5 * 1024 * 1024) == "1.5 MiB");
  CHECK(alfi::number_text(0.123456789, 4) == "0.1235");
  CHECK(table_text({{"a", "b"},
                    {"long",
                     "\xc2\xb1"
                     "1"},
                    {"x"}},
                   1) ==
        "a      b\nlong  \xc2\xb1"
        "1\nx\n");
}

TEST_CASE("output: of text of unknown origin no byte controls a terminal") {
  CHECK(printable("caf\xc3\xa9 \xe2\x88\x9e \xf0\x9f\x90\x87\nx") == "caf\xc3\xa9 \xe2\x88\x9e \xf0\x9f\x90\x87\nx");
  CHECK(printable(std::string("\x1b[2J\r\t\0", 7)) == "\\x1b[2J\\x0d\\x09\\x00");
  CHECK(printable("\xc2\x9b"
                  "1m") == "\\xc2\\x9b1m");  // a control sequence of Latin-1
  CHECK(printable("\xff\xfe"
                  "a\x80") == "\\xff\\xfea\\x80");
  CHECK(printable("\xe2\x88") == "\\xe2\\x88");
  CHECK(printable("\xc0\x8a\xe0\x80\x8a\xed\xa0\x80\xf4\x90\x80\x80\xf5\x80\x80\x80")
            .find_first_not_of("\\x0123456789abcdef") == std::string::npos);
  CHECK(quoted("a\nb") == "\"a\\x0ab\"");
  CHECK(quoted(std::string(101, 'x')) == '"' + std::string(100, 'x') + "..\"");
  CHECK(quoted(std::string(99, 'x') + "\xc3\xa9") == '"' + std::string(99, 'x') + "..\"");
}

TEST_CASE("output: a mean with its error, and a constant without") {
  CHECK(with_error_text({2.0481, 0.123}) == "2.048 +- 0.12");
  CHECK(with_error_text({2.0481, 8e-17}) == "2.048");
  CHECK(with_error_text({-2.0481e9, 1e-7}, 3) == "-2.05e+09");
  CHECK(with_error_text({0, 1e-3}) == "0 +- 0.001");
}

TEST_CASE("options: text to values") {
  CHECK(numbers_option("--theta", "1,-2.5,3e-1") == std::vector<double>{1, -2.5, 0.3});
  CHECK(duration_option("--max-time", "90s") == 90);
  CHECK(duration_option("--max-time", "30m") == 1800);
  CHECK(duration_option("--max-time", "1.5h") == 5400);
  CHECK(duration_option("--max-time", "7") == 7);
  for (const char* bad : {"", "s", "-1s", "0", "1d", "nan", "inf", "1e99h"}) {
    CHECK_THROWS_AS(duration_option("--max-time", bad), UsageError);
  }
  for (const char* bad : {"", ",", "1,", "1,,2", "nan", "1 2"}) {
    CHECK_THROWS_AS(numbers_option("--theta", bad), UsageError);
  }
  CHECK_THROWS_WITH_AS(integer_option("--count", "0", 1, 9), "--count: got \"0\", expected an integer from 1 to 9",
                       UsageError);
}
