// The simulator. This file alone is compiled by nvcc: drawing, encoding and pooling become one kernel of yours, the
// rest of the machine is the library's.
#include "waiting_times.hpp"

#include <cmath>

#include "alfi/simulators/functor.cuh"

namespace {

/// One observation: how it is drawn is written once, for processor and GPU. Every random number comes from the Stream
/// given (alfi/core/random.hpp: uniform(), normal(), ...), so that it can be drawn again.
struct WaitingTimes {
  struct Prepared {
    float mean;
  };
  ALFI_HD Prepared prepare(const float* theta) const { return {std::exp(-theta[0])}; }
  ALFI_HD alfi::Status operator()(const Prepared& prepared, alfi::Stream& random, float* x) const {
    x[0] = -prepared.mean * std::log(random.uniform());
    return std::isfinite(x[0]) ? alfi::Status::ok : alfi::Status::failed;
  }
};

}  // namespace

alfi::Simulator make_waiting_times() {
  alfi::SimulatorInfo info;
  info.name = "waiting_times";
  info.summary = "exponential waiting times";
  info.parameters = {{"log_rate", "", "logarithm of the rate", alfi::Prior::normal(0, 1)}};
  info.observation.names = {"time"};
  info.observation.units = {"s"};
  return alfi::make_simulator_gpu(info, WaitingTimes{});
}
