#include "alfi/simulators/sbibm/two_moons.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::sbibm::TwoMoons>();
