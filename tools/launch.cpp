#include "launch.hpp"

#include "alfi/core/parallel.hpp"

namespace alfi::tools {

int AloneLaunch::processors() { return available_processors(); }

}  // namespace alfi::tools
