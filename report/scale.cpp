#include "report/scale.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "alfi/core/text.hpp"

namespace alfi::report {
namespace {

/// The exponent that numbers of this size are better written with: 0 from 0.001 to 99999.
int exponent_for(double size) {
  if (!(size > 0) || (size >= 1e-2 && size < 1e5)) return 0;
  return static_cast<int>(std::floor(std::log10(size) + 1e-9));
}

/// A leading minus as wide as a plus.
std::string with_minus(std::string text) {
  if (!text.empty() && text[0] == '-') text.replace(0, 1, "\xe2\x88\x92");
  return text;
}

std::string fixed_text(double value, int decimals) {
  char buffer[64];
  const std::to_chars_result end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed, decimals);
  return with_minus({buffer, end.ec == std::errc() ? end.ptr : buffer});
}

/// How many multiples of step lie inside.
double count_inside(Range range, double step) {
  const double slack = 1e-9 * (range.high - range.low);
  return std::floor((range.high + slack) / step) - std::ceil((range.low - slack) / step) + 1;
}

/// 1, 2 or 5 times a power of ten, at least as large.
double round_step(double least) {
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double times : {1.0, 2.0, 5.0}) {
    if (times * power >= least * (1 - 1e-9)) return times * power;
  }
  return 10 * power;
}

}  // namespace

void Extent::add(double value) {
  if (!std::isfinite(value)) return;
  low_ = empty() ? value : std::min(low_, value);
  high_ = std::max(high_, value);
}

Range Extent::range(double margin) const {
  if (empty()) return {0, 1};
  const double width = high_ - low_, size = std::max(std::abs(low_), std::abs(high_));
  if (!(width > 1e-12 * size)) {
    const double around = size > 0 ? 0.1 * size : 0.5;
    return {low_ - around, high_ + around};
  }
  return {low_ - margin * width, high_ + margin * width};
}

Ticks linear_ticks(Range range, int most, bool whole) {
  Ticks result;
  const double width = range.high - range.low;
  if (!(std::isfinite(width) && width > 0)) return result;
  double step = round_step(width / std::max(most, 1));
  // One or two numbers say little of a scale: the next finer step, if that is not too many.
  const double finer = round_step(step / 2.6);
  if (count_inside(range, step) < 3 && count_inside(range, finer) <= most + 1) step = finer;
  if (whole) step = std::max(step, 1.0);
  result.exponent = whole ? 0 : exponent_for(std::max(std::abs(range.low), std::abs(range.high)));
  const double scale = std::pow(10, result.exponent);
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step / scale) - 1e-9)), 0, 12);
  const double slack = 1e-9 * width;
  for (double k = std::ceil((range.low - slack) / step); k * step <= range.high + slack; ++k) {
    const double value = k * step;
    const double shown = std::abs(value) < 1e-9 * step ? 0 : value / scale;
    result.ticks.push_back({value, fixed_text(shown, decimals)});
  }
  return result;
}

Ticks logarithmic_ticks(Range range, int most) {
  Ticks result;
  if (!(range.low > 0 && std::isfinite(range.high) && range.high > range.low)) return result;
  const int first = static_cast<int>(std::ceil(std::log10(range.low) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(range.high) + 1e-9));
  const auto text = [](double times, int power) {
    if (power >= -3 && power <= 4) return fixed_text(times * std::pow(10, power), std::max(0, -power));
    return (times == 1 ? "" : fixed_text(times, 0) + "\xc2\xb7") + power_of_ten(power);
  };
  if (last - first >= 1) {
    const int stride = std::max(1, (last - first + most) / std::max(most, 1));
    for (int power = first; power <= last; power += stride) {
      result.ticks.push_back({std::pow(10, power), text(1, power)});
    }
    return result;
  }
  for (int power = first - 1; power <= last + 1; ++power) {
    for (const double times : {1.0, 2.0, 5.0}) {
      const double value = times * std::pow(10, power);
      if (value >= range.low && value <= range.high) result.ticks.push_back({value, text(times, power)});
    }
  }
  return result;
}

std::string shown(double value, int digits) {
  std::string text = number_text(value, digits);
  const std::size_t power = text.find('e');
  std::int64_t exponent = 0;
  if (power != std::string::npos && parse_number(text.substr(power + (text[power + 1] == '+' ? 2 : 1)), exponent)) {
    text = text.substr(0, power) + "\xc2\xb7" + power_of_ten(static_cast<int>(exponent));
  }
  return with_minus(text);
}

std::string power_of_ten(int exponent) {
  static const char* const kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "10⁻" : "10";
  for (const char c : std::to_string(std::abs(exponent))) text += kDigits[c - '0'];
  return text;
}

std::string axis_title(const std::string& name, const std::string& unit, int exponent) {
  const std::string factor = exponent != 0 ? power_of_ten(exponent) : "";
  const std::string inside = factor + (factor.empty() || unit.empty() ? "" : " ") + unit;
  return name + (inside.empty() ? "" : " [" + inside + "]");
}

}  // namespace alfi::report
