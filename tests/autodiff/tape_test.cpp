#include "alfi/autodiff/tape.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "alfi/autodiff/elementwise.hpp"
#include "support/allocation_counter.hpp"

namespace ad = alfi::autodiff;
using alfi::Index;

namespace {

/// x <- 0.5 x + 1, so many times; then the mean.
ad::Var<double> chain(ad::Tape<double>& tape, ad::Var<double> x, int links) {
  for (int i = 0; i < links; ++i) x = ad::affine(tape, x, 0.5, 1.0);
  return ad::mean(tape, x);
}

}  // namespace

TEST_CASE("a product of slopes, by hand: loss = mean(4 x + 3) of two entries") {
  double x[2] = {1, -2}, gradient[2] = {0, 0};
  ad::Tape<double> tape{alfi::Context()};
  const auto leaf = tape.leaf({x, 1, 2}, {gradient, 1, 2});
  const auto loss = ad::mean(tape, ad::affine(tape, ad::affine(tape, leaf, 2.0, 1.0), 2.0, 1.0));
  CHECK(loss.value(0, 0) == 1);  // (7 + -5) / 2
  CHECK(tape.nodes() == 3);
  tape.backward(loss);
  CHECK(gradient[0] == 2);
  CHECK(gradient[1] == 2);
}

TEST_CASE("a leaf's gradient accumulates over uses and over passes") {
  double x = 3, gradient = 10;
  ad::Tape<double> tape{alfi::Context()};
  for (int pass = 1; pass <= 2; ++pass) {
    tape.rewind();
    const auto leaf = tape.leaf({&x, 1, 1}, {&gradient, 1, 1});
    const auto loss = ad::add(tape, ad::affine(tape, leaf, 2.0, 0.0), leaf);
    CHECK(loss.value(0, 0) == 9);
    tape.backward(loss);
    CHECK(gradient == 10 + 3 * pass);
  }
}

TEST_CASE("data, and what was cut off, gets no gradient and records nothing") {
  double x[2] = {1, 2}, gradient[2] = {0, 0};
  ad::Tape<double> tape{alfi::Context()};
  const auto data = tape.data({x, 1, 2});
  CHECK(!data.tracked());
  CHECK(data.gradient().empty());
  CHECK(!ad::exp(tape, ad::add(tape, data, data)).tracked());
  const auto leaf = tape.leaf({x, 1, 2}, {gradient, 1, 2});
  const auto cut = tape.detach(ad::affine(tape, leaf, 5.0, 0.0));
  CHECK(cut.value(0, 1) == 10);
  CHECK(tape.nodes() == 1);  // the affine map's alone
  tape.backward(ad::mean(tape, ad::add(tape, leaf, cut)));
  CHECK(gradient[0] == 0.5);  // through the leaf, not through 5 x
  CHECK(gradient[1] == 0.5);
}

TEST_CASE("a loss without anything tracked is no error") {
  double x = 3;
  ad::Tape<double> tape{alfi::Context()};
  tape.backward(ad::mean(tape, tape.data({&x, 1, 1})));
  CHECK(tape.nodes() == 0);
}

TEST_CASE("after rewind the same pass allocates nothing and keeps its memory") {
  std::vector<double> x(100, 0.5), gradient(100, 0.0);
  ad::Tape<double> tape{alfi::Context()};
  const auto pass = [&] {
    tape.rewind();
    tape.backward(chain(tape, tape.leaf({x.data(), 10, 10}, {gradient.data(), 10, 10}), 300));
  };
  pass();
  pass();
  const std::size_t capacity = tape.capacity();
  CHECK(capacity >= 2 * 300 * 100 * sizeof(double));  // a value and a gradient for each entry of each link
  const alfi_test::AllocationCounter allocations;
  pass();
  CHECK(allocations.count() == 0);
  CHECK(tape.capacity() == capacity);
  CHECK(tape.nodes() == 301);
  tape.rewind();
  CHECK(tape.nodes() == 0);
}

TEST_CASE("scratch memory is aligned for vector code, of any size") {
  ad::Tape<float> tape{alfi::Context()};
  for (const Index size : {0, 1, 3, 17, 1000, 100003}) {
    const auto memory = tape.scratch(size);
    CHECK(memory.size == size);
    for (float& entry : memory) entry = 1;
    if (size > 0) CHECK(reinterpret_cast<std::uintptr_t>(memory.data) % 64 == 0);
  }
}

TEST_CASE("shapes that do not fit are refused") {
  double x[6] = {}, gradient[6] = {};
  ad::Tape<double> tape{alfi::Context()};
  CHECK_THROWS_WITH_AS(tape.leaf({x, 2, 3}, {gradient, 3, 2}), "Tape::leaf: gradient has shape [3,2], expected [2,3]",
                       alfi::ShapeError);
  CHECK_THROWS_WITH_AS(tape.backward(tape.leaf({x, 2, 3}, {gradient, 2, 3})),
                       "Tape::backward: loss has shape [2,3], expected [1,1]", alfi::ShapeError);
}
