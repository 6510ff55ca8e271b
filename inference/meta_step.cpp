#include "alfi/inference/meta_step.hpp"

namespace alfi {
inline namespace v0 {
namespace {

template <class Real>
std::unique_ptr<MetaStepper> make(const Machine::State& model, int threads, const Context& context, Ranks& ranks) {
  if (context.backend() == Backend::cpu) return make_threaded_stepper<Real>(model, threads, ranks);
  if (ranks.size() == 1) return make_replayed_stepper<Real>(model, threads, context);
  throw NotAvailableError("Trainer: got " + std::to_string(ranks.size()) +
                          " ranks with GPUs, expected a CPU on each: a GPU carries the whole meta-batch");
}

}  // namespace

std::unique_ptr<MetaStepper> make_meta_stepper(const Machine::State& model, int threads, const Context& context,
                                               Ranks& ranks) {
  return model.in_double() ? make<double>(model, threads, context, ranks) : make<float>(model, threads, context, ranks);
}

}  // namespace v0
}  // namespace alfi
