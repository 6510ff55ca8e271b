#pragma once

/// Everything a program that embeds alfi needs: include this one header as "alfi/alfi.hpp".

#include "alfi/inference/configured_simulator.hpp"
#include "alfi/inference/evaluate.hpp"
#include "alfi/inference/inferrer.hpp"
#include "alfi/inference/machine.hpp"
#include "alfi/inference/trainer.hpp"
#include "alfi/simulators/callback.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "alfi/simulators/functor.hpp"
#include "alfi/simulators/program.hpp"
