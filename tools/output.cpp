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

}  // namespace

void set_silent(bool silent) { is_silent = silent; }

void print(const std::string& text) {
  const int error = write_all(STDOUT_FILENO, text);
  if (error == EPIPE) throw ClosedPipe();
  if (error != 0) throw Error("standard output cannot be written: " + std::generic_category().message(error));
}

void complain(const std::string& line) { write_all(STDERR_FILENO, line + "\n"); }

void warn(const std::vector<std::string>& warnings, bool quiet) {
  for (const std::string& warning : warnings) {
    if (!quiet) complain("alfi: warning: " + warning);
  }
}

void write_text(const std::string& path, const std::string& text) {
  if (path == "-") return print(text);
  write_file_atomically(path, {text.begin(), text.end()});
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
