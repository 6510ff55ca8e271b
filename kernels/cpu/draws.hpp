#pragma once
#include "alfi/core/angular_law.hpp"
#include "alfi/core/poisson_law.hpp"

/// The vector code behind StreamBatch (kernels/stream_batch.hpp), compiled once per CPU level: one stream a lane.
/// Everything here is raw pointers, and every draw that of a Stream of its own, bit for bit.

namespace alfi {
inline namespace v0 {
namespace cpu {

/// Places of an array of words or draws. A function writes whole vectors: those from count on hold anything.
constexpr Index kStreams = 64;

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

struct DrawTable {
  void (*block)(const StreamRow& streams, std::uint32_t block, StreamWords& words);
  void (*uniforms_double)(const std::uint64_t* w, Index count, double* u);
  /// Of two words each.
  void (*normals)(const std::uint64_t* u, const std::uint64_t* v, Index count, float* z);
  void (*normals_double)(const std::uint64_t* u, const std::uint64_t* v, Index count, double* z);
  void (*exponentials_double)(const std::uint64_t* u, Index count, double* x);
  /// AngularLaw::quantile of one word each, before it is put inside the support.
  void (*angular)(const AngularLaw& law, const std::uint64_t* w, Index count, double* c);
  /// The first draw of each stream: PoissonLaw::counted and rejected.
  void (*search)(const PoissonLaw& law, const StreamRow& streams, float* counts);
  void (*rejection)(const PoissonLaw& law, const StreamRow& streams, float* counts);
};

/// The chosen level's functions.
const DrawTable& draws();

}  // namespace cpu
}  // namespace v0
}  // namespace alfi
