#include "alfi/inference/bank.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/inference/host_samples.hpp"
#include "alfi/inference/model.hpp"
#include "alfi/inference/problem_draws.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr Index kPart = 4096;    // rows simulated together
constexpr float kHopeless = 25;  // nats below the best: never drawn while there are better ones
constexpr const char* kKind = "bank";

void add_coordinates(Bank& bank, const Simulator& simulator) {
  const Index parameters = simulator.parameters();
  bank.coordinate.resize(static_cast<std::size_t>(parameters * bank.rows));
  for (Index p = 0; p < parameters; ++p) {
    const Prior& prior = simulator.info().parameters[static_cast<std::size_t>(p)].prior;
    for (Index r = 0; r < bank.rows; ++r) {
      const double u = prior.coordinate(static_cast<double>(bank.theta[static_cast<std::size_t>(r * parameters + p)]));
      bank.coordinate[static_cast<std::size_t>(p * bank.rows + r)] =
          static_cast<float>(std::min(std::max(u, -kFurthest), kFurthest));
    }
  }
}

/// Takes the first line off.
std::string next_line(std::string& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string line = text.substr(0, end);
  text.erase(0, end + 1);
  return line;
}

/// Of texts of several lines the first that differs is told.
void require_equal(const std::string& path, const char* what, std::string got, std::string wanted) {
  if (got == wanted) return;
  std::string line, wanted_line;
  while (line == wanted_line && !(got.empty() && wanted.empty())) {
    line = next_line(got);
    wanted_line = next_line(wanted);
  }
  const auto shown = [](const std::string& text) { return text.empty() ? "nothing more" : "\"" + text + "\""; };
  throw InputError(path + ": holds simulations of another " + what + ": got " + shown(line) + ", expected " +
                   shown(wanted_line));
}

Index whole(const TensorFile& file, const std::string& path, const char* key, Index least) {
  const std::string& text = metadata(file, path, key);
  Index value = 0;
  if (parse_number(text, value) && value >= least) return value;
  throw InputError(path + ": metadata " + key + " is \"" + text + "\", expected a whole number from " +
                   std::to_string(least));
}

std::string shape_text(const ObservationShape& shape) {
  std::string text = shape.is_set ? "set of" : std::to_string(shape.length) + " rows of";
  for (const std::string& name : shape.names) text += " " + name;
  return text;
}

}  // namespace

void extend_bank(Bank& bank, const Simulator& simulator, Index rows, Index observed, std::uint64_t seed,
                 ThreadPool* pool) {
  if (rows < 1 || observed < 1) {
    throw InputError("extend_bank: got " + std::to_string(rows) + " rows of " + std::to_string(observed) +
                     " samples, expected at least 1 of each");
  }
  if (bank.rows > 0 && (bank.seed != seed || bank.observed != observed || bank.rows > rows)) {
    throw InputError("the bank holds " + std::to_string(bank.rows) + " rows of " + std::to_string(bank.observed) +
                     " samples with seed " + std::to_string(bank.seed) + ", expected at most " + std::to_string(rows) +
                     " of " + std::to_string(observed) + " with seed " + std::to_string(seed));
  }
  const Index parameters = simulator.parameters(), size = simulator.size(), first = bank.rows;
  bank.rows = rows;
  bank.observed = observed;
  bank.seed = seed;
  bank.theta.resize(static_cast<std::size_t>(rows * parameters));
  bank.x.resize(static_cast<std::size_t>(rows * observed * size));
  bank.status.resize(static_cast<std::size_t>(rows * observed));
  for (Index r = first; r < rows; ++r) {
    Stream random(step_key(seed, Purpose::bank, 0), {static_cast<std::uint32_t>(r), 0, 0, 0});
    draw_theta(simulator.info(), random, bank.theta.data() + r * parameters);
  }
  for (Index begin = first; begin < rows; begin += kPart) {
    const Index count = std::min(kPart, rows - begin);
    SimulateRequest request;
    request.problems = count;
    request.observations = observed;
    request.theta = {bank.theta.data() + begin * parameters, count, parameters};
    request.out = {bank.x.data() + begin * observed * size, count * observed, size};
    request.status = {bank.status.data() + begin * observed, count * observed};
    request.key = step_key(seed, Purpose::bank, 1);
    request.first_problem = static_cast<std::uint32_t>(begin);
    simulate_on_host(simulator, request, pool);
    for (Index i = 0; i < count * observed; ++i) {
      if (!all_finite(request.out.row(i).data, size)) request.status[i] = static_cast<std::uint8_t>(Status::failed);
    }
  }
  add_coordinates(bank, simulator);
}

