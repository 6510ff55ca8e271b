// Part of dense.cpp only: the elementwise parts of the recurrent cells.

template <class T>
void lstm(const LstmPoint<T>& p) {
  const Index state = p.state;
  for (Index b = 0; b < p.rows; ++b) {
    T* gate = p.gates + 4 * b * state;
    const Index row = b * state;
    for_vectors<T>(state, [&](auto w, Index k, Index n) {
      constexpr bool kWhole = decltype(w)::value;
      const Vec<T> in = sigmoid<T>(get<T, kWhole>(gate + k, n));
      const Vec<T> forget = sigmoid<T>(get<T, kWhole>(gate + state + k, n));
      const Vec<T> candidate = tanh<T>(get<T, kWhole>(gate + 2 * state + k, n));
      const Vec<T> out = sigmoid<T>(get<T, kWhole>(gate + 3 * state + k, n));
      const Vec<T> cell = forget * get<T, kWhole>(p.c + row + k, n) + in * candidate;
      put<T, kWhole>(gate + k, in, n);
      put<T, kWhole>(gate + state + k, forget, n);
      put<T, kWhole>(gate + 2 * state + k, candidate, n);
      put<T, kWhole>(gate + 3 * state + k, out, n);
      put<T, kWhole>(p.c_next + row + k, cell, n);
      put<T, kWhole>(p.h_next + row + k, out * tanh<T>(cell), n);
    });
  }
}

template <class T>
void lstm_adjoint(const LstmPoint<T>& p) {
  const Index state = p.state;
  const T one = T(1);
  for (Index b = 0; b < p.rows; ++b) {
    T* gate = p.gates + 4 * b * state;
    const Index row = b * state;
    for_vectors<T>(state, [&](auto w, Index k, Index n) {
      constexpr bool kWhole = decltype(w)::value;
      const Vec<T> in = get<T, kWhole>(gate + k, n), forget = get<T, kWhole>(gate + state + k, n);
      const Vec<T> candidate = get<T, kWhole>(gate + 2 * state + k, n), out = get<T, kWhole>(gate + 3 * state + k, n);
      const Vec<T> squashed = tanh<T>(get<T, kWhole>(p.c_kept + row + k, n));
      const Vec<T> d_h = get<T, kWhole>(p.d_h_next + row + k, n);
      const Vec<T> d_cell = get<T, kWhole>(p.d_c_next + row + k, n) + d_h * out * (one - squashed * squashed);
      put<T, kWhole>(gate + k, d_cell * candidate * (in * (one - in)), n);
      put<T, kWhole>(gate + state + k, d_cell * get<T, kWhole>(p.c + row + k, n) * (forget * (one - forget)), n);
      put<T, kWhole>(gate + 2 * state + k, d_cell * in * (one - candidate * candidate), n);
      put<T, kWhole>(gate + 3 * state + k, d_h * squashed * (out * (one - out)), n);
      if (p.d_c == nullptr) return;
      put<T, kWhole>(p.d_c + row + k, get<T, kWhole>(p.d_c + row + k, n) + d_cell * forget, n);
    });
  }
}

template <class T>
void gru_reset(const GruPoint<T>& p) {
  const Index state = p.state;
  for (Index b = 0; b < p.rows; ++b) {
    T* gate = p.gates + 4 * b * state;
    for_vectors<T>(state, [&](auto w, Index k, Index n) {
      constexpr bool kWhole = decltype(w)::value;
      const Vec<T> reset = sigmoid<T>(get<T, kWhole>(gate + state + k, n));
      put<T, kWhole>(gate + k, sigmoid<T>(get<T, kWhole>(gate + k, n)), n);
      put<T, kWhole>(gate + state + k, reset, n);
      put<T, kWhole>(gate + 3 * state + k, reset * get<T, kWhole>(p.h + b * state + k, n), n);
    });
  }
}

template <class T>
void gru_next(const GruPoint<T>& p) {
  const Index state = p.state;
  for (Index b = 0; b < p.rows; ++b) {
    T* gate = p.gates + 4 * b * state;
    for_vectors<T>(state, [&](auto w, Index k, Index n) {
      constexpr bool kWhole = decltype(w)::value;
      const Vec<T> candidate = tanh<T>(get<T, kWhole>(gate + 2 * state + k, n));
      const Vec<T> h = get<T, kWhole>(p.h + b * state + k, n);
      put<T, kWhole>(gate + 2 * state + k, candidate, n);
      put<T, kWhole>(p.h_next + b * state + k, h + get<T, kWhole>(gate + k, n) * (candidate - h), n);
    });
  }
}

template <class T>
void gru_next_adjoint(const GruPoint<T>& p) {
  const Index state = p.state;
  const T one = T(1);
  for (Index b = 0; b < p.rows; ++b) {
    T* gate = p.gates + 4 * b * state;
    const Index row = b * state;
    for_vectors<T>(state, [&](auto w, Index k, Index n) {
      constexpr bool kWhole = decltype(w)::value;
      const Vec<T> update = get<T, kWhole>(gate + k, n), candidate = get<T, kWhole>(gate + 2 * state + k, n);
      const Vec<T> d = get<T, kWhole>(p.d_h_next + row + k, n);
      put<T, kWhole>(gate + k, d * (candidate - get<T, kWhole>(p.h + row + k, n)) * (update * (one - update)), n);
      put<T, kWhole>(gate + 2 * state + k, d * update * (one - candidate * candidate), n);
      if (p.d_h == nullptr) return;
      put<T, kWhole>(p.d_h + row + k, get<T, kWhole>(p.d_h + row + k, n) + d * (one - update), n);
    });
  }
}

template <class T>
void gru_reset_adjoint(const GruPoint<T>& p) {
  const Index state = p.state;
  const T one = T(1);
  for (Index b = 0; b < p.rows; ++b) {
    T* gate = p.gates + 4 * b * state;
    const Index row = b * state;
    for_vectors<T>(state, [&](auto w, Index k, Index n) {
      constexpr bool kWhole = decltype(w)::value;
      const Vec<T> reset = get<T, kWhole>(gate + state + k, n), d = get<T, kWhole>(p.d_kept + row + k, n);
      put<T, kWhole>(gate + state + k, d * get<T, kWhole>(p.h + row + k, n) * (reset * (one - reset)), n);
      if (p.d_h == nullptr) return;
      put<T, kWhole>(p.d_h + row + k, get<T, kWhole>(p.d_h + row + k, n) + d * reset, n);
    });
  }
}
