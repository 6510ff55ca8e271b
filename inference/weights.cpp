#include "alfi/inference/weights.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kLeastLog = -700;  // its exponential is not denormal

}  // namespace

std::vector<double> weights_by(const std::vector<double>& logs, double exponent) {
  const double most = *std::max_element(logs.begin(), logs.end());
  std::vector<double> weights;
  weights.reserve(logs.size());
  for (const double log : logs) weights.push_back(std::exp(std::max(exponent * (log - most), kLeastLog)));
  return weights;
}

double log_sum_exp(const double* logs, std::size_t count) {
  const double most = *std::max_element(logs, logs + count);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += std::exp(std::max(logs[i] - most, kLeastLog));
  return most + std::log(sum);
}

double effective_number(const std::vector<double>& weights) {
  double sum = 0, squares = 0;
  for (const double w : weights) {
    sum += w;
    squares += w * w;
  }
  return squares > 0 ? sum * sum / squares : 0;
}

std::vector<Index> systematic_choice(const std::vector<double>& weights, Index count, double offset) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<Index> chosen;
  std::size_t at = 0;
  double passed = weights[0];
  for (Index n = 0; n < count; ++n) {
    const double wanted = sum * (static_cast<double>(n) + offset) / static_cast<double>(count);
    while (passed < wanted && at + 1 < weights.size()) passed += weights[++at];
    chosen.push_back(static_cast<Index>(at));
  }
  return chosen;
}

}  // namespace v0
}  // namespace alfi
