// Part of dense.cpp only: the sums over rows of a set, and what their gradients become in front of the last activation.

/// row[i] = elements i of the four features that begin at p, `apart` from each other.
template <class T>
inline __attribute__((always_inline)) void four_rows(const T* p, Index apart, Four<T> (&row)[4]) {
  Four<T> v[4];
  unroll<4>([&](auto j) __attribute__((always_inline)) {
    __builtin_memcpy(&v[j.value], p + j.value * apart, sizeof(Four<T>));
  });
  const Four<T> low = __builtin_shufflevector(v[0], v[1], 0, 4, 1, 5),
                lower = __builtin_shufflevector(v[2], v[3], 0, 4, 1, 5);
  const Four<T> high = __builtin_shufflevector(v[0], v[1], 2, 6, 3, 7),
                higher = __builtin_shufflevector(v[2], v[3], 2, 6, 3, 7);
  row[0] = __builtin_shufflevector(low, lower, 0, 1, 4, 5);
  row[1] = __builtin_shufflevector(low, lower, 2, 3, 6, 7);
  row[2] = __builtin_shufflevector(high, higher, 0, 1, 4, 5);
  row[3] = __builtin_shufflevector(high, higher, 2, 3, 6, 7);
}

/// N times four features at once: independent sums hide the latency of the additions.
template <class T, int N>
inline __attribute__((always_inline)) void pool_features(const PooledRows<T>& p, Index f) {
  const T* kept = p.kept + f * p.stride;
  const Index apart = p.stride;
  Four<T> total[N];
  __builtin_memcpy(total, p.sums + f, sizeof(total));
  Index r = p.begin;
  for (; r + 4 <= p.end; r += 4) {
    unroll<N>([&](auto j) __attribute__((always_inline)) {
      Four<T> row[4];
      four_rows<T>(kept + 4 * j.value * apart + r, apart, row);
      unroll<4>([&](auto i) __attribute__((always_inline)) { total[j.value] += row[i.value]; });
    });
  }
  for (; r < p.end; ++r) {
    unroll<N>([&](auto j) __attribute__((always_inline)) {
      const T* four = kept + 4 * j.value * apart + r;
      total[j.value] += Four<T>{four[0], four[apart], four[2 * apart], four[3 * apart]};
    });
  }
  __builtin_memcpy(p.sums + f, total, sizeof(total));
}
template <class T>
void pool(const PooledRows<T>& p) {
  Index f = 0;
  for (; f + 16 <= p.features; f += 16) pool_features<T, 4>(p, f);
  for (; f + 4 <= p.features; f += 4) pool_features<T, 1>(p, f);
  for (; f < p.features; ++f) {
    T total = p.sums[f];
    for (Index r = p.begin; r < p.end; ++r) total += p.kept[f * p.stride + r];
    p.sums[f] = total;
  }
}

/// d_kept[f][r] = gradient(the set's value divided by count, kept[f][r]).
template <class T, class Gradient>
inline __attribute__((always_inline)) void spread(const PooledRows<T>& p, const Gradient& gradient) {
  for (Index f = 0; f < p.features; ++f) {
    const Vec<T> share = broadcast<T>(p.d_values[f] / p.count);
    const T* kept = p.kept + f * p.stride + p.begin;
    T* d = p.d_kept + f * p.stride + p.begin;
    for_vectors<T>(p.end - p.begin, [&](auto whole, Index r, Index n) {
      put<T, whole.value>(d + r, gradient(share, get<T, whole.value>(kept + r, n)), n);
    });
  }
}
template <class T>
void spread_tanh(const PooledRows<T>& p) {
  spread<T>(p, [](Vec<T> share, Vec<T> y) { return share * (T(1) - y * y); });
}
template <class T>
void spread_relu(const PooledRows<T>& p) {
  const Vec<T> zero{};
  spread<T>(p, [&](Vec<T> share, Vec<T> y) { return y > zero ? share : zero; });
}
