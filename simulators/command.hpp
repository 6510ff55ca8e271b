#pragma once
#include <cstdint>
#include <string>
#include <vector>

/// Commands as words. No shell is asked: nothing is expanded, piped or redirected.

namespace alfi {
inline namespace v0 {

/// Words are separated by white space; 'single' and "double" quotes hold a word, or a part of one, together; a
/// backslash takes the next character as it is, but within single quotes. Throws InputError where a quote does not end.
std::vector<std::string> split_command(const std::string& text);

/// The way back.
std::string command_text(const std::vector<std::string>& words);

/// A command with places to fill in for each call: {input}, {output}, {seed} and {NAME} for each parameter. Other
/// braces stand for themselves, unless what they hold could be a name.
class CommandPattern {
 public:
  /// Throws InputError for a name that is none, and where a parameter has no way in.
  CommandPattern(std::vector<std::string> words, const std::vector<std::string>& parameters);

  bool has_input() const { return has_input_; }
  bool has_output() const { return has_output_; }
  /// theta [P].
  std::vector<std::string> filled(const double* theta, std::uint64_t seed, const std::string& input,
                                  const std::string& output) const;

 private:
  /// Text, and then, unless it is the last of its word, what stands there: a parameter or one of the three.
  struct Piece {
    std::string text;
    std::string name;
  };
  std::vector<Piece> pieces_of(const std::string& word) const;

  std::vector<std::string> parameters_;
  std::vector<std::vector<Piece>> words_;
  bool has_input_ = false, has_output_ = false;
};

}  // namespace v0
}  // namespace alfi
