#pragma once
#include "alfi/kernels/stream_batch.hpp"

/// The vector code behind StreamBatch, compiled once per CPU level: one stream a lane.
/// Everything here is raw pointers, and every draw that of a Stream of its own, bit for bit.

namespace alfi {
inline namespace v0 {
namespace cpu {

/// A function writes whole vectors: array entries from count on hold anything.
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
