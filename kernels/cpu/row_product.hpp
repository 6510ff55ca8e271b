// Part of dense.cpp only: RowProduct, the depth across lanes. A block of R by 4 sums of whole vectors stays in
// registers; at the end the lanes are added up.

#if defined(__AVX512F__)
constexpr int kRowBlock = 4;
#elif defined(__AVX2__)
constexpr int kRowBlock = 3;
#else
constexpr int kRowBlock = 2;
#endif
constexpr int kColBlock = 4;
/// Rows and columns of one chunk: its part of b stays in the first-level cache.
constexpr Index kRowChunk = 48, kColChunk = 32;

/// The ends of the rows of a and b that do not fill a vector, padded with 0.
template <class T>
struct RowEnds {
  T a[2][kRowChunk * Lanes<T>::kCount];
  T b[2][kColChunk * Lanes<T>::kCount];
};

template <class T>
void pad_ends(T* ends, const T* rows, Index count, Index row, Index depth) {
  constexpr Index kCount = Lanes<T>::kCount;
  const Index whole = depth / kCount * kCount;
  if (whole == depth) return;
  for (Index i = 0; i < count; ++i) store<T>(ends + i * kCount, load_part(rows + i * row + whole, depth - whole));
}

/// sum[i][j] += a[i] b[j], lane by lane; with kSums also sum[i][C] += a[i].
template <class T, int R, int C, bool kSums>
inline __attribute__((always_inline)) void add_vectors(Vec<T> (&sum)[R][kColBlock], const T* a, Index a_row, const T* b,
                                                       Index b_row, Index depth) {
  constexpr Index kCount = Lanes<T>::kCount;
  for (Index k = 0; k < depth; k += kCount) {
    Vec<T> left[R];
    unroll<R>([&](auto i) __attribute__((always_inline)) { left[i.value] = load<T>(a + i.value * a_row + k); });
    unroll<C>([&](auto j) __attribute__((always_inline)) {
      const Vec<T> right = load<T>(b + j.value * b_row + k);
      unroll<R>([&](auto i) __attribute__((always_inline)) { sum[i.value][j.value] += left[i.value] * right; });
    });
    if constexpr (kSums) {
      unroll<R>([&](auto i) __attribute__((always_inline)) { sum[i.value][C] += left[i.value]; });
    }
  }
}

/// c[row + i][col ..] of C sums each, i < kRows.
template <class T, int C, int kRows>
inline __attribute__((always_inline)) void finish_fours(const RowProduct<T>& p, Index row, Index col,
                                                        Four<T> (&sums)[kSumRows]) {
  constexpr std::size_t kBytes = C * sizeof(T);
  T* const c = p.c + row * p.c_row + col;
  const Index c_row = p.c_row;
  if (p.start == Start::accumulate) {
    unroll<kRows>([&](auto i) __attribute__((always_inline)) {
      Four<T> start{};
      __builtin_memcpy(&start, c + i.value * c_row, kBytes);
      sums[i.value] += start;
    });
  } else if (p.start == Start::bias) {
    Four<T> start{};
    __builtin_memcpy(&start, p.bias + col, kBytes);
    unroll<kRows>([&](auto i) __attribute__((always_inline)) { sums[i.value] += start; });
  }
  if (p.finish == Finish::relu) {
    const Four<T> zero{};
    unroll<kRows>([&](auto i)
                      __attribute__((always_inline)) { sums[i.value] = sums[i.value] > zero ? sums[i.value] : zero; });
  }
  unroll<kRows>([&](auto i)
                    __attribute__((always_inline)) { __builtin_memcpy(c + i.value * c_row, &sums[i.value], kBytes); });
}

