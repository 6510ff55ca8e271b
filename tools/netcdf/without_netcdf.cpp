#include "alfi/core/error.hpp"
#include "inference_data.hpp"

namespace alfi::tools {

bool has_netcdf() { return false; }

void write_inference_data(const InferenceDataRequest&) {
  throw NotAvailableError(
      "--netcdf: this build has no NetCDF; expected one configured where libnetcdf is found (Debian: libnetcdf-dev), "
      "or "
      "--output for CmdStan's CSV");
}

}  // namespace alfi::tools
