#pragma once
#include <string>
#include <vector>

#include "alfi/core/portable.hpp"
#include "alfi/inference/evaluate.hpp"

/// What people and pipes read. No locale is asked.

namespace alfi::tools {

/// From now on print() and complain() say nothing, or something again: of several processes only one speaks.
void set_silent(bool silent);

/// Text of unknown origin as a terminal may show it: UTF-8 without control characters but new lines; other bytes as
/// \xNN.
std::string printable(const std::string& text);
/// The same in quotes, on one line; of a long one the beginning.
std::string quoted(const std::string& text);

/// To standard output. Throws ClosedPipe where nobody reads; Error where it cannot be written.
void print(const std::string& text);
/// A line to standard error, printable(); a failure there has nobody left to be told.
void complain(const std::string& line);
/// Lines "alfi: warning: ..", unless quiet.
void warn(const std::vector<std::string>& warnings, bool quiet);
/// "-": print; else the file, old or new but never half. Throws Error.
void write_text(const std::string& path, const std::string& text);

/// Before the work whose result goes there: throws Error where write_text() could not write it. Writes nothing.
void require_writable(const std::string& option, const std::string& path);

/// The directory that --output names; it may exist. Throws Error.
void make_directory(const std::string& path);

/// "1m40s", "2h03m", "0.25s".
std::string duration_text(double seconds);
/// "8 iterations", "8 iterations and a refinement", "8 iterations and a refinement (by a learned likelihood)"; about:
/// of the refinement, "": nothing more.
std::string iterations_text(Index iterations, bool refined, const std::string& about = "");
/// Which likelihoods refinements of so many problems answer by: "by a local Gaussian", "by a learned likelihood 3
/// times, left out 1 time of 20".
std::string refinements_text(Index learned, Index left_out, Index problems);
/// "2.05 +- 0.1"; of a constant without the error.
std::string with_error_text(const MeanWithError& value, int digits = 4);
/// "1.5 MiB".
std::string bytes_text(double bytes);
/// Local date and time, "2026-01-31 12:00:00".
std::string now_text();

using Row = std::vector<std::string>;
/// Columns aligned, two blanks between them; the first left columns to the left, the others to the right.
std::string table_text(const std::vector<Row>& rows, std::size_t left);

}  // namespace alfi::tools
