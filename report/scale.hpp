#pragma once
#include <string>
#include <vector>

/// Where numbers lie on an axis, and which of them are written on it.

namespace alfi::report {

struct Range {
  double low = 0, high = 1;
};

/// The smallest range that holds all values that are finite; [0, 1] where none is.
class Extent {
 public:
  void add(double value);
  bool empty() const { return !(low_ <= high_); }
  /// With a margin of so much of it at both ends; where all values are one, around it.
  Range range(double margin) const;

 private:
  double low_ = 1, high_ = -1;
};

struct Tick {
  double value = 0;
  std::string text;
};

struct Ticks {
  std::vector<Tick> ticks;
  int exponent = 0;  ///< texts are of value / 10^exponent
};

/// About `most` round numbers (1, 2 or 5 times a power of ten apart) inside of range; whole ones where asked.
Ticks linear_ticks(Range range, int most, bool whole = false);
/// Powers of ten inside of a positive range, or 1, 2 and 5 times those where there are few.
Ticks logarithmic_ticks(Range range, int most);

/// A number as people write it, to so many digits: "−0.25", "7·10⁻⁷".
std::string shown(double value, int digits);
/// "10⁻⁵".
std::string power_of_ten(int exponent);
/// "rate [1/s]"; with an exponent other than 0 "rate [10⁻⁵ 1/s]". unit: may be empty.
std::string axis_title(const std::string& name, const std::string& unit, int exponent = 0);

}  // namespace alfi::report
