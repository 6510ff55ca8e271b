#include "alfi/kernels/stream_batch.hpp"

#include "alfi/kernels/cpu/draws.hpp"

namespace alfi {
inline namespace v0 {

StreamBatch::StreamBatch(Key key, SampleName name, Index size) : streams_{key, name, size}, draws_(&cpu::draws()) {}

const std::uint64_t* StreamBatch::next() {
  const std::uint32_t block = used_ / 4, word = used_ % 4;
  if (word == 0) draws_->block(streams_, block, words_[block % 2]);
  ++used_;
  return words_[block % 2].w[word];
}

void StreamBatch::words(std::uint32_t* w) {
  const std::uint64_t* word = next();
  for (Index i = 0; i < size(); ++i) w[i] = static_cast<std::uint32_t>(word[i]);
}

void StreamBatch::uniform(float* u) {
  const std::uint64_t* word = next();
  for (Index i = 0; i < size(); ++i) {
    u[i] = (static_cast<float>(static_cast<std::int32_t>(static_cast<std::uint32_t>(word[i]) >> 9)) + 0.5f) * 0x1p-23f;
  }
}

void StreamBatch::uniform_double(double* u) { draws_->uniforms_double(next(), size(), u); }

void StreamBatch::normal(float* z) {
  const std::uint64_t *u = next(), *v = next();
  draws_->normals(u, v, size(), z);
}

void StreamBatch::normal_double(double* z) {
  const std::uint64_t *u = next(), *v = next();
  draws_->normals_double(u, v, size(), z);
}

void StreamBatch::exponential_double(double* x) { draws_->exponentials_double(next(), size(), x); }

void StreamBatch::angular(const AngularLaw& law, float* c) {
  double found[kSize];
  draws_->angular(law, next(), size(), found);
  for (Index i = 0; i < size(); ++i) c[i] = law.inside(found[i]);
}

void StreamBatch::poisson(const PoissonLaw& law, float* counts) const {
  (law.search ? draws_->search : draws_->rejection)(law, streams_, counts);
}

}  // namespace v0
}  // namespace alfi
