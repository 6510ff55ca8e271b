#include "alfi/simulators/predator_prey_jumps.hpp"

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/simulators/builtin.hpp"

namespace alfi {
inline namespace v0 {

Simulator make_predator_prey_jumps(double tau) {
  using S = PredatorPreyJumpsSimulator;
  const bool leaps = std::isfinite(tau) && tau >= S::kLeastLeap && tau <= S::kSpacing;
  if (!leaps && (std::isnan(tau) || tau != 0)) {
    throw InputError("simulator.parameters.tau: got " + number_text(tau) + ", expected 0 (every event) or " +
                     number_text(S::kLeastLeap) + " to " + number_text(S::kSpacing));
  }
  const Prior prior = Prior::uniform(-5, 2);
  SimulatorInfo info;
  info.name = "predator_prey_jumps";
  info.summary = leaps ? "predators and prey event by event, in leaps of " + number_text(tau)
                       : "predators and prey event by event (simulator.parameters.tau: in leaps)";
  info.source = "Papamakarios, Murray 2016 (arXiv 1605.06376); Gillespie 1977, 2001";
  info.parameters = {{"log_predator_birth", "", "log rate for each pair of predator and prey", prior},
                     {"log_predator_death", "", "log rate for each predator", prior},
                     {"log_prey_birth", "", "log rate for each prey", prior},
                     {"log_predation", "", "log rate for each pair of predator and prey", prior}};
  info.observation.names = {"predators", "prey"};
  info.observation.units = {"", ""};
  info.observation.supports = {Support::count(), Support::count()};
  info.observation.is_set = false;
  info.observation.length = S::kTimes;
  info.observation.index_column = "time";
  info.observation.index_step = S::kSpacing;
  return make_builtin(std::move(info), S{tau}, {});
}

}  // namespace v0
}  // namespace alfi
