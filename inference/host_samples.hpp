#pragma once
#include <algorithm>

#include "alfi/core/context.hpp"
#include "alfi/core/parallel.hpp"
#include "alfi/simulators/functor.hpp"
#include "alfi/simulators/simulator.hpp"

/// Simulations outside of meta-steps, on the processor: asked for, and which of them count.

namespace alfi {
inline namespace v0 {

/// One request. pool: of a simulator that answers rows, which is asked for all at once (null: the caller's thread).
inline void simulate_on_host(const Simulator& simulator, const SimulateRequest& request, ThreadPool* pool) {
  if (simulator.answers_rows()) return simulator.simulate_together({request}, pool);
  simulator.simulate(Context(), request);
}

/// Whether none of these samples [N,D], status [N], failed or is not finite.
inline bool all_valid(MatView<const float> samples, const std::uint8_t* status) {
  return std::all_of(status, status + samples.rows, [](std::uint8_t s) { return s == 0; }) &&
         all_finite(samples.data, samples.size());
}

}  // namespace v0
}  // namespace alfi
