#pragma once
#include <string>
#include <vector>

#include "alfi/core/portable.hpp"

/// Numbers as text, the same in every locale, and suggestions for misspelt names.

namespace alfi {
inline namespace v0 {

/// The shortest decimal text that reads back as the same number ("0.1", "1e-05", "nan", "inf").
std::string number_text(double value);

/// Rounded to so many significant digits.
std::string number_text(double value, int digits);

/// Whole text to number; false (and value untouched) where any of it is not part of the number, or it does not fit.
bool parse_number(const std::string& text, double& value);
bool parse_number(const std::string& text, std::int64_t& value);
bool parse_number(const std::string& text, std::uint64_t& value);

/// " (did you mean \"steps\"?)" for the nearest of names within a third of the word's length in edits, else "".
std::string suggestion(const std::string& word, const std::vector<std::string>& names);

/// "1 step", "2 steps".
std::string counted(Index count, const std::string& thing);

/// "[3,4]", for messages.
std::string shape_text(const std::vector<Index>& shape);

/// "a, b or c".
std::string list_text(const std::vector<std::string>& names);

}  // namespace v0
}  // namespace alfi
