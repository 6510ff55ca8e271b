#pragma once
#include "alfi/inference/check.hpp"
#include "report/figures.hpp"

namespace alfi::report {

/// What alfi check found, in one picture: how far the share of truths below each point is from what it should be, with
/// the bands that all of them should lie within; and what regions of highest density and TARP's regions hold over what
/// they should.
Figure check_figure(const SimulatorInfo& info, const CalibrationCheck& check);

}  // namespace alfi::report
