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

/// Some vectors of columns from col on, of the last of which only so many elements exist, and where they are packed.
template <class T>
struct Panel {
  Index col, vectors, last;
  T* packed;
};

template <class T>
void pack_panel(const CellProduct<T>& p, const Panel<T>& panel) {
  constexpr Index kCount = Lanes<T>::kCount;
  T* packed = panel.packed;
  for (const RowTerm<T>& term : p.term) {
    for (Index v = 0; v < panel.vectors; ++v) {
      RowTerm<T> part = term;
      part.b += (panel.col + v * kCount) * term.b_row;
      pack_columns<T>(part, v < panel.vectors - 1 ? kCount : panel.last, packed + v * kCount, panel.vectors * kCount);
    }
    packed += term.depth * panel.vectors * kCount;
  }
}

/// R rows from `row` on of a panel of N vectors.
template <class T, int R, int N>
__attribute__((noinline)) void cell_block(const CellProduct<T>& p, const Panel<T>& panel, Index row) {
  constexpr Index kCount = Lanes<T>::kCount;
  Vec<T> sum[R][N];
  unroll<N>([&](auto j) __attribute__((always_inline)) {
    const T* bias = p.bias + panel.col + j.value * kCount;
    const Vec<T> start = j.value < N - 1 || panel.last == kCount ? load<T>(bias) : load_part(bias, panel.last);
    unroll<R>([&](auto i) __attribute__((always_inline)) { sum[i.value][j.value] = start; });
  });
  const T* b = panel.packed;
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
      T* c = p.c + (row + i.value) * p.c_row + panel.col + j.value * kCount;
      if (j.value < N - 1 || panel.last == kCount) {
        store<T>(c, sum[i.value][j.value]);
      } else {
        store_part(c, sum[i.value][j.value], panel.last);
      }
    });
  });
}

template <class T, int N, int R = kBlockRows>
void cell_rows(const CellProduct<T>& p, const Panel<T>& panel, Index row, Index rows) {
  if (rows == R) return cell_block<T, R, N>(p, panel, row);
  if constexpr (R > 1) cell_rows<T, N, R - 1>(p, panel, row, rows);
}
template <class T, int N = kBlockVectors>
void cell_panel(const CellProduct<T>& p, const Panel<T>& panel, Index row, Index rows) {
  if (panel.vectors == N) return cell_rows<T, N>(p, panel, row, rows);
  if constexpr (N > 1) cell_panel<T, N - 1>(p, panel, row, rows);
}

/// Few rows: each panel is packed into the same place, in the first-level cache, and used at once. More: all panels are
/// packed, then used for one chunk of rows after the other.
template <class T>
void cell_product(const CellProduct<T>& p) {
  constexpr Index kCount = Lanes<T>::kCount, kPanel = kBlockVectors * kCount;
  const bool few = p.rows <= kRowChunk;
  const auto panel_at = [&](Index col) {
    const Index width = p.cols - col < kPanel ? p.cols - col : kPanel, vectors = (width + kCount - 1) / kCount;
    T* packed = few ? p.packed : p.packed + col * (p.term[0].depth + p.term[1].depth);
    return Panel<T>{col, vectors, width - (vectors - 1) * kCount, packed};
  };
  for (Index col = 0; col < p.cols && !few; col += kPanel) pack_panel<T>(p, panel_at(col));
  for (Index from = 0; from < p.rows; from += kRowChunk) {
    const Index to = p.rows - from < kRowChunk ? p.rows : from + kRowChunk;
    for (Index col = 0; col < p.cols; col += kPanel) {
      const Panel<T> panel = panel_at(col);
      if (few) pack_panel<T>(p, panel);
      for (Index row = from; row < to; row += kBlockRows) {
        cell_panel<T>(p, panel, row, to - row < kBlockRows ? to - row : kBlockRows);
      }
    }
  }
}
