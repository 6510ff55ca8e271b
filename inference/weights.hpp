#pragma once
#include <vector>

#include "alfi/core/view.hpp"

/// Weighted points: weights from logarithms, how many points they are worth, and a choice by them.

namespace alfi {
inline namespace v0 {

/// exp(exponent (log - the largest)) of each, but e^-700 at the least. logs [n]: finite, n >= 1.
std::vector<double> weights_by(const std::vector<double>& logs, double exponent = 1);

/// log of the sum of the exponentials of count >= 1 finite numbers.
double log_sum_exp(const double* logs, std::size_t count);

/// Effective number of weighted points, the square of the weights' sum over the sum of their squares; 0 where all are
/// 0.
double effective_number(const std::vector<double>& weights);

/// Systematic resampling: `count` of the points, in order, each as often as its weight says, but for less than one.
/// offset, in [0, 1), is the one random number. weights [n]: not all 0.
std::vector<Index> systematic_choice(const std::vector<double>& weights, Index count, double offset);

}  // namespace v0
}  // namespace alfi
