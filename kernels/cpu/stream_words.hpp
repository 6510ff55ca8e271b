// Part of draws.cpp only: Philox4x32-10 with one stream a lane. A word is the lower half of a lane of 64 bits, which
// is what the product takes and what a double of 32 random bits needs; the upper half is never cleared.

constexpr int kWords = Lanes<std::uint64_t>::kCount;
using Word = Vec<std::uint64_t>;

/// Blocks that are computed side by side: their words fit the level's registers.
constexpr int kGroup = ALFI_VECTOR_BYTES == 64 ? 4 : 2;

template <class T>
struct VectorArithmetic {
  using Element = T;
  using Real = Vec<T>;
  using Bits = Vec<typename FloatFormat<T>::Bits>;
  static inline __attribute__((always_inline)) Bits bits(Real x) { return (Bits)x; }
  static inline __attribute__((always_inline)) Real real(Bits b) { return (Real)b; }
  static inline __attribute__((always_inline)) Real sqrt(Real x) {
#if defined(__AVX512F__) && ALFI_VECTOR_BYTES == 64
    if constexpr (sizeof(T) == 4) return (Real)_mm512_maskz_sqrt_ps(0xffff, (__m512)x);
    if constexpr (sizeof(T) == 8) return (Real)_mm512_maskz_sqrt_pd(0xff, (__m512d)x);
#elif defined(__AVX2__) && ALFI_VECTOR_BYTES == 32
    if constexpr (sizeof(T) == 4) return (Real)_mm256_sqrt_ps((__m256)x);
    if constexpr (sizeof(T) == 8) return (Real)_mm256_sqrt_pd((__m256d)x);
#elif defined(__SSE2__)
    if constexpr (sizeof(T) == 4) return (Real)_mm_sqrt_ps((__m128)x);
    if constexpr (sizeof(T) == 8) return (Real)_mm_sqrt_pd((__m128d)x);
#elif defined(__aarch64__)
    if constexpr (sizeof(T) == 4) return (Real)vsqrtq_f32((float32x4_t)x);
    if constexpr (sizeof(T) == 8) return (Real)vsqrtq_f64((float64x2_t)x);
#else
    Real root;
    for (int i = 0; i < Lanes<T>::kCount; ++i) root[i] = __builtin_sqrt(x[i]);
    return root;
#endif
  }
};

/// Words times m, in full.
inline __attribute__((always_inline)) Word product(Word words, std::uint32_t m) {
#if defined(__AVX512F__) && ALFI_VECTOR_BYTES == 64
  return (Word)_mm512_maskz_mul_epu32(0xff, (__m512i)words, _mm512_set1_epi64(m));
#elif defined(__AVX2__) && ALFI_VECTOR_BYTES == 32
  return (Word)_mm256_mul_epu32((__m256i)words, _mm256_set1_epi64x(m));
#elif defined(__SSE2__)
  return (Word)_mm_mul_epu32((__m128i)words, _mm_set1_epi64x(m));
#elif defined(__aarch64__)
  return (Word)vmull_n_u32(vmovn_u64((uint64x2_t)words), m);
#else
  return (words & 0xffffffffu) * std::uint64_t{m};
#endif
}

/// A block of kVectors vectors of streams.
template <int kVectors>
struct Block {
  Word w[4][kVectors];
};
template <int kVectors>
struct Offsets {
  Word of[kVectors];  ///< i of observation name.observation + i
};

template <int kVectors>
inline __attribute__((always_inline)) Offsets<kVectors> load_offsets(Index first) {
  Word lanes;
  for (int i = 0; i < kWords; ++i) lanes[i] = static_cast<std::uint64_t>(i);
  Offsets<kVectors> offsets;
  unroll<kVectors>([&](auto j) { offsets.of[j.value] = lanes + static_cast<std::uint64_t>(first + j.value * kWords); });
  return offsets;
}

inline __attribute__((always_inline)) Key next_round(Key key) {
  return {key.low + 0x9E3779B9u, key.high + 0xBB67AE85u};
}

