#include "alfi/simulators/muon_asymmetry.hpp"

#include "alfi/simulators/builtin.hpp"
#include "alfi/simulators/exact.hpp"

namespace alfi {
inline namespace v0 {
namespace {

const Prior kAsymmetry = Prior::uniform(-0.7, 0.7);
const Interval kSupport{kAsymmetry.a, kAsymmetry.b};
constexpr double kLimit = MuonAsymmetrySimulator::kLimit;

double log_likelihood_of(double asymmetry, Observations observations) {
  return angular_log_sum(MuonAsymmetrySimulator::slope(asymmetry), observations) -
         static_cast<double>(observations.rows) * std::log(angular_norm(0, kLimit));
}

bool possible(const char* function, Observations observations) {
  require_columns(function, observations, 1);
  return angular_within(observations, kLimit, false);
}

double log_likelihood(const double* theta, Observations observations) {
  if (!possible("muon_asymmetry: log_likelihood", observations)) return kImpossible;
  if (!MuonAsymmetrySimulator::positive(MuonAsymmetrySimulator::slope(theta[0]))) return kImpossible;
  return log_likelihood_of(theta[0], observations);
}

bool maximum_likelihood(Observations observations, double* theta) {
  if (!possible("muon_asymmetry: maximum_likelihood", observations) || observations.rows == 0) return false;
  theta[0] = argmax([&](double x) { return log_likelihood_of(x, observations); }, kSupport);
  return true;
}

LogDensity posterior(Observations observations) {
  if (!possible("muon_asymmetry: posterior_log_density", observations)) return impossible();
  const double evidence = log_integral([&](double x) { return log_likelihood_of(x, observations); }, kSupport);
  return [kept = KeptObservations(observations), evidence](const double* theta) {
    return kSupport.holds(theta[0]) ? log_likelihood_of(theta[0], kept.view()) - evidence : kImpossible;
  };
}

}  // namespace

Simulator make_muon_asymmetry() {
  SimulatorInfo info;
  info.name = "muon_asymmetry";
  info.summary = "angles of muon pairs, by forward-backward asymmetry";
  info.source = "L3 at LEP, as in the DESY course on parameter estimation";
  info.parameters = {{"asymmetry", "", "A in the density 3/8 (1 + c^2) + A c", kAsymmetry}};
  info.observation.names = {"cos_theta"};
  info.observation.units = {""};
  info.observation.supports = {support_from("-0.9..0.9")};
  return make_builtin(std::move(info), MuonAsymmetrySimulator{}, {log_likelihood, maximum_likelihood, posterior});
}

}  // namespace v0
}  // namespace alfi
