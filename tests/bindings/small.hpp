#pragma once
#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "alfi/alfi.h"
#include "alfi/alfi.hpp"

/// A small training by the C interface: counts of an unknown rate, by a callback.

namespace alfi_test {

inline void free_handle(alfi_configuration* p) { alfi_configuration_free(p); }
inline void free_handle(alfi_description* p) { alfi_description_free(p); }
inline void free_handle(alfi_simulator* p) { alfi_simulator_free(p); }
inline void free_handle(alfi_trainer* p) { alfi_trainer_free(p); }
inline void free_handle(alfi_machine* p) { alfi_machine_free(p); }
inline void free_handle(alfi_inferrer* p) { alfi_inferrer_free(p); }
inline void free_handle(alfi_posterior* p) { alfi_posterior_free(p); }

template <class T>
class Handle {
 public:
  Handle() = default;
  Handle(Handle&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(pointer_, other.pointer_);
    other.reset();
    return *this;
  }
  ~Handle() { reset(); }
  T* get() const { return pointer_; }
  T** place() { return &pointer_; }

 private:
  void reset() {
    free_handle(pointer_);
    pointer_ = nullptr;
  }
  T* pointer_ = nullptr;
};

/// Counts by waiting times.
inline int count(const alfi_rows* rows, void*) {
  for (std::int64_t i = 0; i < rows->rows; ++i) {
    std::mt19937_64 random(rows->seeds[i]);
    int n = 0;
    for (double t = 0;; ++n) {
      t -= std::log((static_cast<double>(random() >> 11) + 0.5) / 9007199254740992.0);
      if (t >= rows->theta[i]) break;
    }
    rows->x[i] = n;
    if (n > 1000) rows->status[i] = ALFI_SAMPLE_TOO_LONG;
  }
  return 0;
}
inline int refuse(const alfi_rows*, void*) { return 17; }

inline alfi::Simulator make_counts_in_cpp() {
  alfi::SimulatorInfo info;
  info.name = "counts";
  info.parameters = {{"rate", "1/s", "", alfi::Prior::gamma(4, 1)}};
  info.observation.names = {"count"};
  info.observation.units = {""};
  return alfi::make_callback_simulator(info, [](const alfi::RowsRequest& r) {
    const alfi_rows rows{sizeof(alfi_rows), r.theta.rows, 1, 1, r.theta.data, r.seeds.data, r.out.data, r.status.data};
    count(&rows, nullptr);
  });
}

/// The same, by the C interface. released: counts the calls of release.
class Simulator {
 public:
  explicit Simulator(alfi_simulate simulate = count, std::int32_t calls = ALFI_ONE_AT_A_TIME, int* released = nullptr) {
    Handle<alfi_description> description;
    REQUIRE(alfi_description_create("counts", description.place()) == ALFI_OK);
    REQUIRE(alfi_description_add_parameter(description.get(), "rate", "1/s", "gamma", 4, 1) == ALFI_OK);
    REQUIRE(alfi_description_add_column(description.get(), "count", nullptr) == ALFI_OK);
    alfi_callback_options options{};
    options.size = sizeof options;
    options.calls = calls;
    options.user = released;
    if (released != nullptr) options.release = [](void* user) { ++*static_cast<int*>(user); };
    REQUIRE(alfi_simulator_from_callback(description.get(), simulate, &options, simulator_.place()) == ALFI_OK);
  }
  alfi_simulator* get() const { return simulator_.get(); }

 private:
  Handle<alfi_simulator> simulator_;
};

class Configuration {
 public:
  Configuration() {
    REQUIRE(alfi_configuration_create("counts", configuration_.place()) == ALFI_OK);
    for (const auto& [key, value] :
         std::vector<std::pair<const char*, std::int64_t>>{{"problem.observed_min", 3},
                                                           {"problem.observed_max", 12},
                                                           {"network.state", 5},
                                                           {"network.summaries", 4},
                                                           {"train.steps", 8},
                                                           {"train.problems", 8},
                                                           {"train.thetas", 8},
                                                           {"train.observations", 6},
                                                           {"train.observations_min", 2},
                                                           {"train.iterations", 2},
                                                           {"train.standardize", 100},
                                                           {"train.validation_problems", 8}}) {
      REQUIRE(alfi_configuration_set_integer(get(), key, value) == ALFI_OK);
    }
    REQUIRE(alfi_configuration_set(get(), "network.encoder", "8 8 6") == ALFI_OK);
    REQUIRE(alfi_configuration_set(get(), "network.aggregator", "8 8 6") == ALFI_OK);
    REQUIRE(alfi_configuration_set(get(), "network.machine", "10 10") == ALFI_OK);
    REQUIRE(alfi_configuration_set_real(get(), "train.learning_rate", 2e-3) == ALFI_OK);
  }
  alfi_configuration* get() const { return configuration_.get(); }

 private:
  Handle<alfi_configuration> configuration_;
};

inline Handle<alfi_trainer> trainer_of(const Configuration& configuration, const Simulator& simulator, int threads) {
  Handle<alfi_trainer> trainer;
  REQUIRE(alfi_trainer_create(configuration.get(), simulator.get(), threads, ALFI_CPU, trainer.place()) == ALFI_OK);
  return trainer;
}

inline Handle<alfi_posterior> infer(const alfi_machine* machine, const std::vector<float>& x) {
  alfi_infer_options options{};
  options.size = sizeof options;
  options.seed = 5;
  Handle<alfi_posterior> posterior;
  alfi_machine_infer_float(machine, x.data(), static_cast<std::int64_t>(x.size()), 1, &options, posterior.place());
  return posterior;
}

struct Trained {
  Simulator simulator;
  Handle<alfi_machine> machine;
  Trained() {
    const Handle<alfi_trainer> trainer = trainer_of(Configuration(), simulator, 1);
    REQUIRE(alfi_trainer_run(trainer.get(), nullptr) == ALFI_OK);
    REQUIRE(alfi_trainer_machine(trainer.get(), machine.place()) == ALFI_OK);
  }
  Handle<alfi_posterior> infer(const std::vector<float>& x) const { return alfi_test::infer(machine.get(), x); }
};

/// What callbacks have seen; stops at a step.
struct Counters {
  std::int64_t stop_at = 0, lines = 0;
  alfi_progress last{};
  std::string last_line;

  static int watch(const alfi_progress* progress, void* user) {
    auto& counters = *static_cast<Counters*>(user);
    counters.last = *progress;
    return progress->step == counters.stop_at ? 1 : 0;
  }
  static void log(const char* line, void* user) {
    auto& counters = *static_cast<Counters*>(user);
    ++counters.lines;
    counters.last_line = line;
  }
};

}  // namespace alfi_test
