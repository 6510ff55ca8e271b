#include "alfi/core/view.hpp"

#include <doctest/doctest.h>

using alfi::MatView;
using alfi::shape_text;
using alfi::VecView;

static_assert(std::is_trivially_copyable_v<VecView<float>> && std::is_trivially_copyable_v<MatView<float>>,
              "views are passed to devices byte by byte");

TEST_CASE("view: a matrix is row-major") {
  float data[6] = {0, 1, 2, 10, 11, 12};
  const MatView<float> m{data, 2, 3};
  CHECK(m(0, 2) == 2);
  CHECK(m(1, 0) == 10);
  CHECK(m.size() == 6);
  CHECK(m.row(1).data == data + 3);
  CHECK(m.row(1).size == 3);
  CHECK(m.row(1)[2] == 12);
  CHECK(m.flat().size == 6);
  CHECK(m.flat()[4] == 11);
  m(1, 1) = 7;
  CHECK(data[4] == 7);
}

TEST_CASE("view: a vector is a range") {
  double data[3] = {1, 2, 4};
  double sum = 0;
  for (double x : VecView<double>{data, 3}) sum += x;
  CHECK(sum == 7);
}

TEST_CASE("view: mutable views become constant ones, sharing the data") {
  float data[4] = {1, 2, 3, 4};
  const MatView<const float> m = MatView<float>{data, 2, 2};
  const VecView<const float> v = VecView<float>{data, 4};
  CHECK(m.data == data);
  CHECK(m.rows == 2);
  CHECK(v.data == data);
  CHECK(v.size == 4);
}

TEST_CASE("view: empty is no elements, whichever extent is zero") {
  float x = 0;
  CHECK(VecView<float>{}.empty());
  CHECK(MatView<float>{}.empty());
  CHECK(MatView<float>{&x, 0, 3}.empty());
  CHECK(MatView<float>{&x, 3, 0}.empty());
  CHECK_FALSE(MatView<float>{&x, 1, 1}.empty());
}

TEST_CASE("view: sizes beyond 32 bits stay exact") {
  float x = 0;
  const MatView<float> m{&x, 70000, 70000};
  CHECK(m.size() == 4900000000);
  CHECK(shape_text(m) == "[70000,70000]");
}

TEST_CASE("view: shapes as text") {
  float x = 0;
  CHECK(shape_text(MatView<float>{&x, 3, 4}) == "[3,4]");
  CHECK(shape_text(VecView<float>{&x, 5}) == "[5]");
  CHECK(shape_text(MatView<float>{}) == "[0,0]");
}
