#include "alfi/simulators/sbibm/bernoulli_glm.hpp"

#include "alfi/simulators/functor.cuh"

template alfi::SimulatorTable alfi::cuda_entries<alfi::sbibm::BernoulliGlm<false>>();
template alfi::SimulatorTable alfi::cuda_entries<alfi::sbibm::BernoulliGlm<true>>();
