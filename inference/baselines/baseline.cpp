#include "alfi/inference/baselines/baseline.hpp"

#include <cmath>
#include <limits>

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {

void require_problem(const char* function, const BaselineProblem& p) {
  const std::string who = std::string(function) + ": ";
  require_shape(function, "observed", p.observed, p.observed.rows, p.simulator->size());
  const bool is_set = p.simulator->info().observation.is_set;
  if (p.observed.rows < 1 || (p.observed.rows > 1 && !is_set)) {
    throw ShapeError(who + "got " + std::to_string(p.observed.rows) + " observations, expected " +
                     (is_set ? "at least 1" : "1: " + p.simulator->info().name + " makes one series or vector"));
  }
  for (Index i = 0; i < p.observed.size(); ++i) {
    if (!std::isfinite(p.observed.data[i])) {
      throw NumericError(who + "observation " + std::to_string(i / p.observed.cols) + " is not finite");
    }
  }
  if (p.draws < 2) throw InputError(who + "draws is " + std::to_string(p.draws) + ", expected at least 2");
}

std::vector<double> theta_at(const SimulatorInfo& info, const double* u) {
  std::vector<double> theta;
  for (std::size_t p = 0; p < info.parameters.size(); ++p) theta.push_back(info.parameters[p].prior.theta(u[p]));
  return theta;
}

double log_density_at(const SimulatorInfo& info, const double* theta,
                      const std::function<double(const double* u)>& log_density_of_u) {
  std::vector<double> u;
  double log_jacobian = 0;
  for (std::size_t p = 0; p < info.parameters.size(); ++p) {
    const Prior& prior = info.parameters[p].prior;
    u.push_back(prior.coordinate(theta[p]));
    if (!std::isfinite(u[p])) return -std::numeric_limits<double>::infinity();
    log_jacobian += prior.log_jacobian(u[p]);
  }
  return log_density_of_u(u.data()) - log_jacobian;
}

}  // namespace v0
}  // namespace alfi
