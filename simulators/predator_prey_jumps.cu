#include "alfi/simulators/predator_prey_jumps.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::PredatorPreyJumpsSimulator>();
