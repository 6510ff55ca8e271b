#pragma once
#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace alfi::tools {

/// The manual page alfi(1), in the man macros of roff, of the whole command line: what --help says of every subcommand,
/// with examples. usage_of: the usage line of a subcommand, by its name.
std::string man_page(const CLI::App& app, const std::function<std::string(const std::string& name)>& usage_of);

}  // namespace alfi::tools
