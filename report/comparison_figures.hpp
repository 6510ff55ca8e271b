#pragma once
#include "alfi/inference/baselines/compare.hpp"
#include "report/figures.hpp"

/// A comparison of methods as a picture.

namespace alfi::report {

/// Where the truth is known: each method's negative log density of it, with its standard error, over the simulator
/// calls that its first answer takes, training included; those that call nothing as lines across. Else: each method's
/// means and sds, in sds about the means of the exact posterior, or of the first method where that is not there.
Figure comparison_figure(const Comparison& comparison, const SimulatorInfo& simulator);

}  // namespace alfi::report
