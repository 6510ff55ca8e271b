#include "csv.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/safetensors.hpp"
#include "output.hpp"

namespace alfi::tools {
namespace {

using Fields = std::vector<std::string>;

constexpr double kUneven = 1e-3;  // of the step between two rows: more than its text was rounded by

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// Splits at commas outside double quotes; a doubled quote within quotes is one.
Fields split(const std::string& line) {
  Fields fields(1);
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      const bool doubled = inside && i + 1 < line.size() && line[i + 1] == '"';
      if (doubled) fields.back() += line[++i];
      if (!doubled) inside = !inside;
    } else if (line[i] == ',' && !inside) {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  for (std::string& field : fields) field = trimmed(field);
  return fields;
}

/// Of another file than people meant it shows the beginning.
std::string quoted_list(const Fields& names) {
  constexpr std::size_t kMost = 200;
  std::string text;
  for (const std::string& name : names) {
    if (text.size() > kMost) return text + ", ..";
    text += (text.empty() ? "" : ", ") + quoted(name);
  }
  return text;
}

class Reader {
 public:
  Reader(const std::string& text, const std::string& path, const ObservationShape& shape)
      : text_(text), path_(path), shape_(shape) {}

  ObservationTable read() {
    Fields fields;
    if (!next(fields)) refuse("the file is empty, expected a header with " + quoted_list(wanted()));
    read_header(fields);
    while (next(fields)) read_row(fields);
    if (table_.rows == 0) refuse("a header without rows, expected at least one observation");
    if (!shape_.is_set) {
      end_series();
      table_.rows /= shape_.length;
    }
    return std::move(table_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw InputError(path_ + ":" + std::to_string(std::max<Index>(line_, 1)) + ": " + what);
  }

  Fields wanted() const {
    Fields names = shape_.names;
    if (!shape_.index_column.empty()) names.push_back(shape_.index_column);
    return names;
  }

  /// The fields of the next line that is neither blank nor a comment.
  bool next(Fields& fields) {
    while (position_ < text_.size()) {
      const std::size_t end = std::min(text_.find('\n', position_), text_.size());
      std::string line = text_.substr(position_, end - position_);
      position_ = end + 1;
      ++line_;
      if (line.find('\0') != std::string::npos) refuse("holds a zero byte, expected text: a CSV file in UTF-8");
      if (line_ == 1 && line.rfind("\xef\xbb\xbf", 0) == 0) line.erase(0, 3);  // byte order mark
      const std::string content = trimmed(line);
      if (content.empty() || content[0] == '#') continue;
      fields = split(line);
      return true;
    }
    return false;
  }

  /// Where the column lies, or -1.
  Index find(const Fields& header, const std::string& name) const {
    const auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end()) return -1;
    if (std::find(found + 1, header.end(), name) != header.end()) refuse("column \"" + name + "\" appears twice");
    return found - header.begin();
  }

  Index require(const Fields& header, const std::string& name) const {
    const Index column = find(header, name);
    if (column >= 0) return column;
    const bool elsewise = header.size() == 1 && header[0].find_first_of(";\t ") != std::string::npos;
    refuse("column \"" + name + "\" is missing: got " + quoted_list(header) + ", expected " + quoted_list(wanted()) +
           " in any order" + (elsewise ? ", with commas between them" : ""));
  }

  void read_header(const Fields& header) {
    header_ = header;
    for (const std::string& name : shape_.names) columns_.push_back(require(header, name));
    if (!shape_.index_column.empty()) index_ = require(header, shape_.index_column);
    if (!shape_.is_set) series_ = find(header, kSeriesColumn);
    Fields unused;
    for (Index i = 0; i < static_cast<Index>(header.size()); ++i) {
      const bool used = i == index_ || i == series_ || std::find(columns_.begin(), columns_.end(), i) != columns_.end();
      if (!used) unused.push_back(header[static_cast<std::size_t>(i)]);
    }
    if (!unused.empty()) {
      table_.warnings.push_back(path_ + ":" + std::to_string(line_) + ": columns not used: " + quoted_list(unused));
    }
  }

