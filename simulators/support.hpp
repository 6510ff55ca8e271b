#pragma once
#include <limits>
#include <string>

/// The numbers that an entry of an observation can be: what a simulator never makes, nobody has observed.

namespace alfi {
inline namespace v0 {

struct Support {
  float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();  ///< inclusive
  bool whole = false;  ///< whole numbers only

  static Support count() { return {0, std::numeric_limits<float>::infinity(), true}; }

  /// x: finite.
  bool holds(float x) const;
  /// "a whole number of at least 0", for messages.
  std::string text() const;
};

/// From "any", "count", or "LOW..HIGH", either of which may be left out. Throws InputError.
Support support_from(const std::string& text);

}  // namespace v0
}  // namespace alfi
