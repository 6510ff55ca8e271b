// Part of draws.cpp only: AngularLaw's quantiles, one a lane.

/// Lanes that have arrived stay where they are, until all have.
void angular(const AngularLaw& law, const std::uint64_t* w, Index count, double* c) {
  using A = VectorArithmetic<double>;
  for_groups(count, [&](auto size, Index first) {
    constexpr int kVectors = size.value;
    Vec<double> u[kVectors], found[kVectors];
    IntVec<double> moving[kVectors];
    AngularLaw::Place<A> at[kVectors];
    unroll<kVectors>([&](auto place) {
      constexpr int j = place.value;
      u[j] = uniform(load<std::uint64_t>(w + first + j * kWords));
      at[j] = law.start<A>(u[j]);
      found[j] = at[j].c;
      moving[j] = ~IntVec<double>{};
    });
    bool any = true;
    for (int i = 0; i < AngularLaw::kSteps && any; ++i) {
      IntVec<double> still{};
      unroll<kVectors>([&](auto place) {
        constexpr int j = place.value;
        const Vec<double> step = law.refine<A>(u[j], at[j]);
        found[j] = moving[j] ? at[j].c : found[j];
        moving[j] &= step >= AngularLaw::kClose;
        still |= moving[j];
      });
      any = false;
      for (int lane = 0; lane < kWords; ++lane) any = any || still[lane] != 0;
    }
    unroll<kVectors>([&](auto j) { store<double>(c + first + j.value * kWords, found[j.value]); });
  });
}
