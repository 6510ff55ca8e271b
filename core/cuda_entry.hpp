#pragma once
#include <memory>

#include "alfi/core/device.hpp"

/// The library's own door to the GPU backend. core/device.cu implements it where CUDA is compiled in, core/no_cuda.cpp
/// where it is not: which of the two is linked is the only difference between the builds on this level.

namespace alfi {
inline namespace v0 {
namespace cuda {

CudaStatus status();
/// properties: status().device, where that is usable.
std::shared_ptr<Device> open_device(const DeviceProperties& properties);

}  // namespace cuda
}  // namespace v0
}  // namespace alfi
