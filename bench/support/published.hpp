#pragma once
#include <string>

#include "alfi/inference/configuration.hpp"

/// The published sizes: B 32, K 20, M 20, N 500, T 5, encoder 1-50-50-20 with tanh, GRU 40, every observation encoded.

namespace bench {

inline alfi::Configuration published(const std::string& simulator, const std::string& precision) {
  alfi::Configuration c;
  c.simulator.name = simulator;
  c.problem.observed_min = c.problem.observed_max = 500;
  c.proposal.family = "diagonal";
  c.proposal.start = "draw";
  c.network.cell = "gru";
  c.network.encoder = {50, 50, 20};
  c.network.encoder_output = "tanh";
  c.network.features = "global";
  c.network.aggregator = {20, 20, 30};
  c.network.machine = {30, 30};
  c.network.state = 40;
  c.network.bound = 0.25;
  c.network.update = "absolute";
  c.network.regression_step = false;
  c.network.coordinates = "legacy";
  c.train.thetas = c.train.observations = 20;
  c.train.observations_min = 0;
  c.train.learning_rate = 1e-3;
  c.train.through_time = true;
  c.train.weights = "exponential";
  c.train.validation_problems = 4;
  c.train.precision = precision;
  return c;
}

}  // namespace bench
