#include "alfi/simulators/simulator.hpp"

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {

Simulator::Simulator(SimulatorInfo info, std::shared_ptr<const void> state, SimulatorTable table, ExactAnswers exact)
    : info_(std::make_shared<const SimulatorInfo>(std::move(info))),
      state_(std::move(state)),
      exact_(std::make_shared<const ExactAnswers>(std::move(exact))),
      table_(table) {
  for (const Parameter& parameter : info_->parameters) validate(parameter.prior, parameter.name);
}

bool Simulator::offers_gpu() const {
  return table_.simulate_gpu != nullptr && table_.encode_gpu != nullptr && table_.encode_gpu_adjoint != nullptr;
}

void Simulator::simulate(const Context& context, const SimulateRequest& r) const {
  const char* function = "Simulator::simulate";
  const Index rows = r.problems * r.proposals;
  require_shape(function, "theta", r.theta, rows, parameters());
  require_shape(function, "out", r.out, rows * r.observations, size());
  require_size(function, "status", r.status, rows * r.observations);
  if (!r.counts.empty()) require_size(function, "counts", r.counts, r.problems);
  if (context.backend() == Backend::cuda) {
    if (!offers_gpu()) refuse_gpu(function);
    return table_.simulate_gpu(state_.get(), context, r);
  }
  for (const std::int32_t count : r.counts) {
    if (count < 0 || count > r.observations) {
      throw ShapeError("Simulator::simulate: counts holds " + std::to_string(count) + ", expected 0 to " +
                       std::to_string(r.observations));
    }
  }
  table_.simulate(state_.get(), context, r);
}

Index Simulator::encode_saved_size(const Context& context, Index sets, Index observations,
                                   const kernels::EncoderWeights<float>& encoder) {
  return kernels::set_encoder_saved_size<float>(context, {sets, observations, {}, {}}, encoder);
}

void Simulator::encode(const Context& context, const EncodeRequest& request) const {
  check_encode("Simulator::encode", context, request);
  table_.encode_gpu(state_.get(), context, request);
}

void Simulator::encode_adjoint(const Context& context, const EncodeAdjointRequest& request) const {
  const char* function = "Simulator::encode_adjoint";
  check_encode(function, context, request.forward);
  require_shape(function, "d_encoding", request.d_encoding, request.forward.encoding.rows,
                request.forward.encoding.cols);
  kernels::check_encoder_gradients(function, request.forward.encoder, request.d_encoder);
  table_.encode_gpu_adjoint(state_.get(), context, request);
}

void Simulator::check_encode(const char* function, const Context& context, const EncodeRequest& r) const {
  if (context.backend() != Backend::cuda) {
    throw NotAvailableError(std::string(function) + ": got backend cpu, this runs on a GPU only");
  }
  if (!offers_gpu()) refuse_gpu(function);
  const SimulateRequest& s = r.simulate;
  const Index sets = s.problems * s.proposals;
  require_shape(function, "theta", s.theta, sets, parameters());
  if (!s.counts.empty()) require_size(function, "counts", s.counts, s.problems);
  require_shape(function, "location", r.scale.location, s.problems, size());
  require_shape(function, "scale", r.scale.scale, s.problems, size());
  kernels::check_encoder_weights(function, r.encoder, size());
  require_size(function, "saved", r.saved, encode_saved_size(context, sets, s.observations, r.encoder));
  require_shape(function, "encoding", r.encoding, sets, r.encoder.layer[2].weight.rows);
  if (!r.valid.empty()) require_size(function, "valid", r.valid, sets);
}

void Simulator::refuse_gpu(const char* function) const {
  throw NotAvailableError(std::string(function) + ": got backend cuda, simulator " + info().name +
                          " has no code for a GPU (see make_simulator_gpu, or use a CPU)");
}

}  // namespace v0
}  // namespace alfi
