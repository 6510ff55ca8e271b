#pragma once
#include <cmath>
#include <vector>

#include "alfi/core/view.hpp"

namespace alfi {
inline namespace v0 {

/// What gives columns mean 0 and sd 1.
struct ColumnScale {
  std::vector<double> mean, sd;

  /// Of rows [n,I]; a constant column is only shifted.
  explicit ColumnScale(MatView<const double> rows) {
    const double n = static_cast<double>(rows.rows);
    for (Index c = 0; c < rows.cols; ++c) {
      double sum = 0, squares = 0;
      for (Index i = 0; i < rows.rows; ++i) sum += rows(i, c);
      mean.push_back(sum / n);
      for (Index i = 0; i < rows.rows; ++i) squares += (rows(i, c) - sum / n) * (rows(i, c) - sum / n);
      const double spread = std::sqrt(squares / n);
      sd.push_back(spread > 0 ? spread : 1);
    }
  }

  Index columns() const { return static_cast<Index>(mean.size()); }

  /// [n,I].
  std::vector<double> scaled(MatView<const double> rows) const {
    std::vector<double> all;
    for (Index i = 0; i < rows.rows; ++i) {
      for (std::size_t c = 0; c < mean.size(); ++c) {
        all.push_back((rows(i, static_cast<Index>(c)) - mean[c]) / sd[c]);
      }
    }
    return all;
  }
};

}  // namespace v0
}  // namespace alfi
