#include "alfi/simulators/sbibm/sir.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::sbibm::Sir>();
