#include "alfi/simulators/program_text.hpp"

#include "alfi/simulators/process_wait.hpp"

namespace alfi {
inline namespace v0 {
namespace detail {
namespace {

constexpr std::size_t kLongestLine = 4096;  // of standard error; more is another line
constexpr std::size_t kShown = 200;
constexpr std::string_view kSeparators = " \t\r\n,";

/// Takes the first line off.
std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

bool is_names(std::string_view line, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    line.remove_prefix(std::min(line.find_first_not_of(kSeparators), line.size()));
    if (line.substr(0, name.size()) != name) return false;
    line.remove_prefix(name.size());
    if (!line.empty() && kSeparators.find(line[0]) == std::string_view::npos) return false;
  }
  return line.find_first_not_of(kSeparators) == std::string_view::npos;
}

}  // namespace

bool read_answer_file(std::string_view text, const std::vector<std::string>& names, std::vector<double>& x,
                      std::string& why) {
  std::size_t count = 0;
  bool first = true;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (!line.empty() && line[0] == '#') continue;
    Numbers numbers(line, kSeparators);
    if (numbers.at_end()) continue;
    const bool header = first && is_names(line, names);
    first = false;
    while (!header && !numbers.at_end()) {
      double value = 0;
      if (!numbers.next(value)) {
        why = "got \"" + shown(line) + "\", expected numbers";
        return false;
      }
      if (count < x.size()) x[count] = value;
      ++count;
    }
  }
  if (count == x.size()) return true;
  why = "got " + std::to_string(count) + " numbers, expected " + std::to_string(x.size());
  return false;
}

std::string shown(std::string_view text) {
  std::string out(text.substr(0, kShown));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text.size() > kShown ? out + ".." : out;
}

void LastWords::add(std::string_view bytes, LineLog& log) {
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.find('\n'), bytes.size()), room = kLongestLine - line_.size();
    line_ += bytes.substr(0, std::min(size, room));
    if (size == bytes.size() && size < room) return;
    end_line(log);
    bytes.remove_prefix(size < room && size < bytes.size() ? size + 1 : std::min(size, room));
  }
}

void LastWords::end_line(LineLog& log) {
  log.write(prefix_ + line_);
  if (line_.find_first_not_of(" \t\r") != std::string::npos) last_ = line_;
  line_.clear();
}

std::string LastWords::take(LineLog& log) {
  if (!line_.empty()) end_line(log);
  const std::string said = last_.empty() ? "" : "; the last line on its standard error: " + shown(last_);
  last_.clear();
  return said;
}

}  // namespace detail
}  // namespace v0
}  // namespace alfi
