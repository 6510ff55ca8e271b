#pragma once
#include "alfi/core/portable.hpp"

/// Division by a number that stays the same.

namespace alfi {
inline namespace v0 {

/// n / d as the high word of a product and a shift, where n < 2^31: a GPU takes five instructions for that, and some
/// twenty and more for a division.
/// Source: Granlund, Montgomery 1994, "Division by invariant integers using multiplication".
class Divisor {
 public:
  Divisor() = default;
  /// d >= 1. From 2^31 on, what is divided by it is divided as usual.
  explicit Divisor(Index d) : divisor_(d) {
    if (d > kMost) return;
    while ((std::uint64_t{1} << shift_) < static_cast<std::uint64_t>(d)) ++shift_;
    const auto own = static_cast<std::uint64_t>(d);
    multiplier_ = static_cast<std::uint32_t>((((std::uint64_t{1} << shift_) - own) << 32) / own + 1);
  }

  /// n / d rounded down, n >= 0.
  ALFI_HD Index quotient(Index n) const {
    return n > kMost || divisor_ > kMost ? n / divisor_ : quotient(static_cast<int>(n));
  }
  /// The same by a d < 2^31.
  ALFI_HD int quotient(int n) const {
    const auto own = static_cast<std::uint32_t>(n);
    return static_cast<int>((high_product(multiplier_, own) + own) >> shift_);
  }
  ALFI_HD Index value() const { return divisor_; }

 private:
  static constexpr Index kMost = 0x7fffffff;

  ALFI_HD static std::uint32_t high_product(std::uint32_t a, std::uint32_t b) {
    return static_cast<std::uint32_t>(std::uint64_t{a} * b >> 32);
  }

  Index divisor_ = 1;
  std::uint32_t multiplier_ = 1;
  std::uint32_t shift_ = 0;
};

}  // namespace v0
}  // namespace alfi
