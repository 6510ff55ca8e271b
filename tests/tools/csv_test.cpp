#include "csv.hpp"

#include <doctest/doctest.h>

#include "alfi/core/error.hpp"

using namespace alfi;
using namespace alfi::tools;

namespace {

ObservationShape set_of(std::vector<std::string> names) {
  ObservationShape shape;
  shape.names = std::move(names);
  return shape;
}

ObservationShape years() {
  ObservationShape shape = set_of({"hare", "lynx"});
  shape.is_set = false;
  shape.length = 2;
  shape.index_column = "year";
  return shape;
}

std::string complaint(const std::string& text, const ObservationShape& shape) {
  try {
    parse_observations(text, "f.csv", shape);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("csv: columns in any order, comments and quotes") {
  const ObservationTable table =
      parse_observations("# c\n\"b\",extra,a\n1,x,2.5\n# c\n-3e-1,\"y, z\",+4\n", "f.csv", set_of({"a", "b"}));
  CHECK(table.rows == 2);
  CHECK(table.values == std::vector<float>{2.5f, 1, 4, -0.3f});
  REQUIRE(table.warnings.size() == 1);
  CHECK(table.warnings[0] == "f.csv:2: columns not used: \"extra\"");
  CHECK(table.view().cols == 2);
}

TEST_CASE("csv: a file without a last newline, and one with Windows line ends") {
  CHECK(parse_observations("a\n1\n2", "f.csv", set_of({"a"})).rows == 2);
  CHECK(parse_observations("a\r\n1\r\n2\r\n", "f.csv", set_of({"a"})).values == std::vector<float>{1, 2});
}

TEST_CASE("csv: a series has its length, its index increases and is not learned") {
  CHECK(parse_observations("year,lynx,hare\n1900,4,30\n1901,6,47\n", "f.csv", years()).values ==
        std::vector<float>{30, 4, 47, 6});
  const ObservationTable two =
      parse_observations("series,year,lynx,hare\na,0,1,2\na,1,3,4\nb,0,5,6\nb,1,7,8\n", "f.csv", years());
  CHECK(two.rows == 4);
  CHECK(two.warnings.empty());
  CHECK(complaint("year,lynx,hare\n1900,4,30\n", years()) == "f.csv:2: a series of 1 rows ends here, expected 2");
  CHECK(complaint("year,lynx,hare\n1901,4,30\n1900,4,30\n", years()) ==
        "f.csv:3: year: got 1900 after 1901, expected it to increase");
  CHECK(complaint("lynx,hare\n1,2\n3,4\n", years()) ==
        "f.csv:1: column \"year\" is missing: got \"lynx\", \"hare\", expected \"hare\", \"lynx\", \"year\" in any "
        "order");
}

TEST_CASE("csv: what is written reads back as the same floats") {
  const std::vector<float> values{0.1f, 2e-38f, 3.4e38f, -0.0f, 16777216, 1.0f / 3};
  const std::string text = csv_text({"note"}, {"a", "b"}, MatView<const float>{values.data(), 3, 2});
  CHECK(text.rfind("# note\na,b\n0.1,2e-38\n", 0) == 0);
  CHECK(parse_observations(text, "f.csv", set_of({"a", "b"})).values == values);
}
