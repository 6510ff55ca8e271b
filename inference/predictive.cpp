#include "alfi/inference/predictive.hpp"

#include <cmath>

#include "alfi/core/moments.hpp"
#include "alfi/core/text.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr int kDigits = 4;

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

void compare(const char* what, const std::string& name, double seen, const Expected& expected,
             std::vector<std::string>& warnings) {
  if (std::abs(seen - expected.value) <= kUnlike * expected.sd) return;
  warnings.push_back(std::string(what) + " of " + name + " is " + number_text(seen, kDigits) +
                     ", the answer's own predictive has " + number_text(expected.value, kDigits) + " +- " +
                     number_text(expected.sd, kDigits));
}

}  // namespace

void compare_with_predictive(const PredictiveCheck& check, const std::vector<std::string>& columns,
                             std::vector<std::string>& warnings) {
  const Index each = check.predicted.rows / check.proposals, n = check.observed.rows;
  if (n < 2) return;
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
    compare("the mean", columns[static_cast<std::size_t>(d)], seen.mean(),
            {means.mean(), std::sqrt(means.sd() * means.sd() + noise)}, warnings);
    compare("the sd", columns[static_cast<std::size_t>(d)], seen.sd(),
            {sds.mean(), std::sqrt(sds.sd() * sds.sd() + noise)}, warnings);
  }
}

}  // namespace v0
}  // namespace alfi
