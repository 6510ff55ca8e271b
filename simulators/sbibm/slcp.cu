#include "alfi/simulators/sbibm/slcp.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::sbibm::Slcp>();
