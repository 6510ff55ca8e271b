#include "alfi/simulators/catalogue.hpp"

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/simulators/gaussian.hpp"
#include "alfi/simulators/linear_regression.hpp"
#include "alfi/simulators/lotka_volterra.hpp"
#include "alfi/simulators/multivariate.hpp"
#include "alfi/simulators/muon_asymmetry.hpp"
#include "alfi/simulators/poisson.hpp"
#include "alfi/simulators/predator_prey_jumps.hpp"
#include "alfi/simulators/sbibm/bernoulli_glm.hpp"
#include "alfi/simulators/sbibm/gaussian_linear.hpp"
#include "alfi/simulators/sbibm/gaussian_mixture.hpp"
#include "alfi/simulators/sbibm/lotka_volterra.hpp"
#include "alfi/simulators/sbibm/sir.hpp"
#include "alfi/simulators/sbibm/slcp.hpp"
#include "alfi/simulators/sbibm/slcp_distractors.hpp"
#include "alfi/simulators/sbibm/two_moons.hpp"
#include "alfi/simulators/sir.hpp"
#include "alfi/simulators/weinberg.hpp"

namespace alfi {
inline namespace v0 {
namespace {

/// Refuses every option that no entry of `known` names.
void require_known(const SimulatorOptions& options, const std::string& simulator, const std::string& known) {
  for (const auto& option : options) {
    if (option.first == known) continue;
    throw InputError("simulator.parameters." + option.first + ": unknown option of " + simulator +
                     (known.empty() ? ", which has none" : ", expected simulator.parameters." + known));
  }
}

template <Simulator (*make)()>
Simulator without_options(const std::string& name, const SimulatorOptions& options) {
  require_known(options, name, "");
  return make();
}

Simulator regression(const std::string& name, const SimulatorOptions& options) {
  require_known(options, name, "slopes");
  const int most = LinearRegressionSimulator::kMaxSlopes;
  int slopes = 3;
  for (const auto& option : options) {
    const double value = option.second;
    if (!(value >= 1 && value <= most) || value != std::floor(value)) {
      throw InputError("simulator.parameters.slopes: got " + number_text(value) +
                       ", expected a whole number from 1 to " + std::to_string(most));
    }
    slopes = static_cast<int>(value);
  }
  return make_linear_regression(slopes);
}

Simulator jumps(const std::string& name, const SimulatorOptions& options) {
  require_known(options, name, "tau");
  return make_predator_prey_jumps(options.empty() ? 0 : options.back().second);
}

struct Entry {
  const char* name;
  Simulator (*make)(const std::string& name, const SimulatorOptions& options);
};

constexpr Entry kCatalogue[] = {
    // in alphabetical order
    {"gaussian", without_options<make_gaussian>},
    {"linear_regression", regression},
    {"lotka_volterra", without_options<make_lotka_volterra>},
    {"multivariate", without_options<make_multivariate>},
    {"muon_asymmetry", without_options<make_muon_asymmetry>},
    {"poisson", without_options<make_poisson>},
    {"predator_prey_jumps", jumps},
    {"sbibm/bernoulli_glm", without_options<sbibm::make_bernoulli_glm>},
    {"sbibm/bernoulli_glm_raw", without_options<sbibm::make_bernoulli_glm_raw>},
    {"sbibm/gaussian_linear", without_options<sbibm::make_gaussian_linear>},
    {"sbibm/gaussian_linear_uniform", without_options<sbibm::make_gaussian_linear_uniform>},
    {"sbibm/gaussian_mixture", without_options<sbibm::make_gaussian_mixture>},
    {"sbibm/lotka_volterra", without_options<sbibm::make_lotka_volterra>},
    {"sbibm/sir", without_options<sbibm::make_sir>},
    {"sbibm/slcp", without_options<sbibm::make_slcp>},
    {"sbibm/slcp_distractors", without_options<sbibm::make_slcp_distractors>},
    {"sbibm/two_moons", without_options<sbibm::make_two_moons>},
    {"sir", without_options<make_sir>},
    {"weinberg", without_options<make_weinberg>},
};

std::string unknown_text(const std::string& name) {
  std::vector<std::string> names;
  for (const Entry& entry : kCatalogue) names.push_back(entry.name);
  return "simulator.name: unknown simulator \"" + name + "\"" + suggestion(name, names) + ", expected " +
         list_text(names);
}

}  // namespace

Simulator make_builtin_simulator(const std::string& name, const SimulatorOptions& options) {
  for (const Entry& entry : kCatalogue) {
    if (name == entry.name) return entry.make(name, options);
  }
  throw InputError(unknown_text(name));
}

std::vector<std::string> builtin_simulators() {
  std::vector<std::string> names;
  for (const Entry& entry : kCatalogue) names.emplace_back(entry.name);
  return names;
}

}  // namespace v0
}  // namespace alfi
