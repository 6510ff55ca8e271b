#pragma once
#include "alfi/simulators/functor.hpp"

/// A simulator that shows what it draws.

namespace alfi_test {

/// Six words of its stream, more than one block of Philox, as 12 numbers of 16 bits each: floats hold them exactly.
struct WordsSimulator {
  static constexpr int kWords = 6;
  struct Prepared {};

  ALFI_HD Prepared prepare(const float*) const { return {}; }
  ALFI_HD alfi::Status operator()(const Prepared&, alfi::Stream& random, float* x) const {
    for (int i = 0; i < kWords; ++i) {
      const std::uint32_t word = random.word();
      x[2 * i] = static_cast<float>(word & 0xffffu);
      x[2 * i + 1] = static_cast<float>(word >> 16);
    }
    return alfi::Status::ok;
  }
};

/// With code for a GPU, compiled here and not in the library, as a user's would be.
alfi::Simulator make_words();

}  // namespace alfi_test
