#include <doctest/doctest.h>

#include <vector>

#include "alfi/core/buffer.hpp"
#include "alfi/core/error.hpp"
#include "alfi/kernels/elementwise.hpp"

using alfi::Index;

TEST_CASE("errors: memory that a GPU does not have is an error, and the context works on") {
  const alfi::Context gpu(alfi::Backend::cuda);
  alfi::Buffer<float> x(gpu, 1000);
  const Index more = (static_cast<Index>(gpu.device()->properties().memory) / 4096 + 1) * 4096;
  CHECK_THROWS_WITH_AS(alfi::Buffer<unsigned char>(gpu, more), doctest::Contains("out of memory"), alfi::DeviceError);
  CHECK_THROWS_WITH_AS(alfi::Buffer<unsigned char>(gpu, more), doctest::Contains(std::to_string(more).c_str()),
                       alfi::DeviceError);
  alfi::kernels::fill<float>(gpu, 7.0f, x.view());
  std::vector<float> got(1000);
  x.copy_out(got.data());
  CHECK(got.front() == 7);
  CHECK(got.back() == 7);
}

TEST_CASE("errors: a context that failed does not spoil another one") {
  const alfi::Context first(alfi::Backend::cuda);
  const Index more = static_cast<Index>(first.device()->properties().memory) + 1;
  CHECK_THROWS_AS(alfi::Buffer<unsigned char>(first, more), alfi::DeviceError);
  const alfi::Context second(alfi::Backend::cuda);
  CHECK_NOTHROW(second.synchronize());
  CHECK(alfi::cuda_status().usable);
}
