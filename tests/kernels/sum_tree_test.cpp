#include "alfi/kernels/gpu/sum_tree.hpp"

#include <doctest/doctest.h>

#include <vector>

using alfi::Index;

namespace {

template <class T>
T explicit_tree(std::vector<T> v) {
  const std::size_t n = v.size();
  for (std::size_t stride = 1; stride < n; stride *= 2) {
    for (std::size_t i = 0; i + stride < n; i += 2 * stride) v[i] += v[i + stride];
  }
  return n > 0 ? v[0] : T(0);
}

}  // namespace

TEST_CASE("sum_tree: by hand, where the order shows") {
  // Doubles near 1e16 are 2 apart, a tie goes to 1e16: (1 + 1e16) + (-1e16 + 1) = 0. One after the other: 1.
  const double values[] = {1, 1e16, -1e16, 1};
  CHECK(alfi::kernels::sum_tree<double>(4, [&](Index i) { return values[i]; }) == 0);
  CHECK(alfi::kernels::sum_tree<double>(1, [&](Index i) { return values[i]; }) == 1);
  CHECK(alfi::kernels::sum_tree<double>(0, [&](Index i) { return values[i]; }) == 0);
}

TEST_CASE_TEMPLATE("sum_tree: the explicit tree's sum to the bit, whatever the count", T, float, double) {
  for (std::size_t n = 0; n < 260; ++n) {
    std::vector<T> values;
    for (std::size_t i = 0; i < n; ++i) values.push_back(T(1) / static_cast<T>(i * i % 17 + 3));
    const T sum =
        alfi::kernels::sum_tree<T>(static_cast<Index>(n), [&](Index i) { return values[static_cast<std::size_t>(i)]; });
    CHECK(sum == explicit_tree(values));
  }
}
