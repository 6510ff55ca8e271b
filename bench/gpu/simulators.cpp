#include "simulators.hpp"

#include <algorithm>
#include <cmath>

#include "alfi/core/buffer.hpp"
#include "alfi/core/error.hpp"
#include "alfi/simulators/catalogue.hpp"

/// poisson/rate:..: 24.6 million counts, those of a meta-step of B 4096, K 20, M 20, T 15. curand_poisson/rate:..: as
/// many by cuRAND's generator of the same name, Philox too. Checked: mean and variance within 6 standard deviations
/// (2e-9 false alarms each); ours besides against the CPU's draws. The floor is writing them.

namespace bench {
namespace {

constexpr Index kProblems = 4096, kProposals = 20, kObservations = 300;
constexpr Index kDraws = kProblems * kProposals * kObservations;
constexpr double kSigmas = 6;

/// How many standard deviations mean and variance are away from a Poisson distribution's.
double deviation(const std::vector<float>& counts, double rate) {
  double sum = 0, squares = 0;
  for (const float count : counts) {
    const double from_rate = static_cast<double>(count) - rate;
    sum += from_rate;
    squares += from_rate * from_rate;
  }
  const double n = static_cast<double>(counts.size());
  // Var(x) = rate, E (x - rate)^4 = rate + 3 rate^2.
  const double mean = sum / n / std::sqrt(rate / n),
               square = (squares / n - rate) / std::sqrt((rate + 2 * rate * rate) / n);
  return std::max(std::fabs(mean), std::fabs(square));
}

/// Counts at one rate in a context's memory.
struct Counts {
  Counts(const alfi::Context& context_, double rate, Index problems)
      : context(context_),
        theta(context, problems * kProposals),
        out(context, problems * kProposals * kObservations),
        status(context, out.size()) {
    const std::vector<float> rates(static_cast<std::size_t>(theta.size()), static_cast<float>(std::log(rate)));
    theta.copy_in(rates.data());
    request.problems = problems;
    request.proposals = kProposals;
    request.observations = kObservations;
    request.theta = theta.matrix(theta.size(), 1);
    request.out = out.matrix(out.size(), 1);
    request.status = status.view();
    request.key = alfi::step_key(1, alfi::Purpose::user, 0);
  }
  std::vector<float> counts(Index count) const {
    std::vector<float> result(static_cast<std::size_t>(count));
    out.copy_out(result.data(), count);
    return result;
  }
  alfi::Context context;
  alfi::Buffer<float> theta, out;
  alfi::Buffer<std::uint8_t> status;
  alfi::SimulateRequest request;
};

/// The two libraries of functions round otherwise, so that one draw in many thousands falls to the next count.
void require_same_draws(const alfi::Simulator& simulator, const Counts& there, double rate) {
  Counts here(alfi::Context(), rate, 16);
  simulator.simulate(here.context, here.request);
  const std::vector<float> wanted = here.counts(here.out.size()), got = there.counts(here.out.size());
  Index other = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) other += wanted[i] == got[i] ? 0 : 1;
  if (other * 1000 <= here.out.size()) return;
  throw alfi::NumericError(std::to_string(other) + " of " + std::to_string(wanted.size()) + " draws are not the CPU's");
}

Measured ours(const Session& session, double rate) {
  const alfi::Simulator simulator = alfi::make_builtin_simulator("poisson");
  Counts counts(session.gpu, rate, kProblems);
  const auto run = [&] { simulator.simulate(session.gpu, counts.request); };
  run();
  require_same_draws(simulator, counts, rate);
  Measured m;
  m.answer = {deviation(counts.counts(kDraws), rate), kSigmas};
  m.timing = time_on_device(session.gpu, session.seconds, run);
  m.least.bytes = 5.0 * kDraws;  // a float and a status
  m.items = static_cast<double>(kDraws);
  m.item = "draw";
  return m;
}

Measured theirs(const Session& session, double rate) {
  alfi::Buffer<float> out(session.gpu, kDraws);
  const auto run = [&] { curand_poisson_draws(session.gpu, rate, out.view()); };
  run();
  std::vector<float> counts(static_cast<std::size_t>(kDraws));
  out.copy_out(counts.data());
  Measured m;
  m.answer = {deviation(counts, rate), kSigmas};
  m.timing = time_on_device(session.gpu, session.seconds, run);
  m.least.bytes = 4.0 * kDraws;
  m.items = static_cast<double>(kDraws);
  m.item = "draw";
  return m;
}

}  // namespace

void add_simulators(std::vector<Benchmark>& all) {
  for (const int rate : {8, 50}) {
    const std::string end = "/rate:" + std::to_string(rate);
    all.push_back({"poisson" + end, [=](const Session& session) { return ours(session, rate); }});
    if (!kHasCurand) continue;
    all.push_back({"curand_poisson" + end, [=](const Session& session) { return theirs(session, rate); }});
  }
}

}  // namespace bench
