#pragma once
#include "alfi/core/portable.hpp"

namespace alfi {
inline namespace v0 {

/// Output times first + i spacing, i = 0 .. count - 1. Any struct with `count` and operator() that ascends serves in
/// its place. Those at or before the start of what is simulated answer the start.
template <class Real>
struct EvenTimes {
  Real first, spacing;
  Index count;
  ALFI_HD Real operator()(Index i) const { return first + static_cast<Real>(i) * spacing; }
};

}  // namespace v0
}  // namespace alfi
