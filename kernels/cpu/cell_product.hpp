// Part of dense.cpp only: CellProduct, columns across lanes. b is written transposed first, in panels of some vectors
// of columns; then a block of rows by a panel's vectors stays in registers over both sums.

/// packed[k][j] = b[j][k] of one vector of columns j, packed_row apart; columns behind the last are 0.
template <class T>
void pack_columns(const RowTerm<T>& term, Index cols, T* packed, Index packed_row) {
  constexpr Index kCount = Lanes<T>::kCount;
  for (Index k = 0; k < term.depth; k += kCount) {
    const Index n = term.depth - k < kCount ? term.depth - k : kCount;
    Vec<T> v[kCount];
    unroll<static_cast<int>(kCount)>([&](auto j) __attribute__((always_inline)) {
      const T* from = term.b + j.value * term.b_row + k;
      v[j.value] = j.value >= cols ? Vec<T>{} : n == kCount ? load<T>(from) : load_part(from, n);
    });
    transpose<T>(v);
    unroll<static_cast<int>(kCount)>([&](auto i) __attribute__((always_inline)) {
      if (i.value < n) store<T>(packed + (k + i.value) * packed_row, v[i.value]);
    });
  }
}

/// R rows from `row` on of the panel of N vectors that begins at `col`; last: elements of the last vector.
template <class T, int R, int N>
__attribute__((noinline)) void cell_block(const CellProduct<T>& p, Index row, Index col, Index last) {
  constexpr Index kCount = Lanes<T>::kCount;
  Vec<T> sum[R][N];
  unroll<N>([&](auto j) __attribute__((always_inline)) {
    const T* bias = p.bias + col + j.value * kCount;
    const Vec<T> start = j.value < N - 1 || last == kCount ? load<T>(bias) : load_part(bias, last);
    unroll<R>([&](auto i) __attribute__((always_inline)) { sum[i.value][j.value] = start; });
  });
  const T* b = p.packed + col * (p.term[0].depth + p.term[1].depth);
  for (const RowTerm<T>& term : p.term) {
    const T* a = term.a + row * term.a_row;
    const Index a_row = term.a_row;
    for (Index k = term.depth; k > 0; --k) {
      add_outer<T, R, N>(sum, a, a_row, b);
      ++a;
      b += N * kCount;
    }
  }
  unroll<R>([&](auto i) __attribute__((always_inline)) {
    unroll<N>([&](auto j) __attribute__((always_inline)) {
      T* c = p.c + (row + i.value) * p.c_row + col + j.value * kCount;
      if (j.value < N - 1 || last == kCount) {
        store<T>(c, sum[i.value][j.value]);
      } else {
        store_part(c, sum[i.value][j.value], last);
      }
    });
  });
}

template <class T, int N, int R = kBlockRows>
void cell_rows(const CellProduct<T>& p, Index row, Index rows, Index col, Index last) {
  if (rows == R) return cell_block<T, R, N>(p, row, col, last);
  if constexpr (R > 1) cell_rows<T, N, R - 1>(p, row, rows, col, last);
}
template <class T, int N = kBlockVectors>
void cell_panel(const CellProduct<T>& p, Index row, Index rows, Index col, Index vectors, Index last) {
  if (vectors == N) return cell_rows<T, N>(p, row, rows, col, last);
  if constexpr (N > 1) cell_panel<T, N - 1>(p, row, rows, col, vectors, last);
}

/// body(column, vectors, elements of the last vector) for every panel.
template <class T, class Body>
inline __attribute__((always_inline)) void for_panels(Index cols, const Body& body) {
  constexpr Index kCount = Lanes<T>::kCount, kPanel = kBlockVectors * kCount;
  for (Index col = 0; col < cols; col += kPanel) {
    const Index width = cols - col < kPanel ? cols - col : kPanel, vectors = (width + kCount - 1) / kCount;
    body(col, vectors, width - (vectors - 1) * kCount);
  }
}

template <class T>
void cell_product(const CellProduct<T>& p) {
  constexpr Index kCount = Lanes<T>::kCount;
  for_panels<T>(
      p.cols, [&](Index col, Index vectors, Index last) __attribute__((always_inline)) {
        T* packed = p.packed + col * (p.term[0].depth + p.term[1].depth);
        for (const RowTerm<T>& term : p.term) {
          for (Index v = 0; v < vectors; ++v) {
            RowTerm<T> part = term;
            part.b += (col + v * kCount) * term.b_row;
            pack_columns<T>(part, v < vectors - 1 ? kCount : last, packed + v * kCount, vectors * kCount);
          }
          packed += term.depth * vectors * kCount;
        }
      });
  for (Index from = 0; from < p.rows; from += kRowChunk) {
    const Index to = p.rows - from < kRowChunk ? p.rows : from + kRowChunk;
    for_panels<T>(
        p.cols, [&](Index col, Index vectors, Index last) __attribute__((always_inline)) {
          for (Index row = from; row < to; row += kBlockRows) {
            cell_panel<T>(p, row, to - row < kBlockRows ? to - row : kBlockRows, col, vectors, last);
          }
        });
  }
}
