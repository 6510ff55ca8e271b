#pragma once
#include <cstddef>
#include <memory>

#include "alfi/core/device.hpp"
#include "alfi/core/portable.hpp"

/// Where work runs and where its buffers live. Every kernel takes one; nothing is global.

namespace alfi {
inline namespace v0 {

enum class Backend : std::uint8_t { cpu, cuda };

/// How products are computed on a GPU: a property of the context, not a scalar type. A CPU always computes in full.
enum class ProductPrecision : std::uint8_t {
  full,    ///< the scalar type's own multiply-adds, or what is as exact: set encoders in float, as tf32x3
  tf32,    ///< float factors rounded to 11 significant bits, float sums: tensor cores
  tf32x3,  ///< float factors as a sum of two such: three tensor-core products, nearly float's error
};

class Context {
 public:
  /// Throws: NotAvailableError, saying why, where the backend cannot be had (cuda_status()).
  explicit Context(Backend backend, ProductPrecision products = ProductPrecision::full);
  /// The CPU.
  Context() : Context(Backend::cpu) {}

  Backend backend() const { return device_ ? Backend::cuda : Backend::cpu; }
  ProductPrecision products() const { return products_; }
  /// The same device and queue with other products.
  Context with_products(ProductPrecision products) const;
  /// Null on a CPU.
  Device* device() const { return device_.get(); }

  /// Memory of this context, aligned to 64 bytes, not initialized. Throws std::bad_alloc, or DeviceError.
  void* allocate(std::size_t bytes) const;
  void release(void* memory) const noexcept;
  void zero(void* memory, std::size_t bytes) const;
  /// Within this context; between it and the host (to the host: waits for the work before).
  void copy(void* to, const void* from, std::size_t bytes) const;
  void copy_in(void* to, const void* host, std::size_t bytes) const;
  void copy_out(void* host, const void* from, std::size_t bytes) const;
  void synchronize() const;

 private:
  std::shared_ptr<Device> device_;
  ProductPrecision products_;
};

/// Throws NotAvailableError naming function unless the context is a CPU's: for what only a CPU does.
void require_cpu(const Context& context, const char* function);

}  // namespace v0
}  // namespace alfi
