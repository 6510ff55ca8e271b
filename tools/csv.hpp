#pragma once
#include <string>
#include <vector>

#include "alfi/simulators/simulator.hpp"

/// Observations in comma-separated text.

namespace alfi::tools {

constexpr const char* kSeriesColumn = "series";  ///< tells the series of one file apart

struct ObservationTable {
  std::vector<float> values;          ///< [rows, D], columns in the simulator's order
  Index rows = 0;                     ///< observations of a set, or series
  std::vector<std::string> warnings;  ///< columns that were not used

  Observations view() const { return {values.data(), rows, static_cast<Index>(values.size()) / (rows > 0 ? rows : 1)}; }
};

/// Reads a file, or standard input where path is "-", with a header: `#` lines and blank lines skipped, columns matched
/// by the names of shape in any order, other columns left out with a warning. A set: one row an observation. A series:
/// shape.length rows, several told apart by a `series` column. A value that shape does not hold is refused. Where shape
/// has an index column it must be there and increase within a series, with a warning where it does by other steps than
/// what is simulated; it is not part of the values. Throws InputError "FILE:LINE: ..." with what was got and what was
/// wanted.
ObservationTable read_observations(const std::string& path, const ObservationShape& shape);

/// The same of one problem: throws InputError for several series, too.
ObservationTable read_problem(const std::string& path, const ObservationShape& shape);

/// What read_observations reads, of text; path is for messages.
ObservationTable parse_observations(const std::string& text, const std::string& path, const ObservationShape& shape);

/// Values [rows, names] as text with a header, each in the shortest form that reads back as the same float.
/// comment: lines without their `# `, first.
std::string csv_text(const std::vector<std::string>& comment, const std::vector<std::string>& names,
                     MatView<const float> values);
std::string csv_text(const std::vector<std::string>& comment, const std::vector<std::string>& names,
                     MatView<const double> values);

/// Samples [N, shape.size()] as a file that read_observations reads back: of a set, a row a sample; of a series, a row
/// a time point, with what lies in the index column, and where there are several a `series` column, 1 to N.
std::string observations_text(const std::vector<std::string>& comment, const ObservationShape& shape,
                              Observations samples);

}  // namespace alfi::tools
