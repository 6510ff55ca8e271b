#include "alfi/simulators/sbibm/lotka_volterra.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::sbibm::LotkaVolterra>();
