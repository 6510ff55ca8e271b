// The GPU backend of a build without CUDA; see cuda_entry.hpp. Left out of a build with it.
#include "alfi/core/cuda_entry.hpp"
#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {

CudaStatus cuda::status() {
  CudaStatus none;
  none.reason = "this alfi was built without CUDA";
  return none;
}

std::shared_ptr<Device> cuda::open_device(const DeviceProperties&) { throw NotAvailableError(status().reason); }

}  // namespace v0
}  // namespace alfi
