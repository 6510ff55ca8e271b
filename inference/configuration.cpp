#include "alfi/inference/configuration.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/configuration_fields.hpp"
#include "alfi/inference/normalization.hpp"
#include "alfi/kernels/set_moments.hpp"

namespace alfi {
inline namespace v0 {
namespace {

[[noreturn]] void refuse(const std::string& key, const std::string& got, const std::string& wanted) {
  throw InputError(key + ": got " + got + ", expected " + wanted);
}

/// Holds one value against its constraint.
struct Check {
  void operator()(const char* key, const std::string& value, const OneOf& allowed) const {
    if (std::find(allowed.names.begin(), allowed.names.end(), value) != allowed.names.end()) return;
    refuse(key, '"' + value + '"', list_text(allowed.names) + suggestion(value, allowed.names));
  }
  void operator()(const char* key, const std::string& value, AnyText) const {
    if (value.empty()) refuse(key, "nothing", "a name");
    operator()(key, value, AnyTextOrNone{});
  }
  void operator()(const char* key, const std::string& value, AnyTextOrNone) const {
    for (const char c : value) {
      // A model file holds a line for each key.
      if (static_cast<unsigned char>(c) < 0x20) refuse(key, "a control character", "text of one line");
    }
  }
  void operator()(const char* key, const std::vector<std::string>& value, AnyTexts) const {
    for (const std::string& text : value) operator()(key, text, AnyTextOrNone{});
  }
  void operator()(const char* key, const std::vector<std::string>& value, CommandWords) const {
    operator()(key, value, AnyTexts{});
  }
  void operator()(const char*, bool, AnyFlag) const {}
  void operator()(const char* key, Index value, IndexRange range) const {
    if (value < range.low) refuse(key, std::to_string(value), "at least " + std::to_string(range.low));
    if (value > range.high) refuse(key, std::to_string(value), "at most " + std::to_string(range.high));
  }
  void operator()(const char* key, std::uint64_t value, SeedRange range) const {
    if (value > range.high) refuse(key, std::to_string(value), "at most " + std::to_string(range.high));
  }
  void operator()(const char* key, double value, NumberRange range) const {
    // Finite first: an ordered comparison with NaN would raise a floating-point exception.
    const bool fits =
        std::isfinite(value) && value <= range.high && (range.open_low ? value > range.low : value >= range.low);
    if (fits) return;
    refuse(key, number_text(value),
           "a number " + std::string(range.open_low ? "above " : "from ") + number_text(range.low) +
               (range.open_low ? " and up to " : " to ") + number_text(range.high));
  }
  void operator()(const char* key, const std::vector<Index>& value, Widths widths) const {
    const std::string wanted = widths.least == widths.most
                                   ? std::to_string(widths.least)
                                   : std::to_string(widths.least) + " to " + std::to_string(widths.most);
    if (value.size() < widths.least || value.size() > widths.most) {
      refuse(key, std::to_string(value.size()) + " widths", wanted);
    }
    for (const Index width : value) operator()(key, width, IndexRange{1, kWidest});
  }
};

void require_product(const std::string& keys, Index a, Index b, Index c) {
  // Each factor is below 2^21 here, so the product of three fits in 63 bits.
  if (a * b * c <= kMostRows) return;
  refuse(keys, "a product of " + std::to_string(a * b * c), "at most " + std::to_string(kMostRows));
}

void validate_together(const Configuration& c) {
  if (c.problem.observed_max > 0 && c.problem.observed_min > c.problem.observed_max) {
    refuse("problem.observed_min", std::to_string(c.problem.observed_min),
           "at most problem.observed_max, which is " + std::to_string(c.problem.observed_max));
  }
  if ((c.train.shard & (c.train.shard - 1)) != 0) {
    refuse("train.shard", std::to_string(c.train.shard), "a power of two");
  }
  if (c.proposal.start == "guess" && c.network.features == "global") {
    refuse("network.features", "\"global\"", "\"relative\" with proposal.start = \"guess\"");
  }
  if (c.train.iterations == 0) {
    const std::string with = " with train.iterations = 0, where the first guess is the answer";
    if (c.proposal.start != "guess") refuse("proposal.start", '"' + c.proposal.start + '"', "\"guess\"" + with);
    if (c.proposal.head != "none") refuse("proposal.head", '"' + c.proposal.head + '"', "\"none\"" + with);
    if (c.infer.iterations > 0) refuse("infer.iterations", std::to_string(c.infer.iterations), "0" + with);
  }
  if (c.network.pool != "mean" && c.network.features == "global") {
    refuse("network.features", "\"global\"", "\"relative\" with network.pool = \"mean+max\"");
  }
  if (c.network.moments && c.network.features == "global") {
    refuse("network.features", "\"global\"", "\"relative\" with network.moments");
  }
  if (c.network.regression_step && c.network.update == "absolute") {
    refuse("network.regression_step", "true", "false with network.update = \"absolute\"");
  }
  if (c.network.spread == "logarithmic" && c.network.update == "absolute") {
    refuse("network.spread", "\"logarithmic\"", "\"plain\" with network.update = \"absolute\"");
  }
  if (c.proposal.head == "mixture" && c.train.loss != "density") {
    refuse("train.loss", '"' + c.train.loss + '"', "\"density\" with proposal.head = \"mixture\"");
  }
  if (!(c.train.beta > 0) && c.train.weights.rfind("exponential", 0) == 0) {
    refuse("train.beta", number_text(c.train.beta), "a number above 0 with exponential weights");
  }
  if (c.train.budget > 0 && !c.train.bank.empty()) {
    refuse("train.budget", std::to_string(c.train.budget), "0 with train.bank, whose calls were made before");
  }
  require_product("train.shard * train.thetas * train.observations", c.train.shard, c.train.thetas,
                  c.train.observations);
  require_product("infer.thetas * infer.observations", 1, c.infer.thetas, c.infer.observations);
  require_product("train.problems * problem.observed_max", c.train.problems, c.problem.observed_max, 1);
}

}  // namespace

void validate_value(const Configuration& configuration, const std::string& key) {
  visit_fields(configuration, [&](const char* name, const auto& value, const auto& constraint) {
    if (key == name) Check{}(name, value, constraint);
  });
}

void validate(const Configuration& configuration) {
  visit_fields(configuration, Check{});
  for (const auto& [name, value] : configuration.simulator.options) {
    if (!std::isfinite(value)) refuse(kParameterPrefix + name, number_text(value), "a finite number");
  }
  validate_simulator(configuration.simulator);
  validate_together(configuration);
}

namespace {

constexpr Index kObservedMin = 20, kObservedMax = 1000, kObservations = 512;  // of sets
constexpr Index kLongestVector = 512;  // numbers that an encoder shows one by one, rather than step by step

void fill(Index& value, Index otherwise) {
  if (value == 0) value = otherwise;
}

/// A series or a vector is observed once, and simulated once for each proposal.
void require_one(const char* key, Index value) {
  if (value != 1) refuse(key, std::to_string(value), "1: the simulator makes one series or vector, no set");
}

void require_stored(const char* key, Index value, Index stored) {
  if (value > stored) {
    refuse(key, std::to_string(value),
           "at most " + std::to_string(stored) +
               ", which train.bank holds of each theta (alfi simulate --bank --observed N makes more)");
  }
}

/// Why something that is of sets of at most so many columns is not to be had.
std::string unless_set(const ObservationShape& shape, Index most) {
  if (!shape.is_set) return ": the simulator makes one series or vector, no set";
  return " with more than " + std::to_string(most) + " columns";
}

std::string encoder_kind(const std::string& asked, const ObservationShape& shape) {
  const std::string key = "network.encoder_kind";
  if (asked == "auto") {
    if (shape.is_set) return "set";
    return shape.size() > kLongestVector && shape.length > 1 ? "sequence" : "vector";
  }
  if (shape.is_set != (asked == "set")) {
    refuse(key, '"' + asked + '"', shape.is_set ? "\"set\": the simulator makes sets" : "\"vector\" or \"sequence\"");
  }
  if (asked == "sequence" && shape.length == 1) refuse(key, "\"sequence\"", "\"vector\": there is one row");
  return asked;
}

}  // namespace

Configuration resolve(const Configuration& configuration, const ObservationShape& shape, Index stored) {
  validate(configuration);
  Configuration c = configuration;
  c.network.encoder_kind = encoder_kind(c.network.encoder_kind, shape);
  if (c.network.moments && (!shape.is_set || shape.size() > kernels::kMostMomentColumns)) {
    refuse("network.moments", "true", "false" + unless_set(shape, kernels::kMostMomentColumns));
  }
  if (c.network.pool != "mean" && (!shape.is_set || shape.size() > kMostWhitened)) {
    refuse("network.pool", '"' + c.network.pool + '"', "\"mean\"" + unless_set(shape, kMostWhitened));
  }
  const Index most = stored > 0 ? stored : kMostRows;
  fill(c.problem.observed_max, shape.is_set ? std::min(kObservedMax, most) : 1);
  fill(c.problem.observed_min, shape.is_set ? std::min(kObservedMin, c.problem.observed_max) : 1);
  fill(c.train.observations, shape.is_set ? std::min(kObservations, most) : 1);
  if (!shape.is_set) {
    require_one("problem.observed_min", c.problem.observed_min);
    require_one("problem.observed_max", c.problem.observed_max);
    require_one("train.observations", c.train.observations);
    c.train.observations_min = 0;
    fill(c.infer.observations, 1);
    require_one("infer.observations", c.infer.observations);
  }
  if (stored > 0) {
    require_stored("problem.observed_max", c.problem.observed_max, stored);
    require_stored("train.observations", c.train.observations, stored);
    if (c.network.coordinates != "normal")
      refuse("network.coordinates", "\"legacy\"", "\"normal\" with train.bank or train.budget");
    if (c.train.dataset > 0)
      refuse("train.dataset", std::to_string(c.train.dataset), "0 with train.bank or train.budget");
  }
  validate(c);
  return c;
}

}  // namespace v0
}  // namespace alfi