TensorFile to_file(const Bank& bank, const Simulator& simulator) {
  TensorFile file;
  file.metadata["format_version"] = kFormatVersion;
  file.metadata["kind"] = kKind;
  file.metadata["simulator"] = simulator.info().name;
  file.metadata["prior"] = priors_text(simulator);
  file.metadata["sample"] = shape_text(simulator.info().observation);
  file.metadata["seed"] = std::to_string(bank.seed);
  file.metadata["rows"] = std::to_string(bank.rows);
  file.metadata["observed"] = std::to_string(bank.observed);
  file.tensors["theta"] = make_tensor<float>({bank.rows, simulator.parameters()}, bank.theta.data());
  file.tensors["x"] = make_tensor<float>({bank.rows, bank.observed, simulator.size()}, bank.x.data());
  file.tensors["status"] = make_tensor<std::uint8_t>({bank.rows, bank.observed}, bank.status.data());
  return file;
}

Bank bank_from_file(const TensorFile& file, const std::string& path, const Simulator& simulator) {
  require_equal(path, "kind", metadata(file, path, "kind"), kKind);
  require_equal(path, "format_version", metadata(file, path, "format_version"), kFormatVersion);
  require_equal(path, "simulator", metadata(file, path, "simulator"), simulator.info().name);
  require_equal(path, "prior", metadata(file, path, "prior"), priors_text(simulator));
  require_equal(path, "sample", metadata(file, path, "sample"), shape_text(simulator.info().observation));
  Bank bank;
  bank.rows = whole(file, path, "rows", 1);
  bank.observed = whole(file, path, "observed", 1);
  bank.seed = static_cast<std::uint64_t>(whole(file, path, "seed", 0));
  const auto sized = [&](const char* name, const std::vector<Index>& shape, auto& values) {
    using T = typename std::decay_t<decltype(values)>::value_type;
    const auto found = file.tensors.find(name);
    if (found != file.tensors.end()) values.resize(found->second.bytes.size() / sizeof(T));
    copy_tensor<T>(file, path, name, shape, values.data());
  };
  sized("theta", {bank.rows, simulator.parameters()}, bank.theta);
  sized("x", {bank.rows, bank.observed, simulator.size()}, bank.x);
  sized("status", {bank.rows, bank.observed}, bank.status);
  for (const float theta : bank.theta) {
    if (!std::isfinite(theta)) throw InputError(path + ": theta holds a value that is not finite");
  }
  for (std::size_t i = 0; i < bank.status.size(); ++i) {
    const Index size = simulator.size();
    if (bank.status[i] == 0 && !all_finite(bank.x.data() + static_cast<Index>(i) * size, size)) {
      throw InputError(path + ": x holds a value that is not finite in a sample that is valid");
    }
  }
  add_coordinates(bank, simulator);
  return bank;
}

