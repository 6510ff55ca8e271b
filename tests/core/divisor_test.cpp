#include "alfi/core/divisor.hpp"

#include <doctest/doctest.h>

#include <random>

using alfi::Divisor;
using alfi::Index;

TEST_CASE("a divisor's quotients are those of a division, at every multiple's edge and for what is drawn") {
  const Index most = 0x7fffffff;
  std::mt19937_64 bits(3);
  std::uniform_int_distribution<Index> any(1, most);
  for (int draw = 0; draw < 3000; ++draw) {
    // Small ones, powers of two and their neighbours, and what 31 bits hold.
    const Index d = draw < 1000 ? draw + 1 : draw < 1100 ? (Index{1} << (draw - 1000) % 31) + draw % 3 - 1 : any(bits);
    if (d < 1) continue;
    const Divisor divisor(d);
    CHECK(divisor.value() == d);
    for (const Index n : {Index{0}, Index{1}, d - 1, d, d + 1, most / d * d - 1, most / d * d, most - 1, most, most + 1,
                          any(bits), any(bits) << 20}) {
      if (n >= 0 && divisor.quotient(n) != n / d) FAIL(n << " / " << d << " gave " << divisor.quotient(n));
      if (n >= 0 && n <= most && divisor.quotient(static_cast<int>(n)) != n / d) FAIL(n << " / " << d);
    }
  }
}

TEST_CASE("numbers beyond 31 bits are divided as usual") {
  const Index large = Index{1} << 40;
  CHECK(Divisor(large).quotient(3 * large + 5) == 3);
  CHECK(Divisor(large).quotient(large - 1) == 0);
  CHECK(Divisor(7).quotient(large) == large / 7);
}
