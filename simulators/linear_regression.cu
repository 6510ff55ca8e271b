#include "alfi/simulators/linear_regression.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::LinearRegressionSimulator>();
