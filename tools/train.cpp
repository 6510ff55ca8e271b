#include "alfi/core/error.hpp"
#include "alfi/simulators/catalogue.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "output.hpp"
#include "toml.hpp"
#include "training.hpp"

namespace alfi::tools {
namespace {

Configuration asked(const TrainArguments& arguments) {
  Configuration configuration = read_configuration(arguments.configuration);
  for (const std::string& setting : arguments.set) apply_setting(configuration, setting);
  if (arguments.common.seed) configuration.train.seed = *arguments.common.seed;
  validate(configuration);
  return configuration;
}

}  // namespace

int train(const TrainArguments& arguments) {
  if (arguments.dump_defaults) {
    print(toml_text(Configuration(), true));
    return kDone;
  }
  if (arguments.configuration.empty()) throw UsageError("got no CONFIG.toml, expected the configuration to train");
  if (arguments.output.empty()) throw UsageError("got no --output, expected --output DIR");
  Configuration configuration = asked(arguments);
  const Simulator simulator = make_builtin_simulator(configuration.simulator.name, configuration.simulator.options);
  configuration = resolve(configuration, simulator.info().observation);
  return Training(configuration, simulator, arguments).run();
}

}  // namespace alfi::tools
