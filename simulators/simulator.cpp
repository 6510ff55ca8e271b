#include "alfi/simulators/simulator.hpp"

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/kernels/gpu/launch.hpp"
#include "alfi/kernels/gpu/set_encoder_job.hpp"
#include "alfi/simulators/functor.hpp"

namespace alfi {
inline namespace v0 {

std::string observed_text(const ObservationShape& shape, Index observed) {
  if (shape.is_set) return counted(observed, "observation");
  return shape.length > 1 ? "a series of " + counted(shape.length, "row")
                          : "a vector of " + counted(shape.columns(), "number");
}

Simulator::Simulator(SimulatorInfo info, std::shared_ptr<const void> state, SimulatorTable table, ExactAnswers exact)
    : info_(std::make_shared<const SimulatorInfo>(std::move(info))),
      state_(std::move(state)),
      exact_(std::make_shared<const ExactAnswers>(std::move(exact))),
      table_(table) {
  for (const Parameter& parameter : info_->parameters) validate(parameter.prior, parameter.name);
  const ObservationShape& shape = info_->observation;
  if (!shape.supports.empty() && shape.supports.size() != shape.names.size()) {
    throw InputError("Simulator: " + info_->name + " has " + std::to_string(shape.supports.size()) +
                     " supports of observations, expected " + std::to_string(shape.names.size()) + " or none");
  }
}

bool Simulator::offers_gpu() const { return table_.simulate_gpu != nullptr && table_.draw_features_gpu != nullptr; }

void Simulator::check(const char* function, const SimulateRequest& r) const {
  const Index rows = r.problems * r.proposals;
  require_shape(function, "theta", r.theta, rows, parameters());
  require_shape(function, "out", r.out, rows * r.observations, size());
  require_size(function, "status", r.status, rows * r.observations);
  if (!r.counts.empty()) require_size(function, "counts", r.counts, r.problems);
}

/// In the host's memory.
void Simulator::check_counts(const char* function, const SimulateRequest& r) const {
  for (const std::int32_t count : r.counts) {
    if (count < 0 || count > r.observations) {
      throw ShapeError(std::string(function) + ": counts holds " + std::to_string(count) + ", expected 0 to " +
                       std::to_string(r.observations));
    }
  }
}

void Simulator::simulate(const Context& context, const SimulateRequest& r) const {
  const char* function = "Simulator::simulate";
  check(function, r);
  if (context.backend() == Backend::cuda) {
    if (!offers_gpu()) refuse_gpu(function);
    return table_.simulate_gpu(state_.get(), context, r);
  }
  check_counts(function, r);
  table_.simulate(state_.get(), context, r);
}

void Simulator::simulate_together(const std::vector<SimulateRequest>& requests, ThreadPool* pool,
                                  RowExchange* exchange) const {
  const char* function = "Simulator::simulate_together";
  if (!answers_rows())
    throw NotAvailableError(std::string(function) + ": simulator " + info().name + " answers no rows");
  for (const SimulateRequest& r : requests) {
    check(function, r);
    check_counts(function, r);
  }
  table_.simulate_together(state_.get(), requests, {pool, exchange});
}

namespace {

/// What encode() keeps: features, their status, and the encoder's own.
struct Kept {
  Index rows, size, status_at, encoder_at;  ///< the last two: in floats

  static Kept of(Index sets, Index observations, const kernels::EncoderWeights<float>& encoder) {
    const auto aligned = [](Index floats) { return (floats + 3) / 4 * 4; };
    const Index rows = sets * observations, size = encoder.layer[0].weight.cols, status_at = aligned(rows * size);
    return {rows, size, status_at, status_at + aligned((rows + 3) / 4)};
  }
  MatView<float> features(VecView<float> saved) const { return {saved.data, rows, size}; }
  VecView<std::uint8_t> status(VecView<float> saved) const {
    return {reinterpret_cast<std::uint8_t*>(saved.data + status_at), rows};
  }
  VecView<float> encoder(VecView<float> saved) const { return {saved.data + encoder_at, saved.size - encoder_at}; }
};

}  // namespace

Index Simulator::encode_saved_size(const Context& context, Index sets, Index observations,
                                   const kernels::EncoderWeights<float>& encoder) {
  return Kept::of(sets, observations, encoder).encoder_at +
         kernels::set_encoder_saved_size<float>(context, {sets, observations, {}, {}}, encoder);
}

void Simulator::encode(const Context& context, const EncodeRequest& r) const {
  check_encode("Simulator::encode", context, r);
  if constexpr (kernels::kCudaCompiled) {
    const Index sets = r.encoding.rows, observations = r.simulate.observations;
    const Kept kept = Kept::of(sets, observations, r.encoder);
    const MatView<float> x = kept.features(r.saved);
    const VecView<std::uint8_t> status = kept.status(r.saved);
    table_.draw_features_gpu(state_.get(), context, {r.simulate, r.scale, x, status});
    const kernels::SetPool pool{sets, observations, {}, status};
    kernels::encode_on_gpu<float>(context, {x, pool, r.encoder, kept.encoder(r.saved), r.valid}, r.encoding);
  }
}

void Simulator::encode_adjoint(const Context& context, const EncodeAdjointRequest& request) const {
  const char* function = "Simulator::encode_adjoint";
  const EncodeRequest& r = request.forward;
  check_encode(function, context, r);
  require_shape(function, "d_encoding", request.d_encoding, r.encoding.rows, r.encoding.cols);
  kernels::check_encoder_gradients(function, r.encoder, request.d_encoder);
  if constexpr (kernels::kCudaCompiled) {
    const Index sets = r.encoding.rows, observations = r.simulate.observations;
    const Kept kept = Kept::of(sets, observations, r.encoder);
    const kernels::SetPool pool{sets, observations, {}, kept.status(r.saved)};
    kernels::encode_adjoint_on_gpu<float>(context, {kept.features(r.saved), pool, r.encoder, kept.encoder(r.saved)},
                                          request.d_encoding, {}, request.d_encoder);
  }
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

void detail::require_numbers(const SimulatorInfo& info, Index numbers) {
  const Index told = info.observation.size();
  if (told == numbers) return;
  throw InputError("make_simulator: simulator " + info.name + " has " + std::to_string(told) +
                   " numbers an observation, expected its functor's kNumbers = " + std::to_string(numbers));
}

}  // namespace v0
}  // namespace alfi
