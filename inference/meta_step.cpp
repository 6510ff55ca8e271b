#include "alfi/inference/meta_step.hpp"

namespace alfi {
inline namespace v0 {
namespace {

template <class Real>
std::unique_ptr<MetaStepper> make(const Machine::State& model, int threads, const Context& context) {
  return context.backend() == Backend::cpu ? make_threaded_stepper<Real>(model, threads)
                                           : make_replayed_stepper<Real>(model, threads, context);
}

}  // namespace

std::unique_ptr<MetaStepper> make_meta_stepper(const Machine::State& model, int threads, const Context& context) {
  return model.in_double() ? make<double>(model, threads, context) : make<float>(model, threads, context);
}

}  // namespace v0
}  // namespace alfi
