#include "alfi/inference/predictive.hpp"

#include "alfi/core/text.hpp"

namespace alfi {
inline namespace v0 {
namespace {

/// Mean over the proposals of a statistic, and its spread between them.
MeanAndSd between(const std::vector<double>& values) {
  double mean = 0, squares = 0, count = 0;
  for (const double value : values) {
    const double step = value - mean;
    mean += step / ++count;
    squares += step * (value - mean);
  }
  return {mean, count > 1 ? std::sqrt(squares / (count - 1)) : 0};
}

std::string warning(const std::string& column, const char* what, double seen, const MeanAndSd& expected) {
  const auto rounded = [](double value) { return number_text(static_cast<double>(static_cast<float>(value))); };
  return std::string(what) + " of " + column + " is " + rounded(seen) + ", the answer's own predictive has " +
         rounded(expected.mean) + " +- " + rounded(expected.sd);
}

}  // namespace

void compare_with_predictive(MatView<const float> observed, MatView<const float> predicted, Index proposals,
                             const std::vector<std::string>& columns, std::vector<std::string>& warnings) {
  const Index each = predicted.rows / proposals, n = observed.rows;
  if (n < 2 || each < 2) return;
  for (Index d = 0; d < observed.cols; ++d) {
    std::vector<double> means, sds;
    double variance = 0;
    for (Index k = 0; k < proposals; ++k) {
      const MeanAndSd m = mean_and_sd(predicted.data + k * each * predicted.cols + d, each, predicted.cols);
      means.push_back(m.mean);
      sds.push_back(m.sd);
      variance += m.sd * m.sd / static_cast<double>(proposals);
    }
    const MeanAndSd seen = mean_and_sd(observed.data + d, n, observed.cols);
    MeanAndSd location = between(means), scale = between(sds);
    // The means of M simulations scatter by more than the mean of N observations would where M < N: an upper bound.
    location.sd = std::sqrt(location.sd * location.sd + variance / static_cast<double>(n));
    if (std::abs(seen.mean - location.mean) > kUnlike * location.sd) {
      warnings.push_back(warning(columns[static_cast<std::size_t>(d)], "the mean", seen.mean, location));
    }
    scale.sd = std::sqrt(scale.sd * scale.sd + variance / static_cast<double>(n));
    if (std::abs(seen.sd - scale.mean) > kUnlike * scale.sd) {
      warnings.push_back(warning(columns[static_cast<std::size_t>(d)], "the sd", seen.sd, scale));
    }
  }
}

}  // namespace v0
}  // namespace alfi
