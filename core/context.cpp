#include "alfi/core/context.hpp"

#include <cstring>
#include <new>
#include <string>

#include "alfi/core/cuda_entry.hpp"
#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr std::align_val_t kAlignment{64};

std::shared_ptr<Device> device_of(Backend backend) {
  if (backend == Backend::cpu) return nullptr;
  const CudaStatus status = cuda_status();
  if (!status.usable) throw NotAvailableError("Context: got backend cuda: " + status.reason);
  return cuda::open_device(status.device);
}

}  // namespace

CudaStatus cuda_status() { return cuda::status(); }

Context::Context(Backend backend, ProductPrecision products) : device_(device_of(backend)), products_(products) {}

Context Context::with_products(ProductPrecision products) const {
  Context other = *this;
  other.products_ = products;
  return other;
}

void* Context::allocate(std::size_t bytes) const {
  if (device_) return device_->allocate(bytes == 0 ? 1 : bytes);
  return ::operator new(bytes == 0 ? 1 : bytes, kAlignment);
}

void Context::release(void* memory) const noexcept {
  if (device_) return device_->release(memory);
  ::operator delete(memory, kAlignment);
}

void Context::zero(void* memory, std::size_t bytes) const {
  if (bytes == 0) return;
  if (device_) return device_->zero(memory, bytes);
  std::memset(memory, 0, bytes);
}

void Context::copy(void* to, const void* from, std::size_t bytes) const {
  if (bytes == 0) return;
  if (device_) return device_->copy(to, from, bytes);
  std::memcpy(to, from, bytes);
}

void Context::copy_in(void* to, const void* host, std::size_t bytes) const {
  if (bytes == 0) return;
  if (device_) return device_->copy_in(to, host, bytes);
  std::memcpy(to, host, bytes);
}

void Context::copy_out(void* host, const void* from, std::size_t bytes) const {
  if (bytes == 0) return;
  if (device_) return device_->copy_out(host, from, bytes);
  std::memcpy(host, from, bytes);
}

void Context::synchronize() const {
  if (device_) device_->synchronize();
}

void require_cpu(const Context& context, const char* function) {
  if (context.backend() == Backend::cpu) return;
  throw NotAvailableError(std::string(function) + ": got backend cuda, this runs on a CPU only");
}

}  // namespace v0
}  // namespace alfi