/// Block at (row, col) of the chunk p. The rows' sums, too, are in place of a column behind the last.
template <class T, int R, int C, bool kSums>
__attribute__((noinline)) void row_product_block(const RowProduct<T>& p, const RowEnds<T>& ends, Index row, Index col) {
  constexpr Index kCount = Lanes<T>::kCount;
  Vec<T> sum[R][kColBlock] = {};
  unroll<2>([&](auto t) __attribute__((always_inline)) {
    const RowTerm<T>& term = p.term[t.value];
    const Index whole = term.depth / kCount * kCount;
    add_vectors<T, R, C, kSums>(sum, term.a + row * term.a_row, term.a_row, term.b + col * term.b_row, term.b_row,
                                whole);
    if (whole == term.depth) return;
    add_vectors<T, R, C, kSums>(sum, ends.a[t.value] + row * kCount, kCount, ends.b[t.value] + col * kCount, kCount,
                                kCount);
  });
  constexpr int kGroups = (R + kSumRows - 1) / kSumRows;
  unroll<kGroups>([&](auto group) __attribute__((always_inline)) {
    constexpr int kFirst = group.value * kSumRows, kRows = R - kFirst < kSumRows ? R - kFirst : kSumRows;
    Vec<T> column[4][kSumRows] = {};
    unroll<C + kSums>([&](auto j) __attribute__((always_inline)) {
      unroll<kRows>([&](auto i)
                        __attribute__((always_inline)) { column[j.value][i.value] = sum[kFirst + i.value][j.value]; });
    });
    Four<T> total[kSumRows];
    sum_lanes<T>(column, total);
    if constexpr (kSums) {
      unroll<kRows>([&](auto i)
                        __attribute__((always_inline)) { p.sums[row + kFirst + i.value] += total[i.value][C]; });
    }
    if constexpr (C > 0) finish_fours<T, C, kRows>(p, row + kFirst, col, total);
  });
}

template <class T, int C, bool kSums, int R = kRowBlock>
void row_product_rows(const RowProduct<T>& p, const RowEnds<T>& ends, Index row, Index col, Index rows) {
  if (rows >= R) return row_product_block<T, R, C, kSums>(p, ends, row, col);
  if constexpr (R > 1) row_product_rows<T, C, kSums, R - 1>(p, ends, row, col, rows);
}
template <class T, int C = kColBlock>
void row_product_cols(const RowProduct<T>& p, const RowEnds<T>& ends, Index row, Index col) {
  if constexpr (C < kColBlock) {
    if (p.cols - col == C && p.sums != nullptr) return row_product_rows<T, C, true>(p, ends, row, col, p.rows - row);
  }
  if constexpr (C > 0) {
    if (p.cols - col >= C) return row_product_rows<T, C, false>(p, ends, row, col, p.rows - row);
    row_product_cols<T, C - 1>(p, ends, row, col);
  }
}

template <class T>
void row_product_chunk(const RowProduct<T>& p) {
  RowEnds<T> ends;
  for (int t = 0; t < 2; ++t) {
    const RowTerm<T>& term = p.term[t];
    pad_ends<T>(ends.a[t], term.a, p.rows, term.a_row, term.depth);
    pad_ends<T>(ends.b[t], term.b, p.cols, term.b_row, term.depth);
  }
  const Index cols = p.sums == nullptr ? p.cols : p.cols + 1;
  for (Index row = 0; row < p.rows; row += kRowBlock) {
    for (Index col = 0; col < cols; col += kColBlock) row_product_cols<T>(p, ends, row, col);
  }
}

/// Without columns there may be sums: a chunk of none.
template <class T>
void row_product(const RowProduct<T>& whole) {
  for (Index row = 0; row < whole.rows; row += kRowChunk) {
    for (Index col = 0; col == 0 || col < whole.cols; col += kColChunk) {
      RowProduct<T> chunk = whole;
      chunk.rows = whole.rows - row < kRowChunk ? whole.rows - row : kRowChunk;
      chunk.cols = whole.cols - col < kColChunk ? whole.cols - col : kColChunk;
      for (RowTerm<T>& term : chunk.term) {
        term.a += row * term.a_row;
        term.b += col * term.b_row;
      }
      chunk.c += row * whole.c_row + col;
      if (whole.start == Start::bias) chunk.bias += col;
      chunk.sums = whole.sums != nullptr && col + chunk.cols == whole.cols ? whole.sums + row : nullptr;
      row_product_chunk<T>(chunk);
    }
  }
}
