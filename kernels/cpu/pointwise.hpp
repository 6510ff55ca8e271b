// Part of dense.cpp only: elementwise work. Ends that do not fill a vector run through the same code, padded with 0.

template <class T, bool kWhole>
inline __attribute__((always_inline)) Vec<T> get(const T* p, Index n) {
  if constexpr (kWhole) return load<T>(p);
  return load_part(p, n);
}
template <class T, bool kWhole>
inline __attribute__((always_inline)) void put(T* p, Vec<T> v, Index n) {
  if constexpr (kWhole) return store<T>(p, v);
  store_part(p, v, n);
}

template <bool kWhole>
struct Whole {
  static constexpr bool value = kWhole;
};

/// body(whole, position, count) for every vector of size elements.
template <class T, class Body>
inline __attribute__((always_inline)) void for_vectors(Index size, const Body& body) {
  constexpr Index kCount = Lanes<T>::kCount;
  Index i = 0;
  for (; i + kCount <= size; i += kCount) body(Whole<true>{}, i, kCount);
  if (i < size) body(Whole<false>{}, i, size - i);
}

template <class T>
void tanh_all(T* values, Index size) {
  for_vectors<T>(size, [&](auto whole, Index i, Index n) {
    put<T, whole.value>(values + i, tanh<T>(get<T, whole.value>(values + i, n)), n);
  });
}
template <class T>
void sigmoid_all(T* values, Index size) {
  for_vectors<T>(size, [&](auto whole, Index i, Index n) {
    put<T, whole.value>(values + i, sigmoid<T>(get<T, whole.value>(values + i, n)), n);
  });
}
template <class T>
void asinh_all(T* values, Index size) {
  for_vectors<T>(size, [&](auto whole, Index i, Index n) {
    put<T, whole.value>(values + i, asinh<T>(get<T, whole.value>(values + i, n)), n);
  });
}
template <class T>
void relu_gradient(T* d_y, const T* y, Index size) {
  for (Index i = 0; i < size; ++i) d_y[i] = y[i] > T(0) ? d_y[i] : T(0);
}
template <class T>
void tanh_gradient(T* d_y, const T* y, Index size) {
  for (Index i = 0; i < size; ++i) d_y[i] *= T(1) - y[i] * y[i];
}

template <class T>
void column_sums(T* sums, const T* a, Index rows, Index cols, Index a_row) {
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < cols; ++j) sums[j] += a[i * a_row + j];
  }
}
