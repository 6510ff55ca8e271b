#pragma once

/// The roof over dense float work on one core.

namespace bench {

/// Multiply-adds in registers only, with the vectors of the level in use, two operations each: GFLOP/s, measured once.
double float_peak();

/// One round of those multiply-adds, on the caller's thread; returns their sum, so that they are not left out.
double multiply_adds();
/// Operations of one round.
double multiply_adds_flop();

}  // namespace bench
