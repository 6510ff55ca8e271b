// Adam's update of one entry, in double. Included inside a namespace that has square_root(double): kernels', and each
// CPU level's own, since nothing compiled for a level may be shared. ALFI_HD is portable.hpp's.

/// value within [-bound, bound].
ALFI_HD inline double bounded(double value, double bound) {
  const double raised = value < -bound ? -bound : value;
  return bound < raised ? bound : raised;
}

/// What an entry has learned.
template <class T>
struct AdamEntryState {
  T parameter, first, second;
};

/// rule has beta1, beta2, epsilon, bound and largest; scales clip, first_scale, second_scale and keep.
template <class T, class Rule, class Scales>
ALFI_HD inline AdamEntryState<T> adam_entry(const Rule& rule, const Scales& scales, T gradient, AdamEntryState<T> old) {
  const double g = bounded(scales.clip * static_cast<double>(gradient), rule.bound);
  const double m = rule.beta1 * static_cast<double>(old.first) + (1 - rule.beta1) * g;
  const double v = rule.beta2 * static_cast<double>(old.second) + (1 - rule.beta2) * g * g;
  const double move = scales.first_scale * m / (square_root(scales.second_scale * v) + rule.epsilon);
  return {static_cast<T>(bounded(scales.keep * static_cast<double>(old.parameter) - move, rule.largest)),
          static_cast<T>(bounded(m, rule.largest)), static_cast<T>(bounded(v, rule.largest))};
}