  double number(const Fields& fields, Index column) const {
    const std::string& name = header_[static_cast<std::size_t>(column)];
    const std::string& field = fields[static_cast<std::size_t>(column)];
    double value = 0;
    const bool parsed = parse_number(field.rfind('+', 0) == 0 ? field.substr(1) : field, value);
    // isfinite first: an ordered comparison with NaN would raise a floating-point exception.
    if (parsed && std::isfinite(value) && std::fabs(value) <= std::numeric_limits<float>::max()) return value;
    refuse(name + ": got " + quoted(field) + ", expected a finite number of at most 3.4e38 in size");
  }

  void read_row(const Fields& fields) {
    if (fields.size() != header_.size()) {
      refuse("got " + counted(static_cast<Index>(fields.size()), "field") + ", expected " +
             std::to_string(header_.size()) + " as in the header");
    }
    if (series_ >= 0 && table_.rows > 0 && fields[static_cast<std::size_t>(series_)] != series_name_) end_series();
    if (series_ >= 0) series_name_ = fields[static_cast<std::size_t>(series_)];
    if (index_ >= 0) check_index(number(fields, index_));
    for (std::size_t d = 0; d < columns_.size(); ++d) {
      const float value = static_cast<float>(number(fields, columns_[d]));
      const Index entry = static_cast<Index>(d);
      if (!shape_.holds(entry, value)) {
        refuse(shape_.names[d] + ": got " + fields[static_cast<std::size_t>(columns_[d])] + ", expected " +
               shape_.support(entry).text());
      }
      table_.values.push_back(value);
    }
    ++table_.rows;
    ++series_rows_;
  }

  void check_index(double value) {
    if (series_rows_ > 0 && value <= last_index_) {
      refuse(shape_.index_column + ": got " + number_text(value) + " after " + number_text(last_index_) +
             ", expected it to increase");
    }
    const double step = value - last_index_;
    if (series_rows_ > 0 && even_ && std::abs(step - shape_.index_step) > kUneven * shape_.index_step) {
      even_ = false;
      table_.warnings.push_back(path_ + ":" + std::to_string(line_) + ": " + shape_.index_column + ": got " +
                                number_text(value) + " after " + number_text(last_index_) + ", but rows are " +
                                number_text(shape_.index_step) + " apart in what is simulated");
    }
    last_index_ = value;
  }

  void end_series() {
    if (series_rows_ != shape_.length) {
      if (shape_.length == 1) refuse("got " + std::to_string(series_rows_) + " rows, expected 1: a vector is one row");
      refuse("a series of " + counted(series_rows_, "row") + " ends here, expected " + std::to_string(shape_.length));
    }
    series_rows_ = 0;
  }

  const std::string& text_;
  const std::string& path_;
  const ObservationShape& shape_;
  ObservationTable table_;
  std::size_t position_ = 0;
  Index line_ = 0;
  Fields header_;
  std::vector<Index> columns_;
  Index index_ = -1, series_ = -1;
  std::string series_name_;
  Index series_rows_ = 0;
  double last_index_ = 0;
  bool even_ = true;  ///< index values are as far apart as simulated ones
};

}  // namespace

ObservationTable parse_observations(const std::string& text, const std::string& path, const ObservationShape& shape) {
  return Reader(text, path, shape).read();
}

ObservationTable read_observations(const std::string& path, const ObservationShape& shape) {
  const bool piped = path == "-";
  const std::vector<std::uint8_t> bytes = read_file(piped ? "/dev/stdin" : path);
  return parse_observations({bytes.begin(), bytes.end()}, piped ? "standard input" : path, shape);
}

ObservationTable read_problem(const std::string& path, const ObservationShape& shape) {
  ObservationTable table = read_observations(path, shape);
  if (shape.is_set || table.rows == 1) return table;
  const std::string several = shape.length == 1 ? " vectors" : " series";
  throw InputError(path + ": holds " + std::to_string(table.rows) + several + ", expected one");
}

}  // namespace alfi::tools
