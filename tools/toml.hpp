#pragma once
#include <string>
#include <vector>

#include "alfi/inference/configuration.hpp"

/// Configurations as TOML. The only sources that know the format are toml.cpp (reading) and toml_write.cpp.

namespace alfi::tools {

/// Reads a file over the defaults. Does not validate().
/// Throws InputError "FILE:LINE: ..." with the full dotted key: unknown (with a suggestion) or of a wrong type.
Configuration read_configuration(const std::string& path);
/// The same, of text; path is for messages.
Configuration parse_configuration(const std::string& text, const std::string& path);

/// Applies "KEY=VALUE", VALUE being TOML, or a string where it is none.
/// Throws InputError "--set KEY=VALUE: ..."; UsageError where there is no "=".
void apply_setting(Configuration& configuration, const std::string& setting);

/// Every key; reads back as the same configuration. With comments: what each value may be.
std::string toml_text(const Configuration& configuration, bool comments = false);

}  // namespace alfi::tools
