#pragma once
#include <cmath>

#include "alfi/core/portable.hpp"

namespace alfi {
inline namespace v0 {

/// Mean and spread of numbers as they come; stable where the mean dwarfs the spread.
/// Source: Welford 1962; joining two runs: Chan, Golub & LeVeque 1979.
class RunningMoments {
 public:
  ALFI_HD void add(double x) {
    const double step = x - mean_;
    count_ += 1;
    mean_ += step / count_;
    squares_ += step * (x - mean_);
  }
  /// What add() of all the other's numbers would have given, but for rounding.
  ALFI_HD void join(const RunningMoments& other) {
    const double count = count_ + other.count_;
    if (!(count > 0)) return;
    const double step = other.mean_ - mean_, share = other.count_ / count;
    squares_ += other.squares_ + step * step * count_ * share;
    mean_ += step * share;
    count_ = count;
  }
  ALFI_HD double count() const { return count_; }
  ALFI_HD double mean() const { return mean_; }  ///< 0 where there were none
  /// Sample standard deviation (count - 1); 0 for fewer than two.
  ALFI_HD double sd() const { return count_ > 1 ? std::sqrt(squares_ / (count_ - 1)) : 0; }
  ALFI_HD double standard_error() const { return count_ > 1 ? sd() / std::sqrt(count_) : 0; }

 private:
  double count_ = 0, mean_ = 0, squares_ = 0;
};

}  // namespace v0
}  // namespace alfi
