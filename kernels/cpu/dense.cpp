// Compiled once per CPU level, with ALFI_CPU_NAMESPACE and ALFI_VECTOR_BYTES; see arch.cmake. No standard library
// beyond types: an inline function compiled here could replace the baseline's in the final program.
#include <cstdint>
#include <utility>
#if defined(__AVX2__)
#include <immintrin.h>  // all its functions are always inlined
#endif

#include "alfi/kernels/cpu/table.hpp"

namespace alfi {
inline namespace v0 {
namespace cpu {
namespace ALFI_CPU_NAMESPACE {

void adam_float(const AdamEntries<float>&);  // exact.cpp's
void adam_double(const AdamEntries<double>&);

namespace {

#include "alfi/kernels/cpu/vector.hpp"
//
#include "alfi/kernels/cpu/nonlinear.hpp"
#include "alfi/kernels/cpu/product.hpp"
#include "alfi/kernels/cpu/row_product.hpp"
//
#include "alfi/kernels/cpu/cell_product.hpp"
//
#include "alfi/kernels/cpu/pointwise.hpp"
//
#include "alfi/kernels/cpu/cells.hpp"
#include "alfi/kernels/cpu/pooled.hpp"

template <class T>
constexpr Table<T> make_table(void (*adam)(const AdamEntries<T>&)) {
  return {Lanes<T>::kCount,
          product<T>,
          row_product<T>,
          cell_product<T>,
          tanh_all<T>,
          sigmoid_all<T>,
          asinh_all<T>,
          relu_gradient<T>,
          tanh_gradient<T>,
          column_sums<T>,
          lstm<T>,
          lstm_adjoint<T>,
          gru_reset<T>,
          gru_next<T>,
          gru_next_adjoint<T>,
          gru_reset_adjoint<T>,
          pool<T>,
          spread_tanh<T>,
          spread_relu<T>,
          adam};
}

}  // namespace

extern const Table<float> table_float;
extern const Table<double> table_double;
const Table<float> table_float = make_table<float>(adam_float);
const Table<double> table_double = make_table<double>(adam_double);

}  // namespace ALFI_CPU_NAMESPACE
}  // namespace cpu
}  // namespace v0
}  // namespace alfi
