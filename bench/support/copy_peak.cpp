#include "support/copy_peak.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>

namespace bench {
namespace {

constexpr std::size_t kLine = 64, kApart = 17 * kLine;  // the lower 12 bits of the addresses differ

double measure(std::size_t bytes) {
  using Clock = std::chrono::steady_clock;
  Copy copy(bytes);
  const std::size_t copies = std::max<std::size_t>((std::size_t{1} << 23) / bytes, 1);  // a round: 50 us or more
  const int rounds = bytes > (std::size_t{1} << 26) ? 10 : 100;
  double best = 1e9;
  for (int round = 0; round < rounds; ++round) {
    const auto start = Clock::now();
    for (std::size_t i = 0; i < copies; ++i) copy.run();
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return 1e-9 * static_cast<double>(bytes * copies) / best;
}

}  // namespace

Copy::Copy(std::size_t bytes) : half_(std::max<std::size_t>(bytes / 2, 1)), memory_(2 * half_ + 3 * kApart, 1) {
  const std::size_t past = reinterpret_cast<std::uintptr_t>(memory_.data()) % kLine;
  from_ = memory_.data() + (kLine - past) % kLine;
  to_ = from_ + (half_ + kLine - 1) / kLine * kLine + kApart;
  std::memset(from_, 3, half_);
}

void Copy::run() {
  std::memcpy(to_, from_, half_);
  asm volatile("" : : "r"(to_) : "memory");  // every copy counts
}

bool Copy::right() const { return std::memcmp(from_, to_, half_) == 0; }

double copy_peak(std::size_t bytes) {
  static std::map<std::size_t, double> measured;
  const auto found = measured.find(bytes);
  return found != measured.end() ? found->second : measured.emplace(bytes, measure(bytes)).first->second;
}

}  // namespace bench
