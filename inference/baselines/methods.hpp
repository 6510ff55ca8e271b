#pragma once
#include <string>
#include <vector>

#include "alfi/inference/baselines/compare.hpp"

/// Which methods a comparison has, and whether what it is asked can be done.

namespace alfi {
inline namespace v0 {

inline constexpr const char* kMachine = "machine";
inline constexpr const char* kNpe = "npe";
inline constexpr const char* kRejection = "rejection";
inline constexpr const char* kSmc = "smc";
inline constexpr const char* kLikelihood = "likelihood";
inline constexpr const char* kExact = "exact";

/// Of all that there are those asked for, in their own order. Throws InputError for one that is none, or cannot be had.
std::vector<std::string> methods_of(const CompareOptions& options, const Simulator& simulator);

/// Throws InputError for the first of the other options that cannot be used.
void require_options(const CompareOptions& options, const Simulator& simulator);

}  // namespace v0
}  // namespace alfi
