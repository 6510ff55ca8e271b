#pragma once
#include <cstddef>
#include <vector>

/// The roof over work that only moves numbers, on one core.

namespace bench {

/// Two arrays, `bytes` together, at the start of cache lines and of different cache sets.
class Copy {
 public:
  explicit Copy(std::size_t bytes);
  void run();          ///< one to the other
  bool right() const;  ///< whether it arrived

 private:
  std::size_t half_;
  std::vector<char> memory_;
  char *from_, *to_;
};

/// Such copies' bytes read and written, GB/s, the best of many rounds. Measured once for each size. The roof of a
/// kernel is that of as many bytes as it works on: it depends on the cache they fit.
double copy_peak(std::size_t bytes);

}  // namespace bench
