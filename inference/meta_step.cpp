#include "alfi/inference/meta_step.hpp"

namespace alfi {
inline namespace v0 {
namespace {

template <class Real>
std::unique_ptr<MetaStepper> make(const Machine::State& model, int threads, const Context& context, Ranks& ranks) {
  const bool whole = context.backend() != Backend::cpu && ranks.size() == 1;
  return whole ? make_replayed_stepper<Real>(model, threads, context)
               : make_threaded_stepper<Real>(model, threads, context, ranks);
}

}  // namespace

std::unique_ptr<MetaStepper> make_meta_stepper(const Machine::State& model, int threads, const Context& context,
                                               Ranks& ranks) {
  return model.in_double() ? make<double>(model, threads, context, ranks) : make<float>(model, threads, context, ranks);
}

}  // namespace v0
}  // namespace alfi
