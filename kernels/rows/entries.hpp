#pragma once
#include "alfi/kernels/gpu/launch.hpp"

/// Work on the entries (row, col) of a matrix: a thread for each entry on a GPU, a loop along each row on a CPU.

namespace alfi {
inline namespace v0 {
namespace kernels {

/// A row functor that only a CPU runs (for_each would ask for its launch).
template <class Functor>
void for_each_on_cpu(Index count, const Functor& functor) {
  const Functor own = functor;  // a copy: the compiler then knows that no output overwrites it
  for (Index i = 0; i < count; ++i) own(i);
}

/// Body: operator()(Index row, Index col), entries independent of each other.
template <class Body>
struct EachEntry {
  static constexpr const char* kName = Body::kName;
  Body body;
  Index cols;
  ALFI_HD void operator()(Index i) const { body(i / cols, i % cols); }
};

template <class Body>
struct EachRow {
  static constexpr const char* kName = Body::kName;
  Body body;
  Index cols;
  ALFI_HD void operator()(Index row) const {
    for (Index col = 0; col < cols; ++col) body(row, col);
  }
};

template <class Body>
void for_each_entry(const Context& context, Index rows, Index cols, const Body& body) {
  if (on_gpu(context)) return for_each(context, rows * cols, EachEntry<Body>{body, cols});
  for_each_on_cpu(rows, EachRow<Body>{body, cols});
}

/// Sums into entries: target(row, col) += term(row, col, k) for k = 0 .. terms - 1, in that order.
template <class Body>
struct GatherEntry {
  static constexpr const char* kName = Body::kName;
  Body body;
  Index cols, terms;
  ALFI_HD void operator()(Index i) const {
    const Index row = i / cols, col = i % cols;
    auto sum = body.target(row, col);
    for (Index k = 0; k < terms; ++k) sum += body.term(row, col, k);
    body.target(row, col) = sum;
  }
};

/// The same sums along the rows of memory.
template <class Body>
struct GatherRow {
  static constexpr const char* kName = Body::kName;
  Body body;
  Index cols, terms;
  ALFI_HD void operator()(Index row) const {
    for (Index k = 0; k < terms; ++k) {
      for (Index col = 0; col < cols; ++col) body.target(row, col) += body.term(row, col, k);
    }
  }
};

template <class Body>
void gather_entries(const Context& context, Index rows, Index cols, Index terms, const Body& body) {
  if (on_gpu(context)) return for_each(context, rows * cols, GatherEntry<Body>{body, cols, terms});
  for_each_on_cpu(rows, GatherRow<Body>{body, cols, terms});
}

}  // namespace kernels
}  // namespace v0
}  // namespace alfi
