// Part of dense.cpp only: exp, tanh and sigmoid on vectors; tanh and sigmoid are within 3 ulp (the tests hold them to
// it; 2.4 and 2.0 seen). sigmoid's argument is held at +-87 in float, +-708 in double.
// exp(x) - 1 = 2^n p(r) + (2^n - 1) with n = round(x / log 2), r = x - n log 2 and p the Taylor polynomial of exp(r) -
// 1 on |r| <= log(2)/2: the first omitted term is 1.5e-8 of r in float (r^8/8!), 4e-18 in double (r^15/15!).

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
