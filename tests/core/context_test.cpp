#include "alfi/core/context.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>
#include <new>

#include "alfi/core/error.hpp"

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

TEST_CASE("context: a backend that was not built says so") {
  CHECK_THROWS_WITH_AS(Context(Backend::cuda), "Context: got backend cuda, this build has only cpu", NotAvailableError);
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
