#include "csv.hpp"

#include <doctest/doctest.h>

#include "alfi/core/error.hpp"
#include "alfi/simulators/catalogue.hpp"

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
  CHECK(two.rows == 2);
  CHECK(two.view().cols == 4);
  CHECK(two.warnings.empty());
  CHECK(complaint("year,lynx,hare\n1900,4,30\n", years()) == "f.csv:2: a series of 1 row ends here, expected 2");
  CHECK(complaint("year,lynx,hare\n1901,4,30\n1900,4,30\n", years()) ==
        "f.csv:3: year: got 1900 after 1901, expected it to increase");
  CHECK(complaint("lynx,hare\n1,2\n3,4\n", years()) ==
        "f.csv:1: column \"year\" is missing: got \"lynx\", \"hare\", expected \"hare\", \"lynx\", \"year\" in any "
        "order");
  CHECK(parse_observations("year,lynx,hare\n1900,4,30\n1903,6,47\n", "f.csv", years()).warnings ==
        std::vector<std::string>{"f.csv:3: year: got 1903 after 1900, but rows are 1 apart in what is simulated"});
}

TEST_CASE("csv: a vector is one row") {
  ObservationShape vector = set_of({"a", "b"});
  vector.is_set = false;
  CHECK(parse_observations("b,a\n1,2\n", "f.csv", vector).values == std::vector<float>{2, 1});
  CHECK(complaint("a,b\n1,2\n3,4\n", vector) == "f.csv:3: got 2 rows, expected 1: a vector is one row");
}

TEST_CASE("csv: another file than was meant is told of, not shown") {
  CHECK(complaint("a;b\n1;2\n", set_of({"a", "b"})) ==
        "f.csv:1: column \"a\" is missing: got \"a;b\", expected \"a\", \"b\" in any order, with commas between them");
  const std::string binary = complaint(std::string("\x01\xff\x7f") + std::string(5000, 'x'), set_of({"a"}));
  CHECK(binary.rfind("f.csv:1: column \"a\" is missing: got \"\\x01\\xff\\x7fxxx", 0) == 0);
  CHECK(binary.size() < 300);
  CHECK(complaint("a\n" + std::string(5000, '\x1b'), set_of({"a"})).size() < 300);
  std::string many = "b";
  for (int i = 0; i < 5000; ++i) many += ",\x80";
  CHECK(complaint(many, set_of({"a"})).size() < 400);
}

TEST_CASE("csv: what is written reads back as the same floats") {
  const std::vector<float> values{0.1f, 2e-38f, 3.4e38f, -0.0f, 16777216, 1.0f / 3};
  const std::string text = csv_text({"note"}, {"a", "b"}, MatView<const float>{values.data(), 3, 2});
  CHECK(text.rfind("# note\na,b\n0.1,2e-38\n", 0) == 0);
  CHECK(parse_observations(text, "f.csv", set_of({"a", "b"})).values == values);
}

TEST_CASE("csv: samples of a set, a series and several series are written as they are read") {
  const std::vector<float> values{30, 4, 47.2f, 6.1f, 0.1f, 2e-38f, 3.4e38f, 16777216};
  ObservationShape shape = years();
  shape.index_first = 1900;
  const std::string one = observations_text({"note"}, shape, {values.data(), 1, 4});
  CHECK(one == "# note\nyear,hare,lynx\n1900,30,4\n1901,47.2,6.1\n");
  CHECK(parse_observations(one, "f.csv", shape).values == std::vector<float>(values.begin(), values.begin() + 4));
  shape.index_step = 0.2;
  const std::string two = observations_text({}, shape, {values.data(), 2, 4});
  CHECK(two.rfind("series,year,hare,lynx\n1,1900,30,4\n1,1900.2,47.2,6.1\n2,1900,0.1,2e-38\n2,1900.2,", 0) == 0);
  const ObservationTable table = parse_observations(two, "f.csv", shape);
  CHECK(table.rows == 2);
  CHECK(table.values == values);
  CHECK(table.warnings.empty());
  shape.index_column.clear();
  shape.length = 1;  // a vector
  CHECK(observations_text({}, shape, {values.data(), 1, 2}) == "hare,lynx\n30,4\n");
  CHECK(parse_observations(observations_text({}, shape, {values.data(), 4, 2}), "f.csv", shape).values == values);
  CHECK(observations_text({}, set_of({"a", "b"}), {values.data(), 2, 2}) == "a,b\n30,4\n47.2,6.1\n");
}

TEST_CASE("csv: the series kept beside the models are read") {
  const std::string data = std::string(ALFI_SOURCE_DIR) + "/data/";
  const ObservationTable hares =
      read_observations(data + "lynx_hare_1900_1920.csv", make_builtin_simulator("lotka_volterra").info().observation);
  CHECK(hares.rows == 1);
  CHECK(hares.view().cols == 42);
  CHECK(hares.values[3] == 6.1f);
  const ObservationTable boys =
      read_observations(data + "influenza_1978.csv", make_builtin_simulator("sir").info().observation);
  CHECK(boys.rows == 1);
  CHECK(boys.values == std::vector<float>{3, 8, 26, 76, 225, 298, 258, 233, 189, 128, 68, 29, 14, 4});
  CHECK((hares.warnings.empty() && boys.warnings.empty()));
}
