// Part of draws.cpp only: PoissonLaw's draws, one stream a lane.

inline __attribute__((always_inline)) void store_counts(float* counts, Vec<double> k) {
  for (int i = 0; i < kWords; ++i) counts[i] = static_cast<float>(k[i]);
}

/// All lanes go as far as the largest of them needs: k counts the F(k) below u.
void search(const PoissonLaw& law, const StreamRow& streams, float* counts) {
  for_groups(streams.count, [&](auto size, Index first) {
    constexpr int kVectors = size.value;
    Block<kVectors> c = counters<kVectors>(streams, 0, load_offsets<kVectors>(first));
    philox(c, streams.key);
    Vec<double> u[kVectors], k[kVectors], most{};
    unroll<kVectors>([&](auto j) {
      u[j.value] = uniform(c.w[0][j.value]);
      k[j.value] = Vec<double>{};
      most = u[j.value] > most ? u[j.value] : most;
    });
    double largest = 0;
    for (int i = 0; i < kWords; ++i) largest = most[i] > largest ? most[i] : largest;
    double probability = law.none, below = law.none, number = 0;
    while (largest > below && number < PoissonLaw::kSearchEnd) {
      unroll<kVectors>([&](auto j) { k[j.value] += u[j.value] > below ? broadcast<double>(1) : Vec<double>{}; });
      number += 1;
      probability *= law.rate / number;
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
  Vec<double> result;
  for (int i = 0; i < kWords; ++i)
    result[i] = PoissonLaw::log_factorial<VectorArithmetic<double>>(static_cast<int>(k[i]));
  return result;
}

/// What an attempt proposes, and whether it is accepted (all bits).
struct Attempt {
  Vec<double> k;
  IntVec<double> accepted;
};

inline __attribute__((always_inline)) Attempt attempt(const PoissonLaw& law, Vec<double> u, Vec<double> v) {
  using A = VectorArithmetic<double>;
  constexpr double kTable = PoissonLaw::kTable;
  const Vec<double> edge = 0.5 - size_of<A>(u), k = law.proposed<A>(u, edge);
  const Vec<double> many = law.log_probability<A>(k > kTable ? k : broadcast<double>(kTable));
  const Vec<double> few = law.log_probability_of_few<A>(k, log_factorial(k));
  const auto tested = law.hat<A>(edge, v) <= (k < kTable ? few : many);
  const auto refused = (k < 0.0) | ((edge < 0.013) & (v > edge));
  return {k, ((edge >= 0.07) & (v <= law.fast_below)) | (~refused & tested)};
}

/// Attempt after attempt, each for the streams that the one before has left.
void rejection(const PoissonLaw& law, const StreamRow& streams, float* counts) {
  std::uint64_t left[kStreams + kGroup * kWords] = {};
  for (Index i = 0; i < streams.count; ++i) left[i] = static_cast<std::uint64_t>(i);
  Index size = streams.count;
  for (std::uint32_t number = 0; size > 0; ++number) {
    Index refused = 0;
    for_groups(size, [&](auto group, Index first) {
      constexpr int kVectors = group.value;
      Offsets<kVectors> offsets;
      unroll<kVectors>([&](auto j) { offsets.of[j.value] = load<std::uint64_t>(left + first + j.value * kWords); });
      Block<kVectors> c = counters<kVectors>(streams, number, offsets);
      philox(c, streams.key);
      double k[kVectors * kWords];
      std::int64_t accepted[kVectors * kWords];
      unroll<kVectors>([&](auto j) {
        const Attempt result = attempt(law, uniform_wide(c.w[0][j.value], c.w[1][j.value]) - 0.5,
                                       uniform_wide(c.w[2][j.value], c.w[3][j.value]));
        store<double>(k + j.value * kWords, result.k);
        store<std::int64_t>(accepted + j.value * kWords, result.accepted);
      });
      const Index here = size - first < kVectors * kWords ? size - first : kVectors * kWords;
      for (Index i = 0; i < here; ++i) {
        const std::uint64_t stream = left[first + i];
        counts[stream] = static_cast<float>(k[i]);
        left[refused] = stream;
        refused += accepted[i] == 0 ? 1 : 0;
      }
    });
    size = refused;
  }
}
