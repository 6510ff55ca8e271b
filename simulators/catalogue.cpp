#include "alfi/simulators/catalogue.hpp"

#include <algorithm>

#include "alfi/core/error.hpp"
#include "alfi/simulators/gaussian.hpp"
#include "alfi/simulators/linear_regression.hpp"
#include "alfi/simulators/multivariate.hpp"
#include "alfi/simulators/muon_asymmetry.hpp"
#include "alfi/simulators/poisson.hpp"
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
      throw InputError("simulator.parameters.slopes: got " + std::to_string(value) +
                       ", expected a whole number from 1 to " + std::to_string(most));
    }
    slopes = static_cast<int>(value);
  }
  return make_linear_regression(slopes);
}

struct Entry {
  const char* name;
  Simulator (*make)(const std::string& name, const SimulatorOptions& options);
};

constexpr Entry kCatalogue[] = {
    // in alphabetical order
    {"gaussian", without_options<make_gaussian>},         {"linear_regression", regression},
    {"multivariate", without_options<make_multivariate>}, {"muon_asymmetry", without_options<make_muon_asymmetry>},
    {"poisson", without_options<make_poisson>},           {"weinberg", without_options<make_weinberg>},
};

/// Insertions, deletions and replacements that turn a into b (Levenshtein 1966).
std::size_t edits(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string unknown_text(const std::string& name) {
  std::string text = "simulator.name: unknown simulator \"" + name + "\"", all;
  const Entry* nearest = nullptr;
  std::size_t fewest = std::max<std::size_t>(name.size() / 2, 1) + 1;
  for (const Entry& entry : kCatalogue) {
    const std::size_t distance = edits(name, entry.name);
    if (distance < fewest) nearest = &entry, fewest = distance;
    all += (all.empty() ? "" : ", ") + std::string(entry.name);
  }
  if (nearest) text += " (did you mean \"" + std::string(nearest->name) + "\"?)";
  return text + ", expected one of " + all;
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
