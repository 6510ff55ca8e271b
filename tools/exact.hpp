#pragma once
#include <functional>

#include "alfi/simulators/simulator.hpp"

/// The exact posterior, where a simulator's likelihood is known, to stand beside the machine's.

namespace alfi::tools {

struct Moments {
  bool available = false;
  double mean = 0, standard_deviation = 0;
};

/// Of the exact posterior of a simulator with one parameter; not available for others, or where the observations are
/// impossible.
Moments exact_posterior(const Simulator& simulator, Observations observations);

/// Of a density on [low, high] (finite) known up to a constant by its logarithm, -infinity allowed. The region that
/// matters is found by zooming in on what is within 45 of the largest value on a grid; Simpson's rule there.
/// A peak narrower than a grid step is still found where the density rises towards it.
Moments moments_of(const std::function<double(double)>& log_density, double low, double high);

}  // namespace alfi::tools
