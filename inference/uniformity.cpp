#include "alfi/inference/uniformity.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kMostPoints = 100;
constexpr double kGone = -700;  // logarithms of what is as good as never

/// log of n choose k, for all k.
std::vector<double> log_factorials(Index n) {
  std::vector<double> logs{0};
  for (Index i = 1; i <= n; ++i) logs.push_back(logs.back() + std::log(static_cast<double>(i)));
  return logs;
}

double binomial(const std::vector<double>& logs, Index n, Index k, double p) {
  if (p >= 1) return k == n ? 1.0 : 0.0;
  const auto at = [&](Index i) { return logs[static_cast<std::size_t>(i)]; };
  const double log_probability =
      at(n) - at(k) - at(n - k) + static_cast<double>(k) * std::log(p) + static_cast<double>(n - k) * std::log1p(-p);
  return log_probability > kGone ? std::exp(log_probability) : 0.0;
}

}  // namespace

UniformityTest::UniformityTest(Index numbers) : numbers_(numbers) {
  if (numbers < 1) throw InputError("UniformityTest: got " + std::to_string(numbers) + " numbers, expected at least 1");
  const Index count = std::min(std::max(numbers, Index{2}), kMostPoints);
  const std::vector<double> logs = log_factorials(numbers);
  for (Index i = 1; i < count; ++i) {
    points_.push_back(static_cast<double>(i) / static_cast<double>(count));
    std::vector<double> below;
    double sum = 0;
    for (Index c = 0; c <= numbers; ++c) below.push_back(sum += binomial(logs, numbers, c, points_.back()));
    below_.push_back(std::move(below));
  }
}

std::vector<Index> UniformityTest::counts(const std::vector<double>& values) const {
  if (static_cast<Index>(values.size()) != numbers_) {
    throw ShapeError("UniformityTest: values has shape [" + std::to_string(values.size()) + "], expected [" +
                     std::to_string(numbers_) + "]");
  }
  std::vector<double> sorted = values;
  for (const double value : sorted) {
    if (!std::isfinite(value)) throw NumericError("UniformityTest: got a value that is not finite");
  }
  std::sort(sorted.begin(), sorted.end());
  std::vector<Index> all;
  for (const double point : points_) {
    all.push_back(std::upper_bound(sorted.begin(), sorted.end(), point) - sorted.begin());
  }
  return all;
}

std::vector<double> UniformityTest::shares(const std::vector<double>& values) const {
  std::vector<double> all;
  for (const Index count : counts(values)) all.push_back(static_cast<double>(count) / static_cast<double>(numbers_));
  return all;
}

/// The counts of each point whose tails, themselves included, both weigh more than `tail`.
UniformityTest::Counts UniformityTest::inside(double tail) const {
  Counts band;
  for (const std::vector<double>& below : below_) {
    const auto first = std::upper_bound(below.begin(), below.end(), tail);
    band.low.push_back(first - below.begin());
    Index high = numbers_;
    while (high > 0 && 1 - below[static_cast<std::size_t>(high - 1)] <= tail) --high;
    band.high.push_back(high);
  }
  return band;
}

/// That the counts of n uniform numbers stay inside at all points: from point to point those that lie beyond fall
/// into the next interval independently.
double UniformityTest::probability(const Counts& band) const {
  const std::vector<double> logs = log_factorials(numbers_);
  std::vector<double> now(static_cast<std::size_t>(numbers_) + 1, 0.0);
  now[0] = 1;
  double from = 0;
  Index low = 0, high = 0;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const double share = (points_[i] - from) / (1 - from);
    std::vector<double> next(now.size(), 0.0);
    for (Index before = low; before <= high; ++before) {
      const double weight = now[static_cast<std::size_t>(before)];
      if (weight < 1e-300) continue;
      for (Index count = std::max(before, band.low[i]); count <= band.high[i]; ++count) {
        next[static_cast<std::size_t>(count)] += weight * binomial(logs, numbers_ - before, count - before, share);
      }
    }
    now = std::move(next);
    low = band.low[i];
    high = band.high[i];
    from = points_[i];
  }
  double sum = 0;
  for (const double weight : now) sum += weight;
  return std::min(sum, 1.0);
}

UniformityTest::Band UniformityTest::band(double wanted) const {
  if (!(std::isfinite(wanted) && wanted > 0 && wanted < 1)) {
    throw InputError("UniformityTest: probability: got " + number_text(wanted) + ", expected a number between 0 and 1");
  }
  // The widest tails that do: by halving their logarithm.
  double low = std::log(1e-12), high = std::log(0.5);
  for (int i = 0; i < 40; ++i) {
    const double middle = 0.5 * (low + high);
    (probability(inside(std::exp(middle))) >= wanted ? low : high) = middle;
  }
  const Counts counts = inside(std::exp(low));
  Band band;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    band.low.push_back(static_cast<double>(counts.low[i]) / static_cast<double>(numbers_));
    band.high.push_back(static_cast<double>(counts.high[i]) / static_cast<double>(numbers_));
  }
  return band;
}

double UniformityTest::p_value(const std::vector<double>& values) const {
  const std::vector<Index> found = counts(values);
  double least = 1;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const auto c = static_cast<std::size_t>(found[i]);
    const double above = c > 0 ? 1 - below_[i][c - 1] : 1;
    least = std::min({least, below_[i][c], above});
  }
  return std::max(0.0, 1 - probability(inside(least * (1 + 1e-9))));  // equal tails differ by rounding
}

}  // namespace v0
}  // namespace alfi
