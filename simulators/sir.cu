#include "alfi/simulators/sir.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::SirSimulator>();
