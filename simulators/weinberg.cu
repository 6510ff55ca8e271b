#include "alfi/simulators/weinberg.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::WeinbergSimulator>();
