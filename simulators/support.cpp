#include "alfi/simulators/support.hpp"

#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr const char* kBetween = "..";

std::string end_text(float end) { return number_text(static_cast<double>(end), 7); }  // 0.9, not 0.89999998

/// The number that text is, or none where there is no text.
bool read_end(const std::string& text, float none, float& end) {
  double value = 0;
  end = none;
  if (text.empty()) return true;
  if (!parse_number(text, value) || !std::isfinite(value)) return false;
  if (std::abs(value) > static_cast<double>(std::numeric_limits<float>::max())) return false;
  end = static_cast<float>(value);
  return true;
}

}  // namespace

bool Support::holds(float x) const { return x >= low && x <= high && (!whole || x == std::trunc(x)); }

std::string Support::text() const {
  const std::string kind = whole ? "a whole number" : "a number";
  if (std::isfinite(low) && std::isfinite(high)) return kind + " from " + end_text(low) + " to " + end_text(high);
  if (low == positive().low) return "a positive number";
  if (std::isfinite(low)) return kind + " of at least " + end_text(low);
  return std::isfinite(high) ? kind + " of at most " + end_text(high) : kind;
}

std::vector<Support> supports_alike(Index count, const Support& each) {
  return std::vector<Support>(static_cast<std::size_t>(count), each);
}

Support support_from(const std::string& text) {
  if (text == "any") return {};
  if (text == "count") return Support::count();
  const std::size_t between = text.find(kBetween);
  Support support;
  const bool read = between != std::string::npos && text != kBetween &&
                    read_end(text.substr(0, between), support.low, support.low) &&
                    read_end(text.substr(between + 2), support.high, support.high);
  if (read && support.low <= support.high) return support;
  throw InputError("got \"" + text + "\", expected any, count or LOW..HIGH, such as 0..1 or 0..");
}

}  // namespace v0
}  // namespace alfi
