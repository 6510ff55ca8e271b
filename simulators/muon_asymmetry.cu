#include "alfi/simulators/muon_asymmetry.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::MuonAsymmetrySimulator>();