namespace {

/// The running sum of exp(weight - best), without what is hopeless; how many rows have a part in it.
Index add_up(const std::vector<float>& weight, float best, std::vector<double>& up_to) {
  Index candidates = 0;
  double sum = 0;
  for (std::size_t r = 0; r < weight.size(); ++r) {
    const float below = weight[r] - best;
    if (below > -kHopeless) sum += static_cast<double>(std::exp(below)), ++candidates;
    up_to[r] = sum;
  }
  return candidates;
}

/// Rows one after the other, each with a probability as exp(weight) among those that are left; the heaviest where fewer
/// than `count` have any.
void draw_rows(std::vector<float>& weight, Index count, Key key, const SampleName& name, Index* chosen) {
  constexpr float kNever = -std::numeric_limits<float>::max();
  std::vector<double> up_to(weight.size());
  const float best = *std::max_element(weight.begin(), weight.end());
  if (add_up(weight, best, up_to) < count) {
    std::vector<Index> order(weight.size());
    std::iota(order.begin(), order.end(), Index{0});
    std::partial_sort(order.begin(), order.begin() + count, order.end(), [&](Index a, Index b) {
      const float own = weight[static_cast<std::size_t>(a)], other = weight[static_cast<std::size_t>(b)];
      return own != other ? own > other : a < b;
    });
    std::copy_n(order.begin(), count, chosen);
    return;
  }
  Stream random(key, name);
  Index failures = 0;
  for (Index k = 0; k < count;) {
    const double place = random.uniform_wide() * up_to.back();
    const Index row = std::upper_bound(up_to.begin(), up_to.end(), place) - up_to.begin();
    if (row < static_cast<Index>(up_to.size()) && std::find(chosen, chosen + k, row) == chosen + k) {
      chosen[k++] = row;
      continue;
    }
    // Taken already, as most are where a few weigh more than all others: these leave the sum.
    if (++failures % count != 0) continue;
    for (Index i = 0; i < k; ++i) weight[static_cast<std::size_t>(chosen[i])] = kNever;
    add_up(weight, best, up_to);
  }
}

}  // namespace

void choose_rows(const Bank& bank, const double* mean, const double* cholesky, Index parameters, Index without,
                 Index count, Key key, SampleName name, Index* chosen, double* noise) {
  if (bank.rows - (without >= 0 ? 1 : 0) < count) {
    throw InputError("choose_rows: got a bank of " + std::to_string(bank.rows) + " rows, expected more than " +
                     std::to_string(count));
  }
  // log of density over prior density, (|u|^2 - |C^-1 (u - mean)|^2) / 2, a parameter after the other.
  const auto rows = static_cast<std::size_t>(bank.rows);
  std::vector<float> place(static_cast<std::size_t>(parameters) * rows), weight(rows, 0.0f);
  for (Index p = 0; p < parameters; ++p) {
    const float* const u = bank.coordinate.data() + p * bank.rows;
    float* const here = place.data() + p * bank.rows;
    const auto centre = static_cast<float>(mean[p]), over = static_cast<float>(1 / cholesky[p * parameters + p]);
    for (std::size_t r = 0; r < rows; ++r) here[r] = u[r] - centre;
    for (Index q = 0; q < p; ++q) {
      const auto factor = static_cast<float>(cholesky[p * parameters + q]);
      const float* const other = place.data() + q * bank.rows;
      for (std::size_t r = 0; r < rows; ++r) here[r] -= factor * other[r];
    }
    for (std::size_t r = 0; r < rows; ++r) {
      here[r] *= over;
      weight[r] += 0.5f * (u[r] * u[r] - here[r] * here[r]);
    }
  }
  if (without >= 0) weight[static_cast<std::size_t>(without)] = -std::numeric_limits<float>::max();
  draw_rows(weight, count, key, name, chosen);
  for (Index k = 0; k < count; ++k) {
    for (Index p = 0; p < parameters; ++p) {
      const double e = static_cast<double>(place[static_cast<std::size_t>(p * bank.rows + chosen[k])]);
      noise[k * parameters + p] = std::min(std::max(e, -kFurthestNoise), kFurthestNoise);
    }
  }
}

}  // namespace v0
}  // namespace alfi
