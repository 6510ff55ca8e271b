// Part of dense.cpp only: the level's vectors. Everything is in its anonymous namespace, so that nothing compiled for
// a level can be linked into another.

template <class T>
struct Lanes {
  static constexpr int kCount = ALFI_VECTOR_BYTES / static_cast<int>(sizeof(T));
  typedef T Vector __attribute__((vector_size(ALFI_VECTOR_BYTES)));
};
template <class T>
using Vec = typename Lanes<T>::Vector;

/// The integer as wide as T, and its vector.
template <class T>
struct Bits;
template <>
struct Bits<float> {
  using Integer = std::int32_t;
};
template <>
struct Bits<double> {
  using Integer = std::int64_t;
};
template <class T>
using IntVec = Vec<typename Bits<T>::Integer>;

template <class T>
inline __attribute__((always_inline)) Vec<T> load(const T* p) {
  Vec<T> v;
  __builtin_memcpy(&v, p, sizeof(v));
  return v;
}
template <class T>
inline __attribute__((always_inline)) void store(T* p, Vec<T> v) {
  __builtin_memcpy(p, &v, sizeof(v));
}
template <class T>
inline __attribute__((always_inline)) Vec<T> broadcast(T x) {
  return x - Vec<T>{};  // x - 0 is x, also for -0
}

/// body(Place<0>), ..., body(Place<N-1>): constant indices from the start, so that arrays of vectors live in registers.
template <int I>
struct Place {
  static constexpr int value = I;
};
template <class Body, int... I>
inline __attribute__((always_inline)) void unroll(std::integer_sequence<int, I...>, const Body& body) {
  (body(Place<I>{}), ...);
}
template <int N, class Body>
inline __attribute__((always_inline)) void unroll(const Body& body) {
  unroll(std::make_integer_sequence<int, N>{}, body);
}

/// load_part: the first n elements of p, the rest 0; store_part: the first n of v. 0 < n < lanes.
#if defined(__AVX512F__)
inline __attribute__((always_inline)) Vec<float> load_part(const float* p, Index n) {
  return (Vec<float>)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p);
}
inline __attribute__((always_inline)) Vec<double> load_part(const double* p, Index n) {
  return (Vec<double>)_mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << n) - 1), p);
}
inline __attribute__((always_inline)) void store_part(float* p, Vec<float> v, Index n) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), (__m512)v);
}
inline __attribute__((always_inline)) void store_part(double* p, Vec<double> v, Index n) {
  _mm512_mask_storeu_pd(p, static_cast<__mmask8>((1u << n) - 1), (__m512d)v);
}
#elif defined(__AVX2__)
inline __attribute__((always_inline)) __m256i first_lanes(Vec<float>, Index n) {
  return (__m256i)(IntVec<float>{0, 1, 2, 3, 4, 5, 6, 7} < static_cast<std::int32_t>(n));
}
inline __attribute__((always_inline)) __m256i first_lanes(Vec<double>, Index n) {
  return (__m256i)(IntVec<double>{0, 1, 2, 3} < static_cast<std::int64_t>(n));
}
inline __attribute__((always_inline)) Vec<float> load_part(const float* p, Index n) {
  return (Vec<float>)_mm256_maskload_ps(p, first_lanes(Vec<float>{}, n));
}
inline __attribute__((always_inline)) Vec<double> load_part(const double* p, Index n) {
  return (Vec<double>)_mm256_maskload_pd(p, first_lanes(Vec<double>{}, n));
}
inline __attribute__((always_inline)) void store_part(float* p, Vec<float> v, Index n) {
  _mm256_maskstore_ps(p, first_lanes(v, n), (__m256)v);
}
inline __attribute__((always_inline)) void store_part(double* p, Vec<double> v, Index n) {
  _mm256_maskstore_pd(p, first_lanes(v, n), (__m256d)v);
}
#else
template <class T>
inline Vec<T> load_part(const T* p, Index n) {
  T buffer[Lanes<T>::kCount] = {};
  for (Index i = 0; i < n; ++i) buffer[i] = p[i];
  return load<T>(buffer);
}
template <class T>
inline void store_part(T* p, Vec<T> v, Index n) {
  T buffer[Lanes<T>::kCount];
  store<T>(buffer, v);
  for (Index i = 0; i < n; ++i) p[i] = buffer[i];
}
#endif

/// Blocks of kBlock lanes consist of pieces of kPiece: low gets the first halves of all pieces, those of a's blocks and
/// behind them those of b's, block by block; high the second halves.
template <class T, int kPiece, int kBlock, int... I>
inline __attribute__((always_inline)) void split_pieces(Vec<T> a, Vec<T> b, Vec<T>& low, Vec<T>& high,
                                                        std::integer_sequence<int, I...>) {
  constexpr auto from = [](int lane) {
    const int in = lane % kBlock, own = in % (kBlock / 2), half = kPiece / 2;
    const int block = lane / kBlock * kBlock + (in < kBlock / 2 ? 0 : Lanes<T>::kCount);
    return block + own / half * kPiece + own % half;
  };
  low = __builtin_shufflevector(a, b, from(I)...);
  high = __builtin_shufflevector(a, b, from(I) + kPiece / 2 ...);
}
template <class T, int kPiece, int kBlock>
inline __attribute__((always_inline)) void split_pieces(Vec<T> a, Vec<T> b, Vec<T>& low, Vec<T>& high) {
  split_pieces<T, kPiece, kBlock>(a, b, low, high, std::make_integer_sequence<int, Lanes<T>::kCount>{});
}

