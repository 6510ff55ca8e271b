#include <cmath>
#include <cstring>

#include "alfi/core/text.hpp"
#include "handles.hpp"
#include "watch.hpp"

/// Trainers and machines of alfi.h.

namespace {

using namespace alfi;
using alfi::c::given;
using alfi::c::guarded;

/// A step's report as C gets it.
alfi_progress progress_of(const StepReport& report, Index steps) {
  alfi_progress p{};
  p.step = report.step;
  p.steps = steps;
  p.simulator_calls = report.simulator_calls;
  p.failed = report.failed;
  p.loss = report.loss;
  p.rmse = report.rmse;
  p.learning_rate = report.learning_rate;
  p.gradient_norm = report.gradient_norm;
  return p;
}

void run(Trainer& trainer, const alfi_train_options& options) {
  const TrainConfiguration& plan = trainer.configuration().train;
  const c::Watch watch{options.watch, options.log, options.user};
  for (Index made = 0; trainer.step() < plan.steps && (options.most_steps == 0 || made < options.most_steps); ++made) {
    const StepReport report = trainer.advance();
    if (report.step == plan.steps || report.step % plan.checkpoint_every == 0) {
      const double loss = trainer.validate_and_keep_best();
      if (!std::isfinite(loss)) {
        throw NumericError("alfi_trainer_run: the validation loss after step " + std::to_string(report.step) + " is " +
                           number_text(loss) + ", expected a finite number");
      }
      watch.tell("validation after step " + std::to_string(report.step) + ": loss " + number_text(loss, 5));
    }
    watch.look(progress_of(report, plan.steps));
  }
}

Machine machine_in(const TensorFile& file, const std::string& path, const alfi_simulator* simulator) {
  return simulator != nullptr ? Machine::from_file(file, path, simulator->simulator) : Machine::from_file(file, path);
}

}  // namespace

void alfi_trainer_free(alfi_trainer* trainer) { delete trainer; }
void alfi_machine_free(alfi_machine* machine) { delete machine; }

alfi_status alfi_trainer_copy(const alfi_trainer* from, alfi_trainer** copy) {
  return guarded([&] { c::make("alfi_trainer_copy", copy, given("alfi_trainer_copy", "from", from)); });
}
alfi_status alfi_machine_copy(const alfi_machine* from, alfi_machine** copy) {
  return guarded([&] { c::make("alfi_machine_copy", copy, given("alfi_machine_copy", "from", from)); });
}

alfi_status alfi_trainer_create(const alfi_configuration* configuration, const alfi_simulator* simulator,
                                std::int32_t threads, std::int32_t device, alfi_trainer** trainer) {
  static const char* const function = "alfi_trainer_create";
  return guarded([&] {
    const Configuration c = from_entries(given(function, "configuration", configuration).entries);
    const Simulator& s = given(function, "simulator", simulator).simulator;
    c::make(function, trainer,
            std::make_shared<Trainer>(c, s, threads < 0 ? 0 : threads, c::context_of(function, device)));
  });
}
alfi_status alfi_trainer_run(alfi_trainer* trainer, const alfi_train_options* options) {
  static const char* const function = "alfi_trainer_run";
  return guarded([&] {
    const alfi_train_options asked = c::read_options(function, options);
    if (asked.most_steps < 0) {
      throw InputError(std::string(function) + ": most_steps is " + std::to_string(asked.most_steps) +
                       ", expected at least 0");
    }
    run(*given(function, "trainer", trainer).trainer, asked);
  });
}
alfi_status alfi_trainer_step(const alfi_trainer* trainer, std::int64_t* step) {
  static const char* const function = "alfi_trainer_step";
  return guarded([&] { given(function, "step", step) = given(function, "trainer", trainer).trainer->step(); });
}
alfi_status alfi_trainer_save(const alfi_trainer* trainer, const char* path) {
  static const char* const function = "alfi_trainer_save";
  return guarded([&] {
    const Trainer& t = *given(function, "trainer", trainer).trainer;
    write_file_atomically(&given(function, "path", path), serialize(t.checkpoint()));
  });
}
alfi_status alfi_trainer_resume(alfi_trainer* trainer, const char* path) {
  static const char* const function = "alfi_trainer_resume";
  return guarded([&] {
    Trainer& t = *given(function, "trainer", trainer).trainer;
    t.resume(read_tensor_file(&given(function, "path", path)), path);
  });
}
alfi_status alfi_trainer_machine(const alfi_trainer* trainer, alfi_machine** machine) {
  static const char* const function = "alfi_trainer_machine";
  return guarded([&] { c::make(function, machine, given(function, "trainer", trainer).trainer->machine()); });
}

alfi_status alfi_machine_load(const char* path, const alfi_simulator* simulator, alfi_machine** machine) {
  static const char* const function = "alfi_machine_load";
  return guarded([&] {
    const std::string file = model_file(&given(function, "path", path));
    c::make(function, machine, machine_in(read_tensor_file(file), file, simulator));
  });
}
alfi_status alfi_machine_from_memory(const void* bytes, std::size_t size, const alfi_simulator* simulator,
                                     alfi_machine** machine) {
  static const char* const function = "alfi_machine_from_memory";
  return guarded([&] {
    const auto* first = &given(function, "bytes", static_cast<const std::uint8_t*>(bytes));
    const TensorFile file = parse_tensor_file({first, first + size}, "memory");
    c::make(function, machine, machine_in(file, "memory", simulator));
  });
}
alfi_status alfi_machine_save(const alfi_machine* machine, const char* path) {
  static const char* const function = "alfi_machine_save";
  return guarded([&] {
    const Machine& m = given(function, "machine", machine).machine;
    m.save(&given(function, "path", path));
  });
}
alfi_status alfi_machine_to_memory(const alfi_machine* machine, void* buffer, std::size_t capacity, std::size_t* size) {
  static const char* const function = "alfi_machine_to_memory";
  return guarded([&] {
    const std::vector<std::uint8_t> bytes = serialize(given(function, "machine", machine).machine.to_file());
    std::size_t& written = given(function, "size", size);
    if (buffer != nullptr && capacity < bytes.size()) {
      throw ShapeError(std::string(function) + ": buffer has " + std::to_string(capacity) + " bytes, expected " +
                       std::to_string(bytes.size()));
    }
    if (buffer != nullptr) std::memcpy(buffer, bytes.data(), bytes.size());
    written = bytes.size();
  });
}
alfi_status alfi_machine_shape(const alfi_machine* machine, std::int64_t* parameters, std::int64_t* numbers) {
  static const char* const function = "alfi_machine_shape";
  return guarded([&] {
    const Simulator& simulator = given(function, "machine", machine).machine.simulator();
    std::int64_t& p = given(function, "parameters", parameters);
    given(function, "numbers", numbers) = simulator.size();
    p = simulator.parameters();
  });
}
