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

/// The first n elements, the rest 0.
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

/// sums[0..3] = the sums of the lanes of a, b, c, d: halves are added until four (or two) lanes are left, and those as
/// (0+2) + (1+3), the four vectors side by side.
typedef float Float4 __attribute__((vector_size(16)));
typedef double Double2 __attribute__((vector_size(16)));

template <class T, class Small>
inline __attribute__((always_inline)) Small fold(Vec<T> v) {
  constexpr int kParts = ALFI_VECTOR_BYTES / 16;
  Small part[kParts];
  __builtin_memcpy(part, &v, sizeof(v));
  if constexpr (kParts == 4) return (part[0] + part[2]) + (part[1] + part[3]);
  if constexpr (kParts == 2) return part[0] + part[1];
  return part[0];
}
inline __attribute__((always_inline)) void sum_lanes(Vec<float> a, Vec<float> b, Vec<float> c, Vec<float> d,
                                                     float* sums) {
  const Float4 a4 = fold<float, Float4>(a), b4 = fold<float, Float4>(b);
  const Float4 c4 = fold<float, Float4>(c), d4 = fold<float, Float4>(d);
  const Float4 ab = __builtin_shufflevector(a4, b4, 0, 4, 1, 5) + __builtin_shufflevector(a4, b4, 2, 6, 3, 7);
  const Float4 cd = __builtin_shufflevector(c4, d4, 0, 4, 1, 5) + __builtin_shufflevector(c4, d4, 2, 6, 3, 7);
  const Float4 sum = __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  __builtin_memcpy(sums, &sum, sizeof(sum));
}
inline __attribute__((always_inline)) void sum_lanes(Vec<double> a, Vec<double> b, Vec<double> c, Vec<double> d,
                                                     double* sums) {
  const Double2 a2 = fold<double, Double2>(a), b2 = fold<double, Double2>(b);
  const Double2 c2 = fold<double, Double2>(c), d2 = fold<double, Double2>(d);
  const Double2 ab = __builtin_shufflevector(a2, b2, 0, 2) + __builtin_shufflevector(a2, b2, 1, 3);
  const Double2 cd = __builtin_shufflevector(c2, d2, 0, 2) + __builtin_shufflevector(c2, d2, 1, 3);
  __builtin_memcpy(sums, &ab, sizeof(ab));
  __builtin_memcpy(sums + 2, &cd, sizeof(cd));
}