/// Block `number` of each stream: philox4x32 of core/random.hpp. The counters differ in word 1 alone, so that half of
/// the first three rounds is the same for all.
template <int kVectors>
inline __attribute__((always_inline)) Block<kVectors> philox(const StreamRow& streams, std::uint32_t number,
                                                             const Offsets<kVectors>& offsets) {
  constexpr std::uint32_t kFirst = 0xD2511F53u, kSecond = 0xCD9E8D57u;
  constexpr std::uint64_t kLow = 0xffffffffu;
  const SampleName& name = streams.name;
  Key key = streams.key;
  const std::uint64_t a0 = std::uint64_t{kFirst} * number,
                      a1 = std::uint64_t{kSecond} * (name.iteration << 22 | name.proposal);
  const std::uint64_t all = a1 >> 32 ^ key.low, b1 = kSecond * ((a0 >> 32 ^ name.problem ^ key.high) & kLow);
  key = next_round(key);
  const std::uint64_t c0 = kFirst * ((b1 >> 32 ^ (a1 & kLow) ^ key.low) & kLow), third = (a0 & kLow) ^ key.high;
  key = next_round(key);
  Block<kVectors> c;
  unroll<kVectors>([&](auto place) {
    constexpr int j = place.value;
    const Word b0 = product((offsets.of[j] + std::uint64_t{name.observation}) ^ all, kFirst);
    const Word p1 = product((b0 >> 32) ^ third, kSecond);
    c.w[0][j] = (p1 >> 32) ^ ((b1 & kLow) ^ key.low);
    c.w[1][j] = p1;
    c.w[2][j] = b0 ^ (c0 >> 32 ^ key.high);
    c.w[3][j] = Word{} + c0;
  });
#pragma GCC unroll 7
  for (int round = 3; round < 10; ++round) {
    key = next_round(key);
    unroll<kVectors>([&](auto place) {
      constexpr int j = place.value;
      const Word p0 = product(c.w[0][j], kFirst), p1 = product(c.w[2][j], kSecond);
      c.w[0][j] = (p1 >> 32) ^ c.w[1][j] ^ std::uint64_t{key.low};
      c.w[1][j] = p1;
      c.w[2][j] = (p0 >> 32) ^ c.w[3][j] ^ std::uint64_t{key.high};
      c.w[3][j] = p0;
    });
  }
  return c;
}

/// Stream::uniform_double: 1 + u by its bits, exactly.
inline __attribute__((always_inline)) Vec<double> uniform(Word w) {
  return (Vec<double>)((w << 32) >> 12 | std::uint64_t{0x3ff0000000080000}) - 1.0;
}
/// Stream::uniform_wide.
inline __attribute__((always_inline)) Vec<double> uniform_wide(Word high, Word low) {
  return ((Vec<double>)((high << 32) >> 12 | (low << 32) >> 44 | std::uint64_t{0x3ff0000000000000}) - 1.0) + 0x1p-53;
}

/// The words of one vector of floats.
template <int... I>
inline __attribute__((always_inline)) Vec<std::uint32_t> lower_halves(const std::uint64_t* w,
                                                                      std::integer_sequence<int, I...>) {
  return __builtin_shufflevector((Vec<std::uint32_t>)load<std::uint64_t>(w),
                                 (Vec<std::uint32_t>)load<std::uint64_t>(w + kWords), (2 * I)...);
}
inline __attribute__((always_inline)) Vec<std::uint32_t> lower_halves(const std::uint64_t* w) {
  return lower_halves(w, std::make_integer_sequence<int, 2 * kWords>{});
}

/// body(Place<vectors>, first): groups of kGroup vectors and at last of fewer.
template <int kVectors, class Body>
inline __attribute__((always_inline)) void last_group(Index vectors, Index first, const Body& body) {
  if constexpr (kVectors > 0) {
    if (vectors == kVectors) return body(Place<kVectors>{}, first);
    last_group<kVectors - 1>(vectors, first, body);
  }
}
template <class Body>
inline __attribute__((always_inline)) void for_groups(Index count, const Body& body) {
  Index first = 0;
  for (; count - first > (kGroup - 1) * kWords; first += kGroup * kWords) body(Place<kGroup>{}, first);
  last_group<kGroup - 1>((count - first + kWords - 1) / kWords, first, body);
}
