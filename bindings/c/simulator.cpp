#include <cmath>

#include "alfi/core/text.hpp"
#include "alfi/inference/configuration_fields.hpp"
#include "handles.hpp"

/// Configurations, descriptions and simulators of alfi.h.

namespace {

using namespace alfi;
using alfi::c::given;
using alfi::c::guarded;

void set_entry(const char* function, alfi_configuration* configuration, const char* key, const std::string& value) {
  auto& entries = given(function, "configuration", configuration).entries;
  auto changed = entries;
  changed[&given(function, "key", key)] = value;
  validate_value(from_entries(changed), key);  // a key or value that cannot be is thrown here
  entries.swap(changed);
}

/// The caller's function, and what is to be done once nobody needs it.
class CallerFunction {
 public:
  CallerFunction(alfi_simulate simulate, void* user) : simulate_(simulate), user_(user) {}
  ~CallerFunction() {
    if (release != nullptr) release(user_);
  }
  CallerFunction(const CallerFunction&) = delete;
  CallerFunction& operator=(const CallerFunction&) = delete;

  void operator()(const RowsRequest& r) const {
    const alfi_rows rows{sizeof(alfi_rows), r.theta.rows, r.theta.cols, r.out.cols,
                         r.theta.data,      r.seeds.data, r.out.data,   r.status.data};
    const int answer = simulate_(&rows, user_);
    if (answer == 0) return;
    throw c::CallbackError("the simulator's callback answered " + std::to_string(answer) + ", expected 0");
  }

  void (*release)(void*) = nullptr;

 private:
  alfi_simulate simulate_;
  void* user_;
};

CallbackOptions::Threads threads_of(const char* function, std::int32_t calls) {
  if (calls == ALFI_ONE_AT_A_TIME) return CallbackOptions::Threads::one;
  if (calls == ALFI_MANY_AT_ONCE) return CallbackOptions::Threads::many;
  throw InputError(std::string(function) + ": calls is " + std::to_string(calls) + ", expected " +
                   std::to_string(ALFI_ONE_AT_A_TIME) + " or " + std::to_string(ALFI_MANY_AT_ONCE));
}

void require_whole(const char* function, const SimulatorInfo& info) {
  if (!info.parameters.empty() && !info.observation.names.empty()) return;
  throw InputError(std::string(function) + ": " + info.name + " has " + std::to_string(info.parameters.size()) +
                   " parameters and " + std::to_string(info.observation.names.size()) +
                   " columns, expected at least one of each");
}

std::string text_or_none(const char* text) { return text != nullptr ? text : ""; }

}  // namespace

void alfi_configuration_free(alfi_configuration* configuration) { delete configuration; }
void alfi_description_free(alfi_description* description) { delete description; }
void alfi_simulator_free(alfi_simulator* simulator) { delete simulator; }

alfi_status alfi_configuration_copy(const alfi_configuration* from, alfi_configuration** copy) {
  return guarded([&] { c::make("alfi_configuration_copy", copy, given("alfi_configuration_copy", "from", from)); });
}
alfi_status alfi_description_copy(const alfi_description* from, alfi_description** copy) {
  return guarded([&] { c::make("alfi_description_copy", copy, given("alfi_description_copy", "from", from)); });
}
alfi_status alfi_simulator_copy(const alfi_simulator* from, alfi_simulator** copy) {
  return guarded([&] { c::make("alfi_simulator_copy", copy, given("alfi_simulator_copy", "from", from)); });
}

