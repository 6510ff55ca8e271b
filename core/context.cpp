#include "alfi/core/context.hpp"

#include <new>
#include <string>

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {
namespace {
constexpr std::align_val_t kAlignment{64};
}

Context::Context(Backend backend, ProductPrecision products) : backend_(backend), products_(products) {
  if (backend != Backend::cpu) throw NotAvailableError("Context: got backend cuda, this build has only cpu");
}

void* Context::allocate(std::size_t bytes) const { return ::operator new(bytes == 0 ? 1 : bytes, kAlignment); }

void Context::release(void* memory) const noexcept { ::operator delete(memory, kAlignment); }

void require_cpu(const Context& context, const char* function) {
  if (context.backend() == Backend::cpu) return;
  throw NotAvailableError(std::string(function) + ": got backend cuda, this build has only cpu");
}

}  // namespace v0
}  // namespace alfi