/// Sums still spread over kPiece lanes each become spread over half as many.
template <class T, int kPiece, int kBlock>
inline __attribute__((always_inline)) Vec<T> add_halves(Vec<T> a, Vec<T> b) {
  Vec<T> low, high;
  split_pieces<T, kPiece, kBlock>(a, b, low, high);
  return low + high;
}

/// So many rows of four sums have their lanes added together.
constexpr int kSumRows = ALFI_VECTOR_BYTES / 16;
template <class T>
struct Fours {
  typedef T Vector __attribute__((vector_size(4 * sizeof(T))));
};
template <class T>
using Four = typename Fours<T>::Vector;

/// Sums that lie in 16 bytes each, those of v[0], v[1], ... behind each other.
template <class T>
inline __attribute__((always_inline)) Vec<T> fold(const Vec<T> (&v)[kSumRows]) {
  constexpr int kCount = Lanes<T>::kCount;
  if constexpr (kSumRows == 1) return v[0];
  if constexpr (kSumRows == 2) return add_halves<T, kCount, kCount>(v[0], v[1]);
  if constexpr (kSumRows == 4) {
    return add_halves<T, kCount / 2, kCount>(add_halves<T, kCount, kCount>(v[0], v[1]),
                                             add_halves<T, kCount, kCount>(v[2], v[3]));
  }
}

/// sums[i] = the sums of the lanes of column[0..3][i]: halves are added until 16 bytes are left, and again halves.
template <class T>
inline __attribute__((always_inline)) void sum_lanes(const Vec<T> (&column)[4][kSumRows], Four<T> (&sums)[kSumRows]) {
  constexpr int kBlock = 16 / static_cast<int>(sizeof(T));
  const Vec<T> a = fold<T>(column[0]), b = fold<T>(column[1]), c = fold<T>(column[2]), d = fold<T>(column[3]);
  if constexpr (kBlock == 4) {
    const Vec<T> all = add_halves<T, 2, 4>(add_halves<T, 4, 4>(a, b), add_halves<T, 4, 4>(c, d));
    // Not through memory: a load of part of what was just stored waits until the store is done.
    unroll<kSumRows>([&](auto i) __attribute__((always_inline)) {
      constexpr int kFirst = 4 * i.value;
      sums[i.value] = __builtin_shufflevector(all, all, kFirst, kFirst + 1, kFirst + 2, kFirst + 3);
    });
  } else {
    const Vec<T> left = add_halves<T, 2, 2>(a, b), right = add_halves<T, 2, 2>(c, d);
    for (int i = 0; i < kSumRows; ++i) sums[i] = Four<T>{left[2 * i], left[2 * i + 1], right[2 * i], right[2 * i + 1]};
  }
}

/// In place, the rows v[0], v[kStep], ... as many as there are pieces of kPiece lanes in a block: their pieces
/// transposed.
template <class T, int kPiece, int kBlock, int kStep>
inline __attribute__((always_inline)) void transpose_pieces(Vec<T>* v) {
  constexpr int kRows = kBlock / kPiece;
  static_assert(kRows == 1 || kRows == 2 || kRows == 4);
  Vec<T> low[2] = {v[0], v[(kRows / 2) * kStep]}, high[2] = {};
  if constexpr (kRows == 4) {
    split_pieces<T, kBlock, kBlock>(v[0], v[kStep], low[0], high[0]);
    split_pieces<T, kBlock, kBlock>(v[2 * kStep], v[3 * kStep], low[1], high[1]);
    split_pieces<T, 2 * kPiece, kBlock>(high[0], high[1], v[2 * kStep], v[3 * kStep]);
  }
  if constexpr (kRows >= 2) split_pieces<T, 2 * kPiece, kBlock>(low[0], low[1], v[0], v[kStep]);
}

/// As many rows as lanes: inside 16 bytes, then those as wholes.
template <class T>
inline __attribute__((always_inline)) void transpose(Vec<T> (&v)[Lanes<T>::kCount]) {
  constexpr int kCount = Lanes<T>::kCount, kInner = 16 / static_cast<int>(sizeof(T));
  unroll<kCount / kInner>([&](auto i) __attribute__((always_inline)) {
    transpose_pieces<T, 1, kInner, 1>(v + i.value * kInner);
  });
  unroll<kInner>([&](auto i)
                     __attribute__((always_inline)) { transpose_pieces<T, kInner, kCount, kInner>(v + i.value); });
}
