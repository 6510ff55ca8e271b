#include "alfi/simulators/multivariate.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::MultivariateSimulator>();
