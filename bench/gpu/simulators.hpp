#pragma once
#include "alfi/core/view.hpp"
#include "benchmark.hpp"

/// cuRAND's Poisson generator, to hold ours against.

namespace bench {

/// Whether its header was there.
extern const bool kHasCurand;

void curand_poisson_draws(const alfi::Context& context, double rate, alfi::VecView<float> out);

}  // namespace bench
