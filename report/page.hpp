#pragma once
#include <string>
#include <vector>

#include "report/figures.hpp"

/// A report as one page of HTML that needs nothing else.

namespace alfi::report {

/// All sections that have something to show, in the order in which they are read.
std::vector<Section> sections(const Findings& findings);

std::string page(const Findings& findings, const std::vector<Section>& sections);

}  // namespace alfi::report
