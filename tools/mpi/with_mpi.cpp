#include <mpi.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "alfi/core/parallel.hpp"
#include "alfi/mpi/communicator.hpp"
#include "launch.hpp"

/// The command of a build with MPI. MPI is not touched unless a launcher started this process: what runs alone starts
/// at once, and needs no MPI that works.

namespace alfi::tools {
namespace {

/// What mpirun, srun and mpiexec of the usual MPIs leave in the environment of what they start.
bool is_launched() {
  constexpr const char* kMarks[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMI_SIZE"};
  return std::any_of(std::begin(kMarks), std::end(kMarks),
                     [](const char* name) { return std::getenv(name) != nullptr; });
}

/// The machine and which of its processors this process may use, as text.
std::string place_text() {
  char name[MPI_MAX_PROCESSOR_NAME];
  int length = 0;
  MPI_Get_processor_name(name, &length);
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  return std::string(name, static_cast<std::size_t>(length)) + '\n' +
         std::string(reinterpret_cast<const char*>(&set), sizeof set);
}

class Launched : public Launch {
 public:
  Launched() {
    int level = MPI_THREAD_SINGLE;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &level);
    ranks_.emplace(MPI_COMM_WORLD);
    const std::string here = place_text();
    const std::vector<std::string> places = ranks_->gather(here);
    const auto sharing = static_cast<int>(std::count(places.begin(), places.end(), here));
    processors_ = std::max(1, available_processors() / sharing);
  }
  ~Launched() override {
    ranks_.reset();
    MPI_Finalize();
  }
  Launched(const Launched&) = delete;
  Launched& operator=(const Launched&) = delete;

  Ranks& ranks() override { return *ranks_; }
  int processors() override { return processors_; }
  std::vector<double> busy_shares() override {
    std::vector<double> shares;
    for (const mpi::RankWork& work : ranks_->work()) shares.push_back(work.share());
    return shares;
  }
  void abort(int status) override {
    if (ranks_->size() > 1) MPI_Abort(ranks_->get(), status);
  }

 private:
  std::optional<mpi::Communicator> ranks_;
  int processors_ = 1;
};

}  // namespace

std::unique_ptr<Launch> make_launch() {
  if (is_launched()) return std::make_unique<Launched>();
  return std::make_unique<AloneLaunch>();
}

}  // namespace alfi::tools
