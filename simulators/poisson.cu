#include "alfi/simulators/poisson.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::PoissonSimulator>();
