#include "alfi/simulators/sbibm/slcp_distractors.hpp"

#include "alfi/simulators/functor.cuh"

namespace alfi {
inline namespace v0 {
namespace sbibm {
namespace {

using OnGpu = FunctorOnGpu<SlcpDistractors>;

void simulate_on_gpu(const void* self, const Context& context, const SimulateRequest& request) {
  const SlcpDistractors functor = static_cast<const DistractorState*>(self)->on(context);
  OnGpu::simulate(&functor, context, request);
}

void draw_features_on_gpu(const void* self, const Context& context, const FeaturesRequest& request) {
  const SlcpDistractors functor = static_cast<const DistractorState*>(self)->on(context);
  OnGpu::draw_features(&functor, context, request);
}

}  // namespace

SimulatorTable slcp_distractors_on_gpu() {
  SimulatorTable table;
  table.simulate_gpu = simulate_on_gpu;
  table.draw_features_gpu = draw_features_on_gpu;
  return table;
}

}  // namespace sbibm
}  // namespace v0
}  // namespace alfi
