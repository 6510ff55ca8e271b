#include <charconv>

#include "csv.hpp"

namespace alfi::tools {
namespace {

template <class T>
void append(std::string& text, T value) {
  char buffer[64];
  text.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

/// Values joined by commas, and the end of the line.
template <class T>
void append_line(std::string& text, const T* values, Index count) {
  for (Index i = 0; i < count; ++i) {
    if (i > 0) text += ',';
    append(text, values[i]);
  }
  text += '\n';
}

std::string head(const std::vector<std::string>& comment, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& line : comment) text += "# " + line + "\n";
  for (const std::string& name : names) text += (&name == &names.front() ? "" : ",") + name;
  return text + "\n";
}

template <class T>
std::string values_text(const std::vector<std::string>& comment, const std::vector<std::string>& names,
                        MatView<const T> values) {
  std::string text = head(comment, names);
  for (Index row = 0; row < values.rows; ++row) append_line(text, values.row(row).data, values.cols);
  return text;
}

}  // namespace

std::string csv_text(const std::vector<std::string>& comment, const std::vector<std::string>& names,
                     MatView<const float> values) {
  return values_text(comment, names, values);
}
std::string csv_text(const std::vector<std::string>& comment, const std::vector<std::string>& names,
                     MatView<const double> values) {
  return values_text(comment, names, values);
}

std::string observations_text(const std::vector<std::string>& comment, const ObservationShape& shape,
                              Observations samples) {
  if (shape.is_set) return csv_text(comment, shape.names, samples);
  const bool several = samples.rows != 1, indexed = !shape.index_column.empty();
  std::vector<std::string> names = shape.names;
  if (indexed) names.insert(names.begin(), shape.index_column);
  if (several) names.insert(names.begin(), kSeriesColumn);
  std::string text = head(comment, names);
  for (Index n = 0; n < samples.rows; ++n) {
    for (Index i = 0; i < shape.length; ++i) {
      if (several) text += std::to_string(n + 1) + ",";
      if (indexed) {
        // As a float: 0.6, not 0.6000000000000001.
        append(text, static_cast<float>(shape.index_first + static_cast<double>(i) * shape.index_step));
        text += ',';
      }
      append_line(text, samples.row(n).data + i * shape.columns(), shape.columns());
    }
  }
  return text;
}

}  // namespace alfi::tools
