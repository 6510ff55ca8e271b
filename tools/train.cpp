#include "alfi/core/error.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "output.hpp"
#include "program.hpp"
#include "toml.hpp"
#include "training.hpp"

namespace alfi::tools {
namespace {

Configuration asked(const TrainArguments& arguments, Origins& origins) {
  Configuration configuration = read_configuration(arguments.configuration, &origins);
  for (const std::string& setting : arguments.set) apply_setting(configuration, setting, &origins);
  if (!arguments.simulator_command.empty()) replace_command(configuration.simulator, arguments.simulator_command);
  if (arguments.budget > 0) {
    configuration.train.budget = arguments.budget;
    origins["train.budget"] = "--budget";
  }
  if (arguments.common.seed) configuration.train.seed = *arguments.common.seed;
  return configuration;
}

}  // namespace

int train(const TrainArguments& arguments, Launch& launch) {
  if (arguments.dump_defaults) {
    print(toml_text(Configuration(), true));
    return kDone;
  }
  if (arguments.configuration.empty()) throw UsageError("got no CONFIG.toml, expected the configuration to train");
  if (arguments.output.empty()) throw UsageError("got no --output, expected --output DIR");
  Configuration configuration;
  ConfiguredSimulator simulator;
  Origins origins;
  agree(launch.ranks(), [&] {
    configuration = asked(arguments, origins);
    with_origins(origins, [&] {
      validate(configuration);
      simulator = make_configured_simulator(configuration.simulator, arguments.common.threads);
    });
  });
  try {
    int status = kDone;
    with_origins(origins, [&] { status = Training(configuration, simulator, arguments, launch).run(); });
    tell_failures(simulator, arguments.common.quiet);
    return status;
  } catch (const Error&) {
    // It may be why; where nothing was ever answered, the error says so itself.
    if (simulator.program && simulator.program->failures().calls > 0) tell_failures(simulator, arguments.common.quiet);
    throw;
  }
}

}  // namespace alfi::tools
