#pragma once
#include <cmath>

#include "alfi/inference/trainer.hpp"
#include "alfi/simulators/functor.hpp"
#include "inference/small.hpp"

namespace alfi_test {

/// A line seen with noise and, in a second column, its exponential: linear and Gaussian once that column's logarithm is
/// taken, so that the posterior under theta ~ N(0, I) is exactly a Gaussian. Rows of `failing` samples in 10 fail.
struct LineSimulator {
  static constexpr int kRows = 5;
  static constexpr double kSd = 0.5, kStretch = 2;
  int failing = 0;

  struct Prepared {
    double level, slope;
  };
  static double time(int row) { return row - 0.5 * (kRows - 1); }
  Prepared prepare(const float* theta) const { return {static_cast<double>(theta[0]), static_cast<double>(theta[1])}; }
  alfi::Status operator()(const Prepared& p, alfi::Stream& random, float* x) const {
    if (random.uniform_double() * 10 < failing) return alfi::Status::failed;
    for (int row = 0; row < kRows; ++row) {
      const double line = p.level + p.slope * time(row);
      x[2 * row] = static_cast<float>(line + kSd * random.normal_double());
      x[2 * row + 1] = static_cast<float>(std::exp(kStretch * line + kSd * random.normal_double()));
    }
    return alfi::Status::ok;
  }
};

/// log N(theta; exact mean, exact covariance) given one series.
inline std::function<double(const double*)> line_posterior(alfi::Observations x) {
  double a = 1, b = 0, c = 1, u = 0, v = 0;  // precision ((a, b), (b, c)), and precision times mean
  for (int row = 0; row < LineSimulator::kRows; ++row) {
    const double t = LineSimulator::time(row), weight = 1 / (LineSimulator::kSd * LineSimulator::kSd);
    const double s = LineSimulator::kStretch, y = static_cast<double>(x.data[2 * row]),
                 z = std::log(static_cast<double>(x.data[2 * row + 1]));
    const double information = weight * (1 + s * s), sum = weight * (y + s * z);
    a += information, b += information * t, c += information * t * t;
    u += sum, v += sum * t;
  }
  const double determinant = a * c - b * b, level = (c * u - b * v) / determinant,
               slope = (a * v - b * u) / determinant;
  return [=](const double* theta) {
    const double p = theta[0] - level, q = theta[1] - slope;
    return 0.5 * std::log(determinant) - std::log(2 * 3.14159265358979323846) -
           0.5 * (a * p * p + 2 * b * p * q + c * q * q);
  };
}

inline alfi::SimulatorInfo line_info() {
  alfi::SimulatorInfo info;
  info.name = "line";
  info.parameters = {{"level", "", "at the middle", alfi::Prior::normal(0, 1)},
                     {"slope", "", "a row", alfi::Prior::normal(0, 1)}};
  info.observation.names = {"line", "stretched"};
  info.observation.units = {"", ""};
  info.observation.is_set = false;
  info.observation.length = LineSimulator::kRows;
  return info;
}

inline alfi::Simulator make_line(int failing = 0) {
  return alfi::make_simulator(line_info(), LineSimulator{failing}, {{}, {}, line_posterior});
}

/// The smallest machine that finds it.
inline alfi::Configuration line_configuration(const std::string& encoder) {
  alfi::Configuration c = small_configuration("line");
  c.problem.observed_min = c.problem.observed_max = 0;
  c.train.observations = 0;
  c.network.encoder_kind = encoder;
  c.network.encoder = {16, 16, 12};
  c.network.aggregator = {16, 16, 12};
  c.network.machine = {24, 24};
  c.network.state = 16;
  c.network.summaries = 8;
  c.train.problems = 32;
  c.train.learning_rate = 4e-3;
  return c;
}

}  // namespace alfi_test