alfi_status alfi_configuration_create(const char* simulator_name, alfi_configuration** configuration) {
  static const char* const function = "alfi_configuration_create";
  return guarded([&] {
    alfi_configuration made;
    set_entry(function, &made, "simulator.name", &given(function, "simulator_name", simulator_name));
    c::make(function, configuration, std::move(made));
  });
}
alfi_status alfi_configuration_set(alfi_configuration* configuration, const char* key, const char* value) {
  static const char* const function = "alfi_configuration_set";
  return guarded([&] { set_entry(function, configuration, key, &given(function, "value", value)); });
}
alfi_status alfi_configuration_set_integer(alfi_configuration* configuration, const char* key, std::int64_t value) {
  return guarded([&] { set_entry("alfi_configuration_set_integer", configuration, key, std::to_string(value)); });
}
alfi_status alfi_configuration_set_real(alfi_configuration* configuration, const char* key, double value) {
  static const char* const function = "alfi_configuration_set_real";
  return guarded([&] {
    if (!std::isfinite(value)) {
      throw InputError(std::string(function) + ": value is " + number_text(value) + ", expected a finite number");
    }
    set_entry(function, configuration, key, number_text(value));
  });
}

alfi_status alfi_description_create(const char* simulator_name, alfi_description** description) {
  static const char* const function = "alfi_description_create";
  return guarded([&] {
    SimulatorInfo info;
    info.name = &given(function, "simulator_name", simulator_name);
    c::make(function, description, std::move(info));
  });
}
alfi_status alfi_description_add_parameter(alfi_description* description, const char* name, const char* unit,
                                           const char* prior, double a, double b) {
  static const char* const function = "alfi_description_add_parameter";
  return guarded([&] {
    Parameter parameter;
    parameter.name = &given(function, "name", name);
    parameter.unit = text_or_none(unit);
    const std::string kind = &given(function, "prior", prior);
    parameter.prior = Prior::of(kind, kind == "exponential" ? std::vector<double>{a} : std::vector<double>{a, b});
    validate(parameter.prior, parameter.name);
    given(function, "description", description).info.parameters.push_back(std::move(parameter));
  });
}
alfi_status alfi_description_add_column(alfi_description* description, const char* name, const char* unit) {
  static const char* const function = "alfi_description_add_column";
  return guarded([&] {
    ObservationShape& shape = given(function, "description", description).info.observation;
    const std::string column = &given(function, "name", name);
    std::vector<std::string> units = shape.units;
    units.push_back(text_or_none(unit));
    shape.names.push_back(column);
    shape.units.swap(units);
  });
}
alfi_status alfi_description_set_series(alfi_description* description, std::int64_t length) {
  static const char* const function = "alfi_description_set_series";
  return guarded([&] {
    constexpr std::int64_t kMost = std::int64_t{1} << 31;
    if (length < 1 || length > kMost) {
      throw InputError(std::string(function) + ": length is " + std::to_string(length) + ", expected 1 to " +
                       std::to_string(kMost));
    }
    ObservationShape& shape = given(function, "description", description).info.observation;
    shape.is_set = false;
    shape.length = length;
  });
}

alfi_status alfi_simulator_from_callback(const alfi_description* description, alfi_simulate simulate,
                                         const alfi_callback_options* options, alfi_simulator** simulator) {
  static const char* const function = "alfi_simulator_from_callback";
  return guarded([&] {
    const alfi_callback_options asked = c::read_options(function, options);
    if (simulate == nullptr) throw InputError(std::string(function) + ": simulate is NULL, expected a function");
    CallbackOptions callback_options;
    callback_options.threads = threads_of(function, asked.calls);
    callback_options.most_rows = asked.most_rows;
    const auto held = std::make_shared<CallerFunction>(simulate, asked.user);
    const SimulatorInfo& info = given(function, "description", description).info;
    require_whole(function, info);
    c::make(function, simulator,
            make_callback_simulator(
                info, [held](const RowsRequest& rows) { (*held)(rows); }, callback_options));
    held->release = asked.release;
  });
}
alfi_status alfi_simulator_from_configuration(const alfi_configuration* configuration, alfi_simulator** simulator) {
  static const char* const function = "alfi_simulator_from_configuration";
  return guarded([&] {
    const Configuration c = from_entries(given(function, "configuration", configuration).entries);
    c::make(function, simulator, make_configured_simulator(c.simulator, available_processors()).simulator);
  });
}
