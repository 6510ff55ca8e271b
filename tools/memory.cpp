#include "memory.hpp"

#include <fstream>
#include <string>

#include "alfi/core/text.hpp"

namespace alfi::tools {

Index peak_memory() {
  const std::string key = "VmHWM:";  // "VmHWM:     41234 kB"
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(key, 0) != 0) continue;
    const std::size_t begin = line.find_first_not_of(" \t", key.size());
    if (begin == std::string::npos) return 0;
    Index kib = 0;
    return parse_number(line.substr(begin, line.find(' ', begin) - begin), kib) ? 1024 * kib : 0;
  }
  return 0;
}

}  // namespace alfi::tools
