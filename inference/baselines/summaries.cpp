#include "alfi/inference/baselines/summaries.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "alfi/inference/bank.hpp"
#include "alfi/inference/rows/series.hpp"
#include "alfi/inference/set_statistics.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kLeastSd = 1e-6;                      // of a set's columns, in their largest values,
constexpr double kLeastScale = 1e-30;                  // which may be 0
constexpr double kPlaces[] = {0, 0.25, 0.5, 0.75, 1};  // of the order statistics

}  // namespace

Summaries::Summaries(const SimulatorInfo& info, Index observed, std::vector<float> x, std::vector<std::uint8_t> status)
    : is_set_(info.observation.is_set) {
  const Index columns = info.observation.size();
  size_ = is_set_ ? set_statistics_size(columns) + static_cast<Index>(std::size(kPlaces)) * columns : columns;
  if (is_set_) return;
  Bank simulated;
  simulated.observed = observed;
  simulated.rows = static_cast<Index>(status.size()) / observed;
  simulated.x = std::move(x);
  simulated.status = std::move(status);
  shown_ = standardize(simulated, info, simulated.rows, observed);
}

void Summaries::summarize(MatView<const float> x, double* out) const {
  if (!is_set_) {
    for (Index d = 0; d < x.cols; ++d) {
      out[d] = static_cast<double>(shown_value(x(0, d), shown_.shown.data(), shown_.floor.data(), d));
    }
    return;
  }
  std::vector<std::vector<double>> columns(static_cast<std::size_t>(x.cols));
  std::vector<double> floor;
  for (Index d = 0; d < x.cols; ++d) {
    std::vector<double>& column = columns[static_cast<std::size_t>(d)];
    for (Index i = 0; i < x.rows; ++i) column.push_back(static_cast<double>(x(i, d)));
    std::sort(column.begin(), column.end());
    floor.push_back(kLeastSd * std::max({std::abs(column.front()), std::abs(column.back()), kLeastScale}));
  }
  set_statistics(x, floor, out);
  out += set_statistics_size(x.cols);
  for (const std::vector<double>& column : columns) {
    for (const double place : kPlaces) {
      *out++ = column[static_cast<std::size_t>(std::lround(place * static_cast<double>(column.size() - 1)))];
    }
  }
}

}  // namespace v0
}  // namespace alfi
