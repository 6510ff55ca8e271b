#pragma once
#include "alfi/inference/baselines/compare.hpp"
#include "report/svg.hpp"

/// A comparison of methods as a picture.

namespace alfi::report {

/// Where the truth is known: panels with a mark for each method: negative log density of it with its standard error,
/// error of the mean, coverage, and what a classifier finds. Else, parameter by parameter, each method's means and sds,
/// in sds about the means of the exact posterior, or of the first method where that is not there.
Svg comparison_picture(const Comparison& comparison, const SimulatorInfo& simulator);

}  // namespace alfi::report
