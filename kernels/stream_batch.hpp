#pragma once
#include "alfi/core/angular_law.hpp"
#include "alfi/core/poisson_law.hpp"

/// Draws for many samples at once, on a CPU.

namespace alfi {
inline namespace v0 {
namespace cpu {

constexpr Index kStreams = 64;  ///< at once

/// The streams of observations name.observation + i, i < count <= kStreams.
struct StreamRow {
  Key key;
  SampleName name;
  Index count;
};

/// A block of each stream. A word is the lower half of its entry; the upper half holds anything.
struct StreamWords {
  alignas(64) std::uint64_t w[4][kStreams];
};

struct DrawTable;

}  // namespace cpu

/// The streams of up to kSize neighbouring observations, drawn from in step: entry i of every draw is what
/// Stream(key, {name, observation name.observation + i}) gives, bit for bit, on every CPU level. The functions are
/// Stream's (core/random.hpp), each taking as many words. Arrays have kSize entries; those from size() on hold
/// anything.
class StreamBatch {
 public:
  static constexpr Index kSize = cpu::kStreams;

  /// size from 0 to kSize.
  StreamBatch(Key key, SampleName name, Index size);

  Index size() const { return streams_.count; }

  void words(std::uint32_t* w);
  void uniform(float* u);
  void uniform_double(double* u);
  void normal(float* z);
  void normal_double(double* z);
  void exponential_double(double* x);
  /// law.quantile(uniform_double()).
  void angular(const AngularLaw& law, float* c);

  /// law.draw() of each stream, which nothing may have been drawn from. Takes as many words as each draw needs:
  /// the batch is at no common place then, and done with.
  void poisson(const PoissonLaw& law, float* counts) const;

 private:
  const std::uint64_t* next();

  cpu::StreamRow streams_;
  const cpu::DrawTable* draws_;
  cpu::StreamWords words_[2];  ///< of even and of odd blocks: a draw's words may be in two
  std::uint32_t used_ = 0;     ///< words of each stream
};

}  // namespace v0
}  // namespace alfi
