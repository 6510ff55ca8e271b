#pragma once
#include "alfi/alfi.hpp"

/// Waiting times of a process of unknown rate: theta = log rate ~ Normal(0, 1), x ~ Exponential(exp theta).
alfi::Simulator make_waiting_times();
