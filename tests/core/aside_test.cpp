#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "alfi/core/aside.hpp"
#include "alfi/core/buffer.hpp"
#include "alfi/core/replay.hpp"

/// Also on a real GPU (ALFI_TEST_DEVICE): only there a recording refuses what has no order.

using alfi::AsideAllowed;
using alfi::Buffer;
using alfi::Context;
using alfi::WorkAside;

namespace {

/// A copy of one number's bytes.
void copy(const Context& context, Buffer<float>& to, const Buffer<float>& from) {
  context.copy(to.data(), from.data(), sizeof(float));
}

float value(const Buffer<float>& buffer) {
  float x = -1;
  buffer.copy_out(&x);
  return x;
}

}  // namespace

TEST_CASE("aside: work goes aside where an end was promised only, and is done by then") {
  const Context gpu(alfi::Backend::cuda);
  Buffer<float> five(gpu, 1), aside(gpu, 1), later(gpu, 1);
  const float number = 5;
  five.copy_in(&number);
  aside.fill_zero(), later.fill_zero();
  {
    const WorkAside none(gpu);  // nobody waits for it: in its place
    copy(gpu, aside, five);
  }
  CHECK(value(aside) == 5);
  aside.fill_zero();
  AsideAllowed allowed(gpu);
  {
    const WorkAside work(gpu);
    const WorkAside within(gpu);
    copy(gpu, aside, five);
  }
  allowed.join();
  copy(gpu, later, aside);
  CHECK(value(later) == 5);
}

TEST_CASE("aside: nothing aside, a pass that is broken off, and one that is recorded") {
  const Context gpu(alfi::Backend::cuda);
  Buffer<float> five(gpu, 1), aside(gpu, 1);
  const float number = 5;
  five.copy_in(&number);
  aside.fill_zero();
  AsideAllowed(gpu).join();
  CHECK_THROWS_AS(
      [&] {
        const AsideAllowed allowed(gpu);
        const WorkAside work(gpu);
        copy(gpu, aside, five);
        throw std::runtime_error("broken off");
      }(),
      std::runtime_error);
  CHECK(value(aside) == 5);
  alfi::Replay replay(gpu);
  for (int pass = 0; pass < 4; ++pass) {
    aside.fill_zero();
    replay.begin();
    replay.run([&] {
      AsideAllowed allowed(gpu);
      {
        const WorkAside work(gpu);
        copy(gpu, aside, five);
      }
      allowed.join();
      AsideAllowed(gpu).join();
    });
    CHECK(value(aside) == 5);
  }
}

TEST_CASE("aside: on a CPU it changes nothing") {
  const Context cpu;
  AsideAllowed allowed(cpu);
  const WorkAside work(cpu);
  allowed.join();
}
