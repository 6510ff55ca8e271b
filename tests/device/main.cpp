// doctest's main where there is a GPU. Without one: exit status 77, or 1 where ALFI_REQUIRE_GPU=1, and why.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "alfi/core/device.hpp"

int main(int argc, char** argv) {
  const alfi::CudaStatus gpu = alfi::cuda_status();
  if (!gpu.usable) {
    const char* required = std::getenv("ALFI_REQUIRE_GPU");
    const bool fails = required != nullptr && std::strcmp(required, "1") == 0;
    std::printf("%s: no test was run: %s\n", fails ? "FAILED" : "skipped", gpu.reason.c_str());
    return fails ? 1 : 77;
  }
  std::printf("on %s, compute capability %d.%d\n", gpu.device.name.c_str(), gpu.device.major, gpu.device.minor);
  return doctest::Context(argc, argv).run();
}
