// Compiled once per CPU level like dense.cpp, but products and sums are never fused: every level's bits, and the scalar
// definition's, are the same.
#include "alfi/kernels/cpu/table.hpp"

namespace alfi {
inline namespace v0 {
namespace cpu {
namespace ALFI_CPU_NAMESPACE {
namespace {

inline double square_root(double x) { return __builtin_sqrt(x); }

#include "alfi/kernels/adam_entry.hpp"

template <class T>
inline __attribute__((always_inline)) void adam(const AdamEntries<T>& entries) {
  const AdamEntries<T> p = entries;  // a copy: the compiler then knows that no output overwrites it
  for (Index i = 0; i < p.size; ++i) {
    const AdamEntryState<T> next =
        adam_entry<T>(p, p, p.gradient[i], AdamEntryState<T>{p.parameters[i], p.first[i], p.second[i]});
    p.parameters[i] = next.parameter;
    p.first[i] = next.first;
    p.second[i] = next.second;
  }
}

}  // namespace

void adam_float(const AdamEntries<float>&);
void adam_double(const AdamEntries<double>&);
void adam_float(const AdamEntries<float>& entries) { adam(entries); }
void adam_double(const AdamEntries<double>& entries) { adam(entries); }

}  // namespace ALFI_CPU_NAMESPACE
}  // namespace cpu
}  // namespace v0
}  // namespace alfi
