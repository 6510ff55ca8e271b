#pragma once
#include <cstddef>

#include "alfi/core/portable.hpp"

/// Where work runs and where its buffers live. Every kernel takes one; nothing is global.

namespace alfi {
inline namespace v0 {

enum class Backend : std::uint8_t { cpu, cuda };

/// How products are computed: a property of the context, not a scalar type.
enum class ProductPrecision : std::uint8_t { full, tf32 };

class Context {
 public:
  /// Throws: NotAvailableError for a backend that this build does not have.
  explicit Context(Backend backend = Backend::cpu, ProductPrecision products = ProductPrecision::full);

  Backend backend() const { return backend_; }
  ProductPrecision products() const { return products_; }

  /// Memory of this context, aligned to 64 bytes, not initialized. Throws std::bad_alloc.
  void* allocate(std::size_t bytes) const;
  void release(void* memory) const noexcept;

 private:
  Backend backend_;
  ProductPrecision products_;
};

/// Throws NotAvailableError naming function unless the context is a CPU's.
void require_cpu(const Context& context, const char* function);

}  // namespace v0
}  // namespace alfi
