#pragma once

/// The roof over dense float work on one core.

namespace bench {

/// Multiply-adds in registers only, with the vectors of the level in use, two operations each: GFLOP/s, measured once.
double float_peak();

}  // namespace bench
