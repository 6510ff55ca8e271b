#include "alfi/core/context.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include "alfi/core/buffer.hpp"
#include "alfi/core/error.hpp"
#include "alfi/core/replay.hpp"
#include "emulated/device.hpp"

using namespace alfi;

TEST_CASE("context: the default is the processor with full products") {
  const Context context;
  CHECK(context.backend() == Backend::cpu);
  CHECK(context.products() == ProductPrecision::full);
  CHECK_NOTHROW(require_cpu(context, "f"));
}

TEST_CASE("context: product precision is a property of the context") {
  CHECK(Context(Backend::cpu, ProductPrecision::tf32).products() == ProductPrecision::tf32);
}

TEST_CASE("context: a GPU that is not there says why") {
  alfi_test::emulated_machine().has_gpu = false;
  alfi_test::emulated_machine().reason = "no CUDA driver on this machine";
  CHECK_FALSE(cuda_status().usable);
  CHECK_THROWS_WITH_AS(Context(Backend::cuda), "Context: got backend cuda: no CUDA driver on this machine",
                       NotAvailableError);
  alfi_test::emulated_machine() = {};
  CHECK(cuda_status().usable);
}

TEST_CASE("context: what moves in and out of a GPU's memory arrives") {
  const Context gpu(Backend::cuda);
  CHECK(gpu.backend() == Backend::cuda);
  CHECK(gpu.with_products(ProductPrecision::tf32).products() == ProductPrecision::tf32);
  CHECK_THROWS_WITH_AS(require_cpu(gpu, "f"), "f: got backend cuda, this runs on a CPU only", NotAvailableError);
  const double sent[3] = {1, 2, 3};
  double got[6] = {};
  Buffer<double> a(gpu, 3), b(gpu, 6);
  a.copy_out(got);
  CHECK(got[0] == 0);  // a buffer is zeroed there, too
  a.copy_in(sent);
  gpu.copy(b.data() + 3, a.data(), sizeof(sent));
  b.copy_out(got);
  CHECK(got[2] == 0);
  CHECK(got[5] == 3);
}

TEST_CASE("context: memory that a GPU does not have is an error that says how much was asked") {
  alfi_test::emulated_machine().memory = 1 << 20;
  const Context gpu(Backend::cuda);
  alfi_test::emulated_machine() = {};
  const Buffer<char> most(gpu, 1 << 19);
  CHECK_THROWS_WITH_AS(Buffer<char>(gpu, 1 << 20),
                       "emulated GPU: out of memory: asked for 1048576 bytes, 524288 of 1048576 are free", DeviceError);
  CHECK_NOTHROW(Buffer<char>(gpu, 1 << 19));
}

TEST_CASE("replay: the second pass records, later ones repeat without calling the body") {
  const Context gpu(Backend::cuda);
  Buffer<double> sum(gpu, 1), one(gpu, 1);
  const double value = 1;
  one.copy_in(&value);
  Replay replay(gpu);
  int called = 0;
  const auto read = [&] {
    double got = 0;
    sum.copy_out(&got);
    return got;
  };
  for (int pass = 1; pass <= 4; ++pass) {
    replay.begin();
    replay.run([&] {
      ++called;
      gpu.copy(sum.data(), one.data(), sizeof(double));
    });
    const double twice = pass;
    one.copy_in(&twice);
    replay.run([&] { gpu.zero(one.data(), 0); });
    CHECK(read() == std::max(1, pass - 1));
  }
  CHECK(called == 2);
}

TEST_CASE("replay: a pass that is broken off between its pieces, or inside one, is made good by the next") {
  const Context gpu(Backend::cuda);
  Buffer<double> sum(gpu, 1), one(gpu, 1);
  const double value = 1;
  one.copy_in(&value);
  for (const int broken : {1, 2, 3, 4}) {  // pass 2 after its first piece; in it; pass 1; pass 3
    Replay replay(gpu);
    const auto pass = [&](bool between, bool inside) {
      replay.begin();
      sum.fill_zero();
      replay.run([&] {
        if (inside) throw Error("inside");
        gpu.copy(sum.data(), one.data(), sizeof(double));
      });
      if (between) throw Error("between");
      replay.run([&] { gpu.zero(one.data(), 0); });
    };
    const int at = broken == 3 ? 1 : broken == 4 ? 3 : 2;
    for (int i = 1; i <= 5; ++i) {
      if (i == at) {
        CHECK_THROWS_AS(pass(broken != 2, broken == 2), Error);
      } else {
        pass(false, false);
        double got = 0;
        sum.copy_out(&got);
        CHECK(got == 1);
      }
    }
  }
}

TEST_CASE("context: memory is aligned to 64 bytes and writable to its end, whatever the size") {
  const Context context;
  for (const std::size_t bytes : {0, 1, 7, 63, 64, 65, 4099, 1 << 20}) {
    CAPTURE(bytes);
    void* memory = context.allocate(bytes);
    REQUIRE(memory != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(memory) % 64 == 0);
    std::memset(memory, 0xff, bytes);
    context.release(memory);
  }
}

TEST_CASE("context: memory that does not exist is std::bad_alloc") {
  CHECK_THROWS_AS(Context().allocate(std::numeric_limits<std::size_t>::max() / 2), std::bad_alloc);
}

TEST_CASE("context: releasing nothing is allowed") { Context().release(nullptr); }
