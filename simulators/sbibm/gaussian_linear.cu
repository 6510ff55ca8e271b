#include "alfi/simulators/sbibm/gaussian_linear.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::sbibm::GaussianLinear>();
