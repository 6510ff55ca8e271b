#include "alfi/inference/baselines/methods.hpp"

#include <algorithm>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/baselines/maximum_likelihood.hpp"
#include "alfi/inference/baselines/reference_posterior.hpp"

namespace alfi {
inline namespace v0 {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& got, const std::string& expected) {
  throw InputError("compare: " + what + " is " + got + ", expected " + expected);
}

bool available(const std::string& method, const Simulator& simulator) {
  if (method == kLikelihood) return has_maximum_likelihood(simulator);
  return method != kExact || has_reference_posterior(simulator);
}

}  // namespace

const std::vector<std::string>& comparable_methods() {
  static const std::vector<std::string> all{kMachine, kNpe, kRejection, kSmc, kLikelihood, kExact};
  return all;
}

std::vector<std::string> methods_of(const CompareOptions& o, const Simulator& simulator) {
  const std::vector<std::string>& all = comparable_methods();
  for (const std::string& asked : o.methods) {
    if (std::find(all.begin(), all.end(), asked) == all.end()) {
      refuse("method", '"' + asked + '"', list_text(all) + suggestion(asked, all));
    }
    if (!available(asked, simulator)) {
      refuse("method", asked, "one that needs no likelihood, which is not known of " + simulator.info().name);
    }
  }
  std::vector<std::string> chosen;
  for (const std::string& method : all) {
    const bool asked = std::find(o.methods.begin(), o.methods.end(), method) != o.methods.end();
    if (asked || (o.methods.empty() && available(method, simulator))) chosen.push_back(method);
  }
  return chosen;
}

void require_options(const CompareOptions& o, const Simulator& simulator) {
  const bool is_set = simulator.info().observation.is_set;
  if (o.budget < 1) refuse("budget", std::to_string(o.budget), "at least 1");
  if (o.problems < 2) refuse("problems", std::to_string(o.problems), "at least 2");
  if (o.draws < 20) refuse("draws", std::to_string(o.draws), "at least 20");
  if (o.c2st_draws != 0 && o.c2st_draws < 10) refuse("c2st_draws", std::to_string(o.c2st_draws), "0 or at least 10");
  if (o.observed < 0 || (o.observed > 1 && !is_set)) {
    refuse("observed", std::to_string(o.observed), is_set ? "at least 0" : "0 or 1: one series or vector is observed");
  }
  if (o.given.rows > 0 && o.observed > 0) refuse("observed", std::to_string(o.observed), "0 with observations given");
}

}  // namespace v0
}  // namespace alfi
