#pragma once
#include <cstdint>
#include <string>

#include "alfi/inference/machine.hpp"

/// Draws as a NetCDF file in the schema of InferenceData (ArviZ, https://python.arviz.org, "InferenceData schema"), in
/// a build with libnetcdf: groups posterior, sample_stats (lp, our log density) and observed_data.

namespace alfi::tools {

struct InferenceDataRequest {
  std::string path;
  const SimulatorInfo* simulator = nullptr;
  const Posterior* posterior = nullptr;
  Observations observations;
  Index draws = 0;
  std::uint64_t seed = 0;
};

/// Whether this build can; false: write_inference_data() throws NotAvailableError.
bool has_netcdf();

/// The old file or the new one, never half of one. Throws Error "PATH: ...". Random: Posterior::draw(draws, seed).
void write_inference_data(const InferenceDataRequest& request);

}  // namespace alfi::tools
