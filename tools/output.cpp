#include "output.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <system_error>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/safetensors.hpp"
#include "failure.hpp"

namespace alfi::tools {
namespace {

bool is_silent = false;

/// 0, or the error that ended the writing.
int write_all(int descriptor, const std::string& text) {
  if (is_silent) return 0;
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(descriptor, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    done += static_cast<std::size_t>(count);
  }
  return 0;
}

std::string two_digits(long value) { return (value < 10 ? "0" : "") + std::to_string(value); }

/// Characters, not bytes, of UTF-8 text.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Bytes of the UTF-8 character that begins there; 0: none does, or one that controls a terminal.
std::size_t character_at(const std::string& text, std::size_t begin) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(begin), second = byte(begin + 1);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(begin + i) & 0xc0) != 0x80) return 0;
  }
  // Control characters of Latin-1, other ways to write shorter ones, halves of UTF-16, beyond Unicode.
  const bool bad = (first == 0xc2 && second < 0xa0) || (first == 0xe0 && second < 0xa0) ||
                   (first == 0xed && second >= 0xa0) || (first == 0xf0 && second < 0x90) ||
                   (first == 0xf4 && second >= 0x90);
  return bad ? 0 : size;
}

std::string byte_text(char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return std::string("\\x") + kDigits[byte >> 4] + kDigits[byte & 15];
}

/// What of the text fits into so many bytes, control characters and broken ones as \xNN.
std::string escaped(const std::string& text, bool lines, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t size = lines && text[i] == '\n' ? 1 : character_at(text, i);
    const std::string next = size > 0 ? text.substr(i, size) : byte_text(text[i]);
    if (out.size() + next.size() > most) return out + "..";
    out += next;
    i += std::max<std::size_t>(size, 1);
  }
  return out;
}

}  // namespace

std::string printable(const std::string& text) { return escaped(text, true, text.max_size()); }

std::string quoted(const std::string& text) {
  constexpr std::size_t kMost = 100;
  return '"' + escaped(text, false, kMost) + '"';
}

void set_silent(bool silent) { is_silent = silent; }

void print(const std::string& text) {
  const int error = write_all(STDOUT_FILENO, text);
  if (error == EPIPE) throw ClosedPipe();
  if (error != 0) throw Error("standard output cannot be written: " + std::generic_category().message(error));
}

void complain(const std::string& line) { write_all(STDERR_FILENO, printable(line) + "\n"); }

void warn(const std::vector<std::string>& warnings, bool quiet) {
  for (const std::string& warning : warnings) {
    if (!quiet) complain("alfi: warning: " + warning);
  }
}

void write_text(const std::string& path, const std::string& text) {
  if (path == "-") return print(text);
  write_file_atomically(path, {text.begin(), text.end()});
}

void require_writable(const std::string& option, const std::string& path) {
  if (path.empty() || path == "-") return;
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path target = fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : fs::path(path);
  const fs::file_status status = fs::status(target, error);
  int why = 0;
  if (fs::is_directory(status)) {
    why = EISDIR;
  } else if (fs::exists(status) && !fs::is_regular_file(status)) {
    why = ::access(target.c_str(), W_OK) == 0 ? 0 : errno;
  } else {  // a new file takes the place of the old one: it is the directory that must let it
    const fs::path parent = target.has_parent_path() ? target.parent_path() : ".";
    why = ::access(parent.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
    if (why != ENOENT && !fs::is_directory(parent, error)) why = ENOTDIR;
  }
  if (why == 0) return;
  throw Error(option + " " + path + ": cannot be written: " + std::generic_category().message(why));
}

void make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!std::filesystem::is_directory(path)) {
    throw Error("--output " + path + ": the directory cannot be made" + (error ? ": " + error.message() : ""));
  }
}

std::string duration_text(double seconds) {
  if (seconds < 10) return number_text(seconds, 2) + "s";
  const long whole = static_cast<long>(std::min(seconds, 3.6e9) + 0.5);
  if (whole < 60) return std::to_string(whole) + "s";
  if (whole < 3600) return std::to_string(whole / 60) + "m" + two_digits(whole % 60) + "s";
  return std::to_string(whole / 3600) + "h" + two_digits(whole / 60 % 60) + "m";
}

std::string iterations_text(Index iterations, bool refined, const std::string& about) {
  const std::string refinement = about.empty() ? " and a refinement" : " and a refinement (" + about + ")";
  return counted(iterations, "iteration") + (refined ? refinement : "");
}

std::string refinements_text(Index learned, Index left_out, Index problems) {
  std::string text = learned > 0 ? "by a learned likelihood " + counted(learned, "time") : "";
  if (left_out > 0) text += (text.empty() ? "" : ", ") + ("left out " + counted(left_out, "time"));
  return text.empty() ? "by a local Gaussian" : text + " of " + std::to_string(problems);
}

std::string with_error_text(const MeanWithError& value, int digits) {
  const std::string mean = number_text(value.mean, digits);
  if (value.is_constant()) return mean;
  return mean + " +- " + number_text(value.standard_error, 2);
}

std::string bytes_text(double bytes) {
  const char* unit = "bytes";
  for (const char* larger : {"KiB", "MiB", "GiB", "TiB"}) {
    if (bytes < 1024) break;
    bytes /= 1024;
    unit = larger;
  }
  return number_text(bytes, 4) + " " + unit;
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  char buffer[32];
  return {buffer, std::strftime(buffer, sizeof buffer, "%Y-%m-%d %H:%M:%S", &parts)};
}

std::string table_text(const std::vector<Row>& rows, std::size_t left) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - width_of(row[i]), ' ');
      line += (i > 0 ? "  " : "") + (i < left ? row[i] + padding : padding + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace alfi::tools
