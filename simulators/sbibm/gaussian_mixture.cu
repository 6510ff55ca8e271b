#include "alfi/simulators/sbibm/gaussian_mixture.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::sbibm::GaussianMixture>();
