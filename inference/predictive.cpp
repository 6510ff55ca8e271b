#include "alfi/inference/predictive.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/moments.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/rows/series.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr int kDigits = 4;
constexpr double kFew = 8;  // simulations

/// What a statistic should be, and how far off it may well be.
struct Expected {
  double value, sd;
};

/// Column d of rows [first, first + count), those that are valid.
RunningMoments column(MatView<const float> x, VecView<const std::uint8_t> status, Index first, Index count, Index d) {
  RunningMoments moments;
  for (Index r = first; r < first + count; ++r) {
    if (status.empty() || status[r] == 0) moments.add(static_cast<double>(x(r, d)));
  }
  return moments;
}

void compare(const char* what_of, const std::string& name, double seen, const Expected& expected,
             std::vector<std::string>& warnings) {
  if (std::abs(seen - expected.value) <= kUnlike * expected.sd) return;
  warnings.push_back(what_of + name + " is " + number_text(seen, kDigits) + ", the answer's own predictive has " +
                     number_text(expected.value, kDigits) + " +- " + number_text(expected.sd, kDigits));
}

}  // namespace

void compare_with_predictive(const PredictiveCheck& check, const std::vector<std::string>& columns,
                             std::vector<std::string>& warnings) {
  const Index each = check.predicted.rows / check.proposals, n = check.observed.rows;
  for (Index d = 0; d < check.observed.cols; ++d) {
    RunningMoments means, sds, variance;
    for (Index k = 0; k < check.proposals; ++k) {
      const RunningMoments m = column(check.predicted, check.status, k * each, each, d);
      if (m.count() < 2) continue;
      means.add(m.mean());
      sds.add(m.sd());
      variance.add(m.sd() * m.sd());
    }
    if (means.count() < 2) continue;
    const RunningMoments seen = column(check.observed, {}, 0, n, d);
    // The means of M simulations scatter by more than the mean of N observations would where M < N: an upper bound.
    const double noise = variance.mean() / static_cast<double>(n);
    const std::string& name = columns[static_cast<std::size_t>(d)];
    compare(n > 1 ? "the mean of " : "", name, seen.mean(), {means.mean(), std::sqrt(means.sd() * means.sd() + noise)},
            warnings);
    if (n < 2) continue;  // one observation has no sd
    compare("the sd of ", name, seen.sd(), {sds.mean(), std::sqrt(sds.sd() * sds.sd() + noise)}, warnings);
  }
}

void compare_entries(const PredictiveCheck& check, const ObservationShape& shape, const Normalization& n,
                     std::vector<std::string>& warnings) {
  for (Index d = 0; d < check.observed.cols; ++d) {
    const auto shown = [&](float x) { return static_cast<double>(shown_value(x, n.shown.data(), n.floor.data(), d)); };
    RunningMoments moments;
    double low = 0, high = 0;
    for (Index k = 0; k < check.predicted.rows; ++k) {
      if (!check.status.empty() && check.status[k] != 0) continue;
      const double x = static_cast<double>(check.predicted(k, d));
      low = moments.count() > 0 ? std::min(low, x) : x;
      high = moments.count() > 0 ? std::max(high, x) : x;
      moments.add(shown(check.predicted(k, d)));
    }
    const float seen = check.observed(0, d);
    const auto name = [&] {
      return shape.names[static_cast<std::size_t>(d % shape.columns())] +
             (shape.length > 1 ? " of row " + std::to_string(d / shape.columns() + 1) : "");
    };
    if (static_cast<double>(seen) < n.floor[static_cast<std::size_t>(d)]) {
      warnings.push_back(name() + " is " + number_text(static_cast<double>(seen), kDigits) +
                         ", less than the simulator ever made");
      continue;
    }
    const double away = std::abs(shown(seen) - moments.mean());
    if (moments.count() < 4) continue;
    const double few = 1 + kFew / moments.count();  // an sd of so few may well be too small
    if (away <= kUnlike * few * moments.sd()) continue;
    warnings.push_back(name() + " is " + number_text(static_cast<double>(seen), kDigits) +
                       ", the answer's own predictive has " + number_text(low, kDigits) + " to " +
                       number_text(high, kDigits) + " in " + number_text(moments.count(), kDigits) + " simulations");
  }
}

}  // namespace v0
}  // namespace alfi
