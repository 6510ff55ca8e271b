#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/peers/highway.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include "bench/peers/highway.hpp"

HWY_BEFORE_NAMESPACE();
namespace peer {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using Float = hn::ScalableTag<float>;
using Vec = hn::Vec<Float>;

/// Four vectors of a row: an array of vectors is not for every target.
struct Four {
  Vec v0, v1, v2, v3;
};
HWY_INLINE Four broadcast(float x) {
  const Vec v = hn::Set(Float(), x);
  return {v, v, v, v};
}
HWY_INLINE void add(Four& sum, float a, const Four& b) {
  const Vec left = hn::Set(Float(), a);
  sum.v0 = hn::MulAdd(left, b.v0, sum.v0);
  sum.v1 = hn::MulAdd(left, b.v1, sum.v1);
  sum.v2 = hn::MulAdd(left, b.v2, sum.v2);
  sum.v3 = hn::MulAdd(left, b.v3, sum.v3);
}
HWY_INLINE Four load(const float* from) {
  const Float d;
  const size_t n = hn::Lanes(d);
  return {hn::LoadU(d, from), hn::LoadU(d, from + n), hn::LoadU(d, from + 2 * n), hn::LoadU(d, from + 3 * n)};
}
HWY_INLINE void store_relu(const Four& sum, float* to) {
  const Float d;
  const size_t n = hn::Lanes(d);
  const Vec zero = hn::Zero(d);
  hn::StoreU(hn::Max(sum.v0, zero), d, to);
  hn::StoreU(hn::Max(sum.v1, zero), d, to + n);
  hn::StoreU(hn::Max(sum.v2, zero), d, to + 2 * n);
  hn::StoreU(hn::Max(sum.v3, zero), d, to + 3 * n);
}

/// kRows (5 or 6) rows by four vectors of columns, in registers over the whole depth: as in kernels/cpu/product.hpp.
template <int kRows>
HWY_NOINLINE void block(const Layer& p, long row, long column) {
  const float* a = p.a + row * p.depth;
  const float* b = p.b + column;
  const float* const bias = p.bias + row;
  Four s0 = broadcast(bias[0]), s1 = broadcast(bias[1]), s2 = broadcast(bias[2]), s3 = broadcast(bias[3]),
       s4 = broadcast(bias[4]), s5 = broadcast(kRows > 5 ? bias[kRows - 1] : 0.0f);
  for (long k = 0; k < p.depth; ++k, ++a, b += p.cols) {
    const Four right = load(b);
    add(s0, a[0], right);
    add(s1, a[p.depth], right);
    add(s2, a[2 * p.depth], right);
    add(s3, a[3 * p.depth], right);
    add(s4, a[4 * p.depth], right);
    if (kRows > 5) add(s5, a[5 * p.depth], right);
  }
  float* const c = p.c + row * p.cols + column;
  store_relu(s0, c);
  store_relu(s1, c + p.cols);
  store_relu(s2, c + 2 * p.cols);
  store_relu(s3, c + 3 * p.cols);
  store_relu(s4, c + 4 * p.cols);
  if (kRows > 5) store_relu(s5, c + 5 * p.cols);
}

void layer(const Layer& p) {
  const long width = 4 * static_cast<long>(hn::Lanes(Float()));
  const long blocks = (p.rows + 5) / 6, more = p.rows % blocks;
  for (long column = 0; column < p.cols; column += width) {
    for (long i = 0, row = 0; i < blocks; row += i++ < more ? 6 : 5) {
      i < more ? block<6>(p, row, column) : block<5>(p, row, column);
    }
  }
}

void tanh(float* values, long size) {
  const Float d;
  const long n = static_cast<long>(hn::Lanes(d));
  for (long i = 0; i < size; i += n) hn::StoreU(hn::Tanh(d, hn::LoadU(d, values + i)), d, values + i);
}

const char* level() { return hwy::TargetName(HWY_TARGET); }

}  // namespace HWY_NAMESPACE
}  // namespace peer
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peer {
HWY_EXPORT(layer);
HWY_EXPORT(tanh);
HWY_EXPORT(level);
void layer(const Layer& p) { HWY_DYNAMIC_DISPATCH(layer)(p); }
void tanh(float* values, long size) { HWY_DYNAMIC_DISPATCH(tanh)(values, size); }
const char* level() { return HWY_DYNAMIC_DISPATCH(level)(); }
}  // namespace peer
#endif
