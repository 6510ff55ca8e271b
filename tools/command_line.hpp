#pragma once

namespace alfi::tools {

class Launch;

/// Reads the command line, runs the subcommand and answers its exit status. Wrong use is reported here, with a line
/// "usage: .."; the subcommand's other exceptions pass through.
/// launch: the processes that train together; what else there is to do the first of them does.
int run_command_line(int argc, char** argv, Launch& launch);

}  // namespace alfi::tools
