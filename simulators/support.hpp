#pragma once
#include <limits>
#include <string>
#include <vector>

#include "alfi/core/portable.hpp"

/// The numbers that an entry of an observation can be: what a simulator never makes, nobody has observed.

namespace alfi {
inline namespace v0 {

struct Support {
  float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();  ///< inclusive
  bool whole = false;  ///< whole numbers only

  static Support count() { return {0, std::numeric_limits<float>::infinity(), true}; }
  /// From the least that is no denormal.
  static Support positive() {
    return {std::numeric_limits<float>::min(), std::numeric_limits<float>::infinity(), false};
  }

  /// x: finite.
  bool holds(float x) const;
  /// "a whole number of at least 0", for messages.
  std::string text() const;
};

/// So many, alike.
std::vector<Support> supports_alike(Index count, const Support& each);

/// From "any", "count", or "LOW..HIGH", either of which may be left out. Throws InputError.
Support support_from(const std::string& text);

}  // namespace v0
}  // namespace alfi
