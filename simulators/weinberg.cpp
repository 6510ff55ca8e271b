#include "alfi/simulators/weinberg.hpp"

#include "alfi/simulators/builtin.hpp"
#include "alfi/simulators/exact.hpp"

namespace alfi {
inline namespace v0 {
namespace {

const Prior kEnergy = Prior::uniform(40, 50);
const Prior kFermi = Prior::uniform(0.5, 1.5);
const Interval kEnergySupport{kEnergy.a, kEnergy.b};
const Interval kFermiSupport{kFermi.a, kFermi.b};

const double kLargestArgument = 10.0 / 9;          ///< of the tanh, at the ends of the energy's range
const double kKink = std::tanh(kLargestArgument);  ///< where prior_of_a has a kink: G = 1/2 at an end
const double kLargest = 2 * kFermi.b * kKink;      ///< |a|

double log_likelihood_of_a(double a, Observations observations) {
  const double sum = angular_log_sum(a, observations);
  return sum - static_cast<double>(observations.rows) * std::log(angular_norm(a, 1));
}

/// The prior density of a. With s = (2E - 90)/9 uniform on +-10/9 and a = 2 G tanh(s), G = a / (2 tanh s) lies within
/// its bounds for tanh(s) from |a|/3 to |a|, so that
///     p(a) = integral of (9/20) / (2 tanh s) ds = (9/40) log(sinh(s2) / sinh(s1)),   sinh(atanh t) = t / sqrt(1 -
///     t^2).
double prior_of_a(double a) {
  const double size = std::abs(a);
  if (size >= kLargest) return 0;
  const double low_square = size * size / 9;  // tanh(s1)^2
  if (size < kKink) return 9.0 / 40 * (std::log(3.0) + 0.5 * (std::log1p(-low_square) - std::log1p(-size * size)));
  return 9.0 / 40 * std::log(3 * std::sinh(kLargestArgument) * std::sqrt(1 - low_square) / size);
}

bool possible(const char* function, Observations observations) {
  require_columns(function, observations, 1);
  return angular_within(observations, 1, true);
}

double log_likelihood(const double* theta, Observations observations) {
  if (!possible("weinberg: log_likelihood", observations)) return kImpossible;
  if (!std::isfinite(theta[0]) || !is_within(theta[1], 500)) return kImpossible;
  return log_likelihood_of_a(WeinbergSimulator::asymmetry(theta[0], theta[1]), observations);
}

/// Every point of the ridge a(E, G) = argmax is a maximum; the one with G nearest to its nominal value 1 is answered.
bool maximum_likelihood(Observations observations, double* theta) {
  if (!possible("weinberg: maximum_likelihood", observations) || observations.rows == 0) return false;
  const AngularRange range = angular_range(observations, kLargest);
  const double a = argmax([&](double x) { return log_likelihood_of_a(x, observations); }, {range.low, range.high});
  theta[1] = std::max(1.0, std::abs(a) / (2 * kKink));
  theta[0] = kEnergySupport.clamp(45 + 4.5 * std::atanh(a / (2 * theta[1])));
  return true;
}

/// The evidence is an integral over a alone, weighted by its prior density.
LogDensity posterior(Observations observations) {
  if (!possible("weinberg: posterior_log_density", observations)) return impossible();
  const AngularRange range = angular_range(observations, kLargest);
  const double evidence = log_integral([&](double a) { return log_likelihood_of_a(a, observations); },
                                       {range.low, range.high}, prior_of_a, {-2, -kKink, kKink, 2});
  const double constant = kEnergy.log_density(45) + kFermi.log_density(1) - evidence;
  return [kept = KeptObservations(observations), constant](const double* theta) {
    if (!kEnergySupport.holds(theta[0]) || !kFermiSupport.holds(theta[1])) return kImpossible;
    return log_likelihood_of_a(WeinbergSimulator::asymmetry(theta[0], theta[1]), kept.view()) + constant;
  };
}

}  // namespace

Simulator make_weinberg() {
  SimulatorInfo info;
  info.name = "weinberg";
  info.summary = "angles of muon pairs near the Z boson, by beam energy and Fermi constant (a toy)";
  info.source = "Louppe, Hermans, Cranmer 2017 (arXiv 1707.07113)";
  info.parameters = {{"beam_energy", "GeV", "energy of each beam", kEnergy},
                     {"fermi_constant", "nominal", "Fermi constant over its nominal value", kFermi}};
  info.observation.names = {"cos_theta"};
  info.observation.units = {""};
  info.observation.supports = {support_from("-1..1")};
  return make_builtin(std::move(info), WeinbergSimulator{}, {log_likelihood, maximum_likelihood, posterior});
}

}  // namespace v0
}  // namespace alfi
