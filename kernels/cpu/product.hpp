// Part of dense.cpp only: Product, columns across lanes. A block of R rows by N vectors of c stays in registers over
// the whole depth; a is broadcast, b is loaded once per block.

/// Depth of one pass: keeps the columns of b at hand in the first-level cache.
constexpr Index kDepth = 256;

#if defined(__AVX512F__)
constexpr int kBlockRows = 6, kBlockVectors = 4;
#elif defined(__AVX2__)
constexpr int kBlockRows = 6, kBlockVectors = 2;
#else
constexpr int kBlockRows = 4, kBlockVectors = 2;
#endif

template <class T, int R, int N>
inline __attribute__((always_inline)) void start_block(const Product<T>& p, Vec<T> (&sum)[R][N]) {
  constexpr Index kCount = Lanes<T>::kCount;
  if (p.start == Start::accumulate) {
    unroll<R>([&](auto i) __attribute__((always_inline)) {
      unroll<N>([&](auto j) __attribute__((always_inline)) {
        sum[i.value][j.value] = load<T>(p.c + i.value * p.c_row + j.value * kCount);
      });
    });
    return;
  }
  unroll<R>([&](auto i) __attribute__((always_inline)) {
    const Vec<T> bias = broadcast<T>(p.start == Start::bias ? p.bias[i.value] : T(0));
    unroll<N>([&](auto j) __attribute__((always_inline)) { sum[i.value][j.value] = bias; });
  });
}

template <class T, int R, int N>
inline __attribute__((always_inline)) void finish_block(const Product<T>& p, const Vec<T> (&sum)[R][N]) {
  constexpr Index kCount = Lanes<T>::kCount;
  const Vec<T> zero{};
  const auto for_each = [&](auto finish) __attribute__((always_inline)) {
    unroll<R>([&](auto i) __attribute__((always_inline)) {
      unroll<N>([&](auto j) __attribute__((always_inline)) {
        const Index at = i.value * p.c_row + j.value * kCount;
        store<T>(p.c + at, finish(sum[i.value][j.value], at));
      });
    });
  };
  if (p.finish == Finish::relu) {
    for_each([&](Vec<T> v, Index) __attribute__((always_inline)) { return v > zero ? v : zero; });
  } else if (p.finish == Finish::gate) {
    for_each([&](Vec<T> v, Index at) __attribute__((always_inline)) { return load<T>(p.gate + at) > zero ? v : zero; });
  } else {
    for_each([&](Vec<T> v, Index) __attribute__((always_inline)) { return v; });
  }
}

/// sum[i][j] += a[i] b[j], the elements of a a_row apart.
template <class T, int R, int N>
inline __attribute__((always_inline)) void add_outer(Vec<T> (&sum)[R][N], const T* a, Index a_row, const T* b) {
  Vec<T> right[N];
  unroll<N>([&](auto j) __attribute__((always_inline)) { right[j.value] = load<T>(b + j.value * Lanes<T>::kCount); });
  unroll<R>([&](auto i) __attribute__((always_inline)) {
    const Vec<T> left = broadcast<T>(a[i.value * a_row]);
    unroll<N>([&](auto j) __attribute__((always_inline)) { sum[i.value][j.value] += left * right[j.value]; });
  });
}

template <class T, int R, int N>
__attribute__((noinline)) void product_block(const Product<T>& p) {
  Vec<T> sum[R][N];
  start_block<T, R, N>(p, sum);
  const T* a = p.a;
  const T* b = p.b;
  const Index a_row = p.a_row, a_col = p.a_col, b_row = p.b_row;
  for (Index k = p.depth; k > 0; --k) {
    add_outer<T, R, N>(sum, a, a_row, b);
    a += a_col;
    b += b_row;
  }
  finish_block<T, R, N>(p, sum);
}

template <class T, int N, int R = kBlockRows>
void product_rows(const Product<T>& p, Index rows) {
  if (rows == R) return product_block<T, R, N>(p);
  if constexpr (R > 1) product_rows<T, N, R - 1>(p, rows);
}

/// All rows of N vectors of columns, in blocks as even as can be.
template <class T, int N>
void product_panel(Product<T> p) {
  const Index blocks = (p.rows + kBlockRows - 1) / kBlockRows;
  const Index least = p.rows / blocks, more = p.rows % blocks;  // the first blocks get one row more
  for (Index block = 0; block < blocks; ++block) {
    const Index rows = block < more ? least + 1 : least;
    product_rows<T, N>(p, rows);
    p.a += rows * p.a_row;
    p.c += rows * p.c_row;
    if (p.start == Start::bias) p.bias += rows;
    if (p.finish == Finish::gate) p.gate += rows * p.c_row;
  }
}

template <class T, int N = kBlockVectors>
void product_panels(const Product<T>& p, Index vectors) {
  if (vectors >= N) return product_panel<T, N>(p);
  if constexpr (N > 1) product_panels<T, N - 1>(p, vectors);
}

/// The last columns, fewer than a vector: through zero-padded copies of b and c.
template <class T>
void product_tail(Product<T> p) {
  constexpr Index kCount = Lanes<T>::kCount;
  T b[kDepth * kCount], c[kBlockRows * kCount];
  for (Index k = 0; k < p.depth; ++k) store<T>(b + k * kCount, load_part(p.b + k * p.b_row, p.cols));
  Product<T> padded = p;
  padded.b = b;
  padded.b_row = kCount;
  padded.c = c;
  padded.c_row = kCount;
  for (Index i = 0; i < p.rows; i += kBlockRows) {
    padded.rows = p.rows - i < kBlockRows ? p.rows - i : kBlockRows;
    padded.a = p.a + i * p.a_row;
    if (p.start == Start::bias) padded.bias = p.bias + i;
    for (Index j = 0; j < padded.rows && p.start == Start::accumulate; ++j) {
      store<T>(c + j * kCount, load_part(p.c + (i + j) * p.c_row, p.cols));
    }
    product_rows<T, 1>(padded, padded.rows);
    for (Index j = 0; j < padded.rows; ++j) store_part(p.c + (i + j) * p.c_row, load<T>(c + j * kCount), p.cols);
  }
}

template <class T>
void product_pass(Product<T> p) {
  constexpr Index kCount = Lanes<T>::kCount;
  while (p.cols >= kCount) {
    const Index vectors = p.cols / kCount < kBlockVectors ? p.cols / kCount : kBlockVectors;
    product_panels<T>(p, vectors);
    p.cols -= vectors * kCount;
    p.b += vectors * kCount;
    p.c += vectors * kCount;
    if (p.finish == Finish::gate) p.gate += vectors * kCount;
  }
  if (p.cols > 0) product_tail<T>(p);
}

template <class T>
void product(const Product<T>& whole) {
  if (whole.rows == 0 || whole.cols == 0) return;
  Product<T> p = whole;
  Index left = whole.depth;
  do {
    p.depth = left < kDepth ? left : kDepth;
    left -= p.depth;
    p.finish = left == 0 ? whole.finish : Finish::none;
    product_pass<T>(p);
    p.start = Start::accumulate;
    p.a += p.depth * p.a_col;
    p.b += p.depth * p.b_row;
  } while (left > 0);
}
