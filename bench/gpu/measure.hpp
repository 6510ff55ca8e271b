#pragma once
#include <functional>

#include "alfi/core/context.hpp"

/// Times of work on a GPU, and the three rates that bound it.

namespace bench {

/// Seconds of one call.
struct Timing {
  double median = 0, least = 0, most = 0;
  int rounds = 0;  ///< each of them the mean of `calls` calls
  int calls = 0;
};

/// Between two events of the device around calls that were recorded once and are replayed, as a training's are: gaps
/// between launches are a graph's. Repeated for about `seconds`. work must neither wait nor allocate. What fits the
/// GPU's cache is there from the second call on.
Timing time_on_device(const alfi::Context& context, double seconds, const std::function<void()>& work);

/// By the host's clock, for calls that wait for the device themselves; each is a round.
Timing time_by_clock(double seconds, const std::function<void()>& work);

/// What this GPU does at best, measured. Clocks are taken as they are found.
struct Roofs {
  double bandwidth = 0;      ///< bytes a second, read and written, of a copy that no cache holds
  double multiply_adds = 0;  ///< FLOP/s of float multiply-adds in registers
  double tensor = 0;         ///< FLOP/s of TF32 products of 16x8x8 in registers (mma.sync)
};
Roofs measure_roofs(const alfi::Context& context);

}  // namespace bench
