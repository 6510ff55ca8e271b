#include "launch.hpp"

namespace alfi::tools {

std::unique_ptr<Launch> make_launch() { return std::make_unique<AloneLaunch>(); }

}  // namespace alfi::tools
