// Part of dense.cpp only: exp, tanh, sigmoid and asinh on vectors; tanh and sigmoid are within 3 ulp (the tests hold
// them to it; 2.4 and 2.0 seen). sigmoid's argument is held at +-87 in float, +-708 in double. exp(x) - 1 = 2^n p(r) +
// (2^n - 1) with n = round(x / log 2), r = x - n log 2 and p the Taylor polynomial of exp(r) - 1 on |r| <= log(2)/2:
// the first omitted term is 1.5e-8 of r in float (r^8/8!), 4e-18 in double (r^15/15!).

template <class T>
struct ExpConstants;
template <>
struct ExpConstants<float> {
  static constexpr int kDegree = 7, kMantissa = 23, kBias = 127;
  static constexpr float kRound = 0x1.8p23f;
  static constexpr float kLog2High = 0x1.62ep-1f, kLog2Low = 0x1.0bfbe8p-15f;  // high: products with n are exact
  static constexpr float kLargest = 87.0f;                                     // exp stays finite
  static constexpr float kTanhLargest = 10.0f;                                 // its tanh rounds to 1
};
template <>
struct ExpConstants<double> {
  static constexpr int kDegree = 14, kMantissa = 52, kBias = 1023;
  static constexpr double kRound = 0x1.8p52;
  static constexpr double kLog2High = 0x1.62e42fefap-1, kLog2Low = 0x1.cf79abc9e3b39p-40;
  static constexpr double kLargest = 708.0;
  static constexpr double kTanhLargest = 21.0;
};

template <class T>
struct Exponential {
  Vec<T> power;     ///< 2^n
  Vec<T> fraction;  ///< exp(r) - 1
};

/// |x| <= kLargest.
template <class T>
inline __attribute__((always_inline)) Exponential<T> exponential(Vec<T> x) {
  using K = ExpConstants<T>;
  constexpr T kInverseLog2 = T(1.4426950408889634074);
  const Vec<T> shifted = x * kInverseLog2 + K::kRound;
  const Vec<T> n = shifted - K::kRound;
  const Vec<T> r = (x - n * K::kLog2High) - n * K::kLog2Low;
  T inverse[K::kDegree + 1] = {T(1), T(1)};  // 1 / k!
  for (int k = 2; k <= K::kDegree; ++k) inverse[k] = inverse[k - 1] / T(k);
  Vec<T> p = broadcast<T>(inverse[K::kDegree]);
#pragma GCC unroll 16
  for (int k = K::kDegree - 1; k >= 2; --k) p = p * r + inverse[k];
  const IntVec<T> bits = (IntVec<T>)shifted;  // the integer n is in the low bits of the mantissa
  return {(Vec<T>)((bits + K::kBias) << K::kMantissa), p * (r * r) + r};
}

template <class T>
inline __attribute__((always_inline)) Vec<T> sigmoid(Vec<T> x) {
  const Vec<T> limit = broadcast<T>(ExpConstants<T>::kLargest);
  x = x > limit ? limit : x;
  x = x < -limit ? -limit : x;
  const Exponential<T> e = exponential<T>(-x);
  return T(1) / (T(1) + (e.power * e.fraction + e.power));
}

/// With t = exp(2|x|) - 1: t / (t + 2), which keeps its relative accuracy near 0.
template <class T>
inline __attribute__((always_inline)) Vec<T> tanh(Vec<T> x) {
  const Vec<T> limit = broadcast<T>(ExpConstants<T>::kTanhLargest);
  const IntVec<T> sign = (IntVec<T>)broadcast<T>(T(-0.0));
  Vec<T> size = (Vec<T>)((IntVec<T>)x & ~sign);
  size = size > limit ? limit : size;
  const Exponential<T> e = exponential<T>(size + size);
  const Vec<T> t = e.power * e.fraction + (e.power - T(1));
  const Vec<T> magnitude = t / (t + T(2));
  return (Vec<T>)((IntVec<T>)magnitude | ((IntVec<T>)x & sign));
}

template <class T>
struct LogConstants;
template <>
struct LogConstants<float> {
  static constexpr int kTerms = 5, kNewton = 3;          // of the series below; of the inverse square root
  static constexpr std::int32_t kMagic = 0x5f375a86;     // first guess of 1/sqrt, off by 4 % at most
  static constexpr std::int32_t kHalfRoot = 0x3f3504f3;  // sqrt(1/2)
  static constexpr float kFurthest = 1e18f;              // its square stays finite
};
template <>
struct LogConstants<double> {
  static constexpr int kTerms = 11, kNewton = 4;
  static constexpr std::int64_t kMagic = 0x5fe6eb50c7b537a9;
  static constexpr std::int64_t kHalfRoot = 0x3fe6a09e667f3bcd;
  static constexpr double kFurthest = 1e150;
};

/// log(1 + t), t >= 0. With w = 1 + t = 2^k m, m near 1, and f = (m - 1)/(m + 1): log m = 2 (f + f^3/3 + ...), f^2 at
/// most 0.0295; what rounding took from w is given back to first order.
template <class T>
inline __attribute__((always_inline)) Vec<T> log1p(Vec<T> t) {
  using K = LogConstants<T>;
  using E = ExpConstants<T>;
  const Vec<T> w = T(1) + t, lost = (t - (w - T(1))) / w;
  const IntVec<T> k = ((IntVec<T>)w - K::kHalfRoot) >> E::kMantissa;
  const Vec<T> m = (Vec<T>)((IntVec<T>)w - (k << E::kMantissa));
  const Vec<T> f = (m - T(1)) / (m + T(1)), square = f * f;
  Vec<T> series = broadcast<T>(T(1) / T(2 * K::kTerms + 1));
#pragma GCC unroll 16
  for (int i = K::kTerms - 1; i >= 1; --i) series = series * square + T(1) / T(2 * i + 1);
  const Vec<T> log_m = T(2) * f + T(2) * f * (square * series);
  const Vec<T> n = __builtin_convertvector(k, Vec<T>);
  return n * E::kLog2High + (log_m + (n * E::kLog2Low + lost));
}

/// log(s + sqrt(1 + s^2)) = log1p(s + s^2 / (1 + sqrt(1 + s^2))) with s = |x|, held at kFurthest; within 4 ulp.
template <class T>
inline __attribute__((always_inline)) Vec<T> asinh(Vec<T> x) {
  using K = LogConstants<T>;
  const Vec<T> limit = broadcast<T>(K::kFurthest);
  const IntVec<T> sign = (IntVec<T>)broadcast<T>(T(-0.0));
  Vec<T> s = (Vec<T>)((IntVec<T>)x & ~sign);
  s = s > limit ? limit : s;
  const Vec<T> square = s * s, radicand = T(1) + square;
  Vec<T> inverse = (Vec<T>)(K::kMagic - ((IntVec<T>)radicand >> 1));
#pragma GCC unroll 8
  for (int i = 0; i < K::kNewton; ++i) {
    const Vec<T> half = T(0.5) * (radicand * inverse);
    inverse = inverse * (T(1.5) - half * inverse);
  }
  const Vec<T> root = radicand * inverse;
  const Vec<T> magnitude = log1p<T>(s + square / (T(1) + root));
  return (Vec<T>)((IntVec<T>)magnitude | ((IntVec<T>)x & sign));
}
