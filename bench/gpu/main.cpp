#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <regex>
#include <string>

#include "benchmark.hpp"

/// usage: alfi_bench_gpu [--filter REGEX] [--seconds S] [--list]
/// One JSON object a line: the GPU and its roofs, measured, then each benchmark, whose answer was checked first.
/// `share` is the least time that the work needs by those roofs over the median. Exit status 77 without a GPU, 1 where
/// an answer is wrong or a benchmark failed.

namespace {

struct Options {
  std::string filter = ".*";
  double seconds = 0.5;
  bool list = false;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--list") {
      options.list = true;
    } else if (name == "--filter" && i + 1 < argc) {
      options.filter = argv[++i];
    } else if (name == "--seconds" && i + 1 < argc && std::atof(argv[i + 1]) > 0) {
      options.seconds = std::atof(argv[++i]);
    } else {
      std::fprintf(stderr, "usage: alfi_bench_gpu [--filter REGEX] [--seconds S] [--list]\n");
      std::exit(2);
    }
  }
  return options;
}

/// For a JSON string.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  }
  return result + '"';
}

void print_context(const bench::Session& session) {
  const alfi::DeviceProperties& gpu = session.gpu.device()->properties();
  std::printf(
      "{\"gpu\": %s, \"compute_capability\": \"%d.%d\", \"multiprocessors\": %d, \"copy_GB_per_s\": %.5g, "
      "\"multiply_add_GFLOPS\": %.5g, \"tf32_GFLOPS\": %.5g}\n",
      quoted(gpu.name).c_str(), gpu.major, gpu.minor, gpu.multiprocessors, session.roofs.bandwidth * 1e-9,
      session.roofs.multiply_adds * 1e-9, session.roofs.tensor * 1e-9);
}

void print(const std::string& name, const bench::Measured& m, const bench::Roofs& roofs) {
  const double arithmetic = m.least.flop > 0 ? m.least.flop / m.least.rate : 0,
               moving = m.least.bytes / roofs.bandwidth;
  const double least = std::max(arithmetic, moving), time = m.timing.median;
  std::printf("{\"name\": %s, \"median_us\": %.5g, \"range_us\": [%.5g, %.5g], \"rounds\": %d, \"calls\": %d",
              quoted(name).c_str(), time * 1e6, m.timing.least * 1e6, m.timing.most * 1e6, m.timing.rounds,
              m.timing.calls);
  if (m.items > 0) std::printf(", \"%ss_per_s\": %.5g", m.item.c_str(), m.items / time);
  if (std::isfinite(m.answer.error)) std::printf(", \"error\": %.3g", m.answer.error);
  std::printf(", \"allowed\": %.3g", m.answer.allowed);
  if (m.least.flop > 0) std::printf(", \"GFLOPS\": %.5g", m.least.flop / time * 1e-9);
  if (least > 0) {
    std::printf(", \"least_us\": %.5g, \"bound\": \"%s\", \"share\": %.4g", least * 1e6,
                arithmetic >= moving ? "arithmetic" : "memory", least / time);
  }
  std::printf("}\n");
}

bool run(const bench::Benchmark& benchmark, const bench::Session& session) {
  try {
    const bench::Measured measured = benchmark.run(session);
    print(benchmark.name, measured, session.roofs);
    if (measured.answer.error <= measured.answer.allowed) return true;
    std::fprintf(stderr, "%s: the answer is wrong: error %g, allowed %g\n", benchmark.name.c_str(),
                 measured.answer.error, measured.answer.allowed);
  } catch (const std::exception& error) {
    std::printf("{\"name\": %s, \"failed\": %s}\n", quoted(benchmark.name).c_str(), quoted(error.what()).c_str());
    std::fprintf(stderr, "%s: %s\n", benchmark.name.c_str(), error.what());
  }
  return false;
}

int run_all(const Options& options) {
  std::vector<bench::Benchmark> all;
  bench::add_meta_steps(all);
  bench::add_encoders(all);
  bench::add_fused(all);
  bench::add_dense(all);
  bench::add_simulators(all);
  bench::add_populations(all);
  bench::add_small(all);
  const std::regex filter(options.filter);
  all.erase(std::remove_if(all.begin(), all.end(),
                           [&](const bench::Benchmark& b) { return !std::regex_search(b.name, filter); }),
            all.end());
  if (options.list) {
    for (const bench::Benchmark& benchmark : all) std::printf("%s\n", benchmark.name.c_str());
    return 0;
  }
  const alfi::CudaStatus status = alfi::cuda_status();
  if (!status.usable) {
    std::fprintf(stderr, "alfi_bench_gpu: nothing measured: %s\n", status.reason.c_str());
    return 77;
  }
  bench::Session session{alfi::Context(alfi::Backend::cuda), {}, options.seconds};
  session.roofs = bench::measure_roofs(session.gpu);
  print_context(session);
  bool right = !all.empty();
  for (const bench::Benchmark& benchmark : all) {
    right = run(benchmark, session) && right;
    std::fflush(stdout);
  }
  return right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  try {
    return run_all(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "alfi_bench_gpu: %s\n", error.what());
    return 1;
  }
}
