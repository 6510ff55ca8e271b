#include "alfi/simulators/sbibm/slcp.hpp"

#include "alfi/core/special.hpp"
#include "alfi/simulators/builtin.hpp"

namespace alfi {
inline namespace v0 {
namespace sbibm {
namespace {

double log_likelihood(const double* theta, Observations observations) {
  const Observed o = observed("sbibm/slcp: log_likelihood", observations, Slcp::kSize);
  return o.possible ? slcp_log_density(theta, o.x) : kImpossible;
}

}  // namespace

std::vector<Parameter> slcp_parameters() {
  const Prior prior = Prior::uniform(-3, 3);
  const char* descriptions[] = {"mean of x", "mean of y", "root of the sd of x", "root of the sd of y",
                                "artanh of the correlation"};
  std::vector<Parameter> parameters = alike(Slcp::kParameters, "", prior);
  for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].description = descriptions[i];
  return parameters;
}

double slcp_log_density(const double* theta, const std::vector<double>& x) {
  if (!all_within(theta, Slcp::kParameters, Slcp::kLargest)) return kImpossible;
  if (x.empty()) return 0;
  const SlcpLaw law = SlcpLaw::of(theta);
  double squares = 0;
  for (std::size_t i = 0; i < Slcp::kPoints; ++i) {
    const double first = (x[2 * i] - law.mean[0]) / law.first;
    const double second = (x[2 * i + 1] - law.mean[1] - law.cross * first) / law.second;
    squares += first * first + second * second;
  }
  return -0.5 * squares - Slcp::kPoints * (std::log(law.first) + std::log(law.second) + kLogTwoPi);
}

Simulator make_slcp() {
  SimulatorInfo info = task_info("slcp", "four points of a correlated normal: a posterior of four modes", Slcp::kSize);
  info.parameters = slcp_parameters();
  return make_builtin(std::move(info), Slcp{}, {log_likelihood, {}, {}});
}

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
