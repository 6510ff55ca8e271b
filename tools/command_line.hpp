#pragma once

namespace alfi::tools {

/// Reads the command line, runs the subcommand and answers its exit status. Wrong use is reported here, with a line
/// "usage: .."; the subcommand's other exceptions pass through.
int run_command_line(int argc, char** argv);

}  // namespace alfi::tools
