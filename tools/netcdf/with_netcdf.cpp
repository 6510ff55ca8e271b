#include <netcdf.h>

#include <cstdio>
#include <filesystem>
#include <vector>

#include "alfi/core/error.hpp"
#include "inference_data.hpp"

namespace alfi::tools {
namespace {

/// A file that is being written; removed again where it is not finished.
class File {
 public:
  explicit File(const std::string& path) : path_(path), partial_(path + ".partial") {
    check(nc_create(partial_.c_str(), NC_NETCDF4 | NC_CLOBBER, &id_));
    open_ = true;
  }
  ~File() {
    if (!open_) return;
    nc_close(id_);
    std::remove(partial_.c_str());
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int id() const { return id_; }
  void check(int status) const {
    if (status != NC_NOERR) throw Error(path_ + ": cannot be written: " + nc_strerror(status));
  }
  int group(const char* name) const {
    int id = 0;
    check(nc_def_grp(id_, name, &id));
    text(id, "inference_library", "alfi");
    text(id, "inference_library_version", ALFI_VERSION);
    return id;
  }
  void text(int group, const char* name, const std::string& value) const {
    check(nc_put_att_text(group, NC_GLOBAL, name, value.size(), value.c_str()));
  }
  int dimension(int group, const std::string& name, Index size) const {
    int id = 0;
    check(nc_def_dim(group, name.c_str(), static_cast<std::size_t>(size), &id));
    return id;
  }
  /// Whole numbers 0, 1, ..: the coordinate of a dimension.
  void coordinate(int group, const std::string& name, int dimension, Index size) const {
    std::vector<long long> values;
    for (Index i = 0; i < size; ++i) values.push_back(i);
    int id = 0;
    check(nc_def_var(group, name.c_str(), NC_INT64, 1, &dimension, &id));
    check(nc_put_var_longlong(group, id, values.data()));
  }
  void variable(int group, const std::string& name, const std::vector<int>& dimensions,
                const std::vector<double>& values, const std::string& unit) const {
    int id = 0;
    check(nc_def_var(group, name.c_str(), NC_DOUBLE, static_cast<int>(dimensions.size()), dimensions.data(), &id));
    if (!unit.empty()) check(nc_put_att_text(group, id, "units", unit.size(), unit.c_str()));
    check(nc_put_var_double(group, id, values.data()));
  }
  void finish() {
    open_ = false;
    check(nc_close(id_));
    std::error_code error;
    std::filesystem::rename(partial_, path_, error);
    if (error) throw Error(path_ + ": cannot be written: " + error.message());
  }

 private:
  std::string path_, partial_;
  int id_ = 0;
  bool open_ = false;
};

/// Dimensions chain (one) and draw of a group.
std::vector<int> draw_dimensions(const File& file, int group, Index draws) {
  const std::vector<int> both{file.dimension(group, "chain", 1), file.dimension(group, "draw", draws)};
  file.coordinate(group, "chain", both[0], 1);
  file.coordinate(group, "draw", both[1], draws);
  return both;
}

void write_draws(const File& file, const InferenceDataRequest& r) {
  const std::vector<Parameter>& parameters = r.simulator->parameters;
  const std::vector<double> draws = r.posterior->draw(r.draws, r.seed);
  std::vector<double> log_density;
  for (std::size_t i = 0; i < draws.size(); i += parameters.size()) {
    const auto first = draws.begin() + static_cast<std::ptrdiff_t>(i);
    log_density.push_back(r.posterior->log_density({first, first + static_cast<std::ptrdiff_t>(parameters.size())}));
  }
  const int posterior = file.group("posterior"), stats = file.group("sample_stats");
  const std::vector<int> dimensions = draw_dimensions(file, posterior, r.draws);
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    std::vector<double> values;
    for (std::size_t i = p; i < draws.size(); i += parameters.size()) values.push_back(draws[i]);
    file.variable(posterior, parameters[p].name, dimensions, values, parameters[p].unit);
  }
  file.variable(stats, "lp", draw_dimensions(file, stats, r.draws), log_density, "");
}

/// Column by column: of a set over `observation`, of a series over its rows.
void write_observed(const File& file, const InferenceDataRequest& r) {
  const ObservationShape& shape = r.simulator->observation;
  const Index columns = shape.columns(), rows = r.observations.size() / columns;
  const int group = file.group("observed_data");
  const std::string name = shape.is_set ? "observation" : shape.index_column.empty() ? "row" : shape.index_column;
  const int dimension = file.dimension(group, name, rows);
  if (shape.is_set || shape.index_column.empty()) {
    file.coordinate(group, name, dimension, rows);
  } else {
    std::vector<double> index;
    for (Index i = 0; i < rows; ++i) index.push_back(shape.index_first + static_cast<double>(i) * shape.index_step);
    file.variable(group, name, {dimension}, index, "");
  }
  for (Index c = 0; c < columns; ++c) {
    std::vector<double> values;
    for (Index i = 0; i < rows; ++i) values.push_back(static_cast<double>(r.observations.data[i * columns + c]));
    const auto column = static_cast<std::size_t>(c);
    file.variable(group, shape.names[column], {dimension}, values, shape.units[column]);
  }
}

}  // namespace

bool has_netcdf() { return true; }

void write_inference_data(const InferenceDataRequest& request) {
  File file(request.path);
  file.text(file.id(), "model", request.simulator->name);
  write_draws(file, request);
  write_observed(file, request);
  file.finish();
}

}  // namespace alfi::tools
