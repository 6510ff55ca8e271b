#include "alfi/simulators/gaussian.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::GaussianSimulator>();
