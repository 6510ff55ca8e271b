#pragma once

/// Everything a program that embeds alfi needs: include this one header as "alfi/alfi.hpp".

#include "alfi/inference/evaluate.hpp"
#include "alfi/inference/machine.hpp"
#include "alfi/inference/trainer.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "alfi/simulators/functor.hpp"
