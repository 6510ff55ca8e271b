#pragma once
#include <functional>
#include <string>
#include <vector>

/// The library's messages speak of functions and their arguments; whoever typed a command knows its options.

namespace alfi::tools {

/// What sets an argument of that name, "--refine" or a key of the configuration; "": nothing that is known here.
using OptionOf = std::function<std::string(const std::string& argument)>;

/// "Machine::infer: refine is 5, expected 144 to 4000000" as "--refine: got 5, expected 144 to 4000000". Other texts
/// stay as they are, without a class's function at their begin; so does the name of a function that is none of the
/// command's own and no class's: "smc_abc: --budget: got ..". own: the subcommand.
std::string in_options(const std::string& message, const std::string& own, const OptionOf& option_of);

/// Of a warning: "which refine 0 leaves" as "which --refine 0 leaves".
std::vector<std::string> in_options(std::vector<std::string> warnings);

}  // namespace alfi::tools
