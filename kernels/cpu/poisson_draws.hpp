// Part of draws.cpp only: PoissonLaw's draws, one stream a lane.

inline __attribute__((always_inline)) void store_counts(float* counts, Vec<double> k) {
  for (int i = 0; i < kWords; ++i) counts[i] = static_cast<float>(k[i]);
}

/// All lanes go as far as the largest of them needs: k counts the F(k) below u.
void search(const PoissonLaw& law, const StreamRow& streams, float* counts) {
  for_groups(streams.count, [&](auto size, Index first) {
    constexpr int kVectors = size.value;
    const Block<kVectors> c = philox<kVectors>(streams, 0, load_offsets<kVectors>(first));
    Vec<double> u[kVectors], k[kVectors], most{};
    unroll<kVectors>([&](auto j) {
      u[j.value] = uniform(c.w[0][j.value]);
      k[j.value] = Vec<double>{};
      most = u[j.value] > most ? u[j.value] : most;
    });
    double largest = 0;
    for (int i = 0; i < kWords; ++i) largest = most[i] > largest ? most[i] : largest;
    double probability = law.none, below = law.none;
    int number = 0;
    while (largest > below && number < PoissonLaw::kSearchEnd) {
      unroll<kVectors>([&](auto j) { k[j.value] += u[j.value] > below ? broadcast<double>(1) : Vec<double>{}; });
      probability *= law.growth(++number);
      below += probability;
    }
    unroll<kVectors>([&](auto j) { store_counts(counts + first + j.value * kWords, k[j.value]); });
  });
}

/// log k! where k < kTable.
inline __attribute__((always_inline)) Vec<double> log_factorial(Vec<double> k) {
  constexpr double kLast = PoissonLaw::kTable - 1;
  k = k > kLast ? broadcast<double>(kLast) : k;
  k = k > 0.0 ? k : Vec<double>{};
  Vec<double> result{};
  for (int i = 0; i < kWords; ++i)
    result[i] = PoissonLaw::log_factorial<VectorArithmetic<double>>(static_cast<int>(k[i]));
  return result;
}

/// Whether a lane is below the table's end.
inline __attribute__((always_inline)) bool any_few(Vec<double> k) {
  double least = k[0];
  for (int i = 1; i < kWords; ++i) least = k[i] < least ? k[i] : least;
  return least < PoissonLaw::kTable;
}

/// Attempts of up to kStreams streams, side by side; vectors may reach beyond the last.
struct Attempts {
  static constexpr Index kPlaces = kStreams + kGroup * kWords;
  std::uint64_t stream[kPlaces];
  double edge[kPlaces], v[kPlaces], k[kPlaces];
  std::int64_t refused[kPlaces], open[kPlaces];  ///< all bits or none; open: neither the squeeze nor a bound decides
};

/// Attempt `number` of streams first, first + 1, ...: what it proposes.
template <int kVectors>
inline __attribute__((always_inline)) void propose(const PoissonLaw& law, const StreamRow& streams,
                                                   std::uint32_t number, Index first, Attempts& a) {
  using A = VectorArithmetic<double>;
  Offsets<kVectors> offsets;
  unroll<kVectors>([&](auto j) { offsets.of[j.value] = load<std::uint64_t>(a.stream + first + j.value * kWords); });
  const Block<kVectors> c = philox<kVectors>(streams, number, offsets);
  unroll<kVectors>([&](auto j) {
    const Index place = first + j.value * kWords;
    const Vec<double> u = uniform_wide(c.w[0][j.value], c.w[1][j.value]) - 0.5;
    const Vec<double> v = uniform_wide(c.w[2][j.value], c.w[3][j.value]);
    const Vec<double> edge = 0.5 - size_of<A>(u), k = law.proposed<A>(u, edge);
    const auto accepted = (edge >= 0.07) & (v <= law.fast_below);
    const auto refused = ((k < 0.0) | ((edge < 0.013) & (v > edge))) & ~accepted;
    store<double>(a.edge + place, edge);
    store<double>(a.v + place, v);
    store<double>(a.k + place, k);
    store<std::int64_t>(a.refused + place, refused);
    store<std::int64_t>(a.open + place, ~(accepted | refused));
  });
}

/// Which of the first `size` attempts are refused by the exact test. What fills the last vector can be tested, too.
inline __attribute__((always_inline)) void test(const PoissonLaw& law, Index size, Attempts& a) {
  using A = VectorArithmetic<double>;
  constexpr double kTable = PoissonLaw::kTable;
  for (Index i = size; i < size + kWords; ++i) a.edge[i] = a.v[i] = 0.5, a.k[i] = kTable;
  for (Index i = 0; i < size; i += kWords) {
    const Vec<double> k = load<double>(a.k + i);
    Vec<double> log_probability = law.log_probability<A>(k > kTable ? k : broadcast<double>(kTable));
    if (any_few(k)) {
      log_probability = k < kTable ? law.log_probability_of_few<A>(k, log_factorial(k)) : log_probability;
    }
    const auto accepted = law.hat<A>(load<double>(a.edge + i), load<double>(a.v + i)) <= log_probability;
    store<std::int64_t>(a.refused + i, ~accepted);
  }
}

/// Attempt after attempt, each for the streams that the one before has left. The lists are made without branches.
void rejection(const PoissonLaw& law, const StreamRow& streams, float* counts) {
  Attempts all, some;
  for (Index i = 0; i < streams.count; ++i) all.stream[i] = static_cast<std::uint64_t>(i);
  Index left = streams.count;
  for (std::uint32_t number = 0; left > 0; ++number) {
    for_groups(left, [&](auto vectors, Index first) { propose<vectors.value>(law, streams, number, first, all); });
    Index open = 0, next = 0;
    for (Index i = 0; i < left; ++i) {
      const std::uint64_t stream = all.stream[i];
      counts[stream] = static_cast<float>(all.k[i]);
      some.stream[open] = stream, some.edge[open] = all.edge[i], some.v[open] = all.v[i], some.k[open] = all.k[i];
      open -= all.open[i];
      all.stream[next] = stream;
      next -= all.refused[i];
    }
    test(law, open, some);
    for (Index i = 0; i < open; ++i) {
      all.stream[next] = some.stream[i];
      next -= some.refused[i];
    }
    left = next;
  }
}
