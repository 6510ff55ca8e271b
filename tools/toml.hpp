#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "alfi/inference/configuration.hpp"

/// Configurations as TOML. The only sources that know the format are toml.cpp (reading) and toml_write.cpp.

namespace alfi::tools {

/// Where each key was given last: "c.toml:4", "--set train.steps".
using Origins = std::map<std::string, std::string>;

/// Reads a file over the defaults. Does not validate(). origins: where given, gets those of its keys.
/// Throws InputError "FILE:LINE: ..." with the full dotted key: unknown (with a suggestion) or of a wrong type.
Configuration read_configuration(const std::string& path, Origins* origins = nullptr);
/// The same, of text; path is for messages.
Configuration parse_configuration(const std::string& text, const std::string& path, Origins* origins = nullptr);

/// Applies "KEY=VALUE", VALUE being TOML, or a string where it is none.
/// Throws InputError "--set KEY=VALUE: ..."; UsageError where there is no "=".
void apply_setting(Configuration& configuration, const std::string& setting, Origins* origins = nullptr);

/// Does the work; an InputError of it that begins with keys, "train.steps: got 0, ..", is thrown on with the place
/// where the first of them was given that was: "c.toml:4: train.steps: got 0, ..".
void with_origins(const Origins& origins, const std::function<void()>& work);

/// Every key; reads back as the same configuration. With comments: what each value may be.
std::string toml_text(const Configuration& configuration, bool comments = false);

}  // namespace alfi::tools
