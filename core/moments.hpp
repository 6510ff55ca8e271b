#pragma once
#include <cmath>

#include "alfi/core/portable.hpp"

namespace alfi {
inline namespace v0 {

/// Mean and spread of numbers as they come; stable where the mean dwarfs the spread.
/// Source: Welford 1962.
class RunningMoments {
 public:
  ALFI_HD void add(double x) {
    const double step = x - mean_;
    count_ += 1;
    mean_ += step / count_;
    squares_ += step * (x - mean_);
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
