#pragma once
#include <cmath>

#include "alfi/alfi.hpp"

/// Waiting times of a process of unknown rate: theta = log rate ~ Normal(0, 1), x ~ Exponential(exp theta).
struct WaitingTimes {
  struct Prepared {  // once for each theta
    float mean;
  };
  ALFI_HD Prepared prepare(const float* theta) const { return {std::exp(-theta[0])}; }
  ALFI_HD alfi::Status operator()(const Prepared& prepared, alfi::Stream& random, float* x) const {
    x[0] = -prepared.mean * std::log(random.uniform());
    return std::isfinite(x[0]) ? alfi::Status::ok : alfi::Status::failed;
  }
};

inline alfi::Simulator make_waiting_times() {
  alfi::SimulatorInfo info;
  info.name = "waiting_times";
  info.summary = "exponential waiting times";
  info.parameters = {{"log_rate", "", "logarithm of the rate", alfi::Prior::normal(0, 1)}};
  info.observation.names = {"time"};
  info.observation.units = {"s"};
  return alfi::make_simulator(info, WaitingTimes{});
}
