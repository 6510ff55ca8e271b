#pragma once
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "support/simulated.hpp"

/// Observations of data/.

namespace alfi_test {

/// data/<file>: a row a line, its columns but the first `skip` (an index).
inline Simulated real_data(const std::string& file, int skip = 0) {
  std::ifstream in(std::string(ALFI_SOURCE_DIR) + "/data/" + file);
  Simulated result{0, 0, {}};
  std::string line;
  REQUIRE(std::getline(in, line));  // header
  for (; std::getline(in, line); ++result.rows) {
    std::istringstream fields(line);
    int column = 0;
    for (std::string field; std::getline(fields, field, ','); ++column) {
      if (column >= skip) result.values.push_back(std::stof(field));
    }
    result.cols = column - skip;
  }
  return result;
}

}  // namespace alfi_test
