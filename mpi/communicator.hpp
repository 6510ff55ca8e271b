#pragma once
#include <mpi.h>

#include <memory>

#include "alfi/inference/ranks.hpp"

/// The ranks of an MPI communicator. alfi::mpi, a library beside alfi::alfi, which knows nothing of MPI.
///
///     alfi::mpi::Communicator ranks(MPI_COMM_WORLD);
///     alfi::Trainer trainer(configuration, simulator, threads, alfi::Context(), &ranks);  // on every rank
///
/// MPI is the caller's: it is neither initialized nor finalized here, and no error handler but that of our duplicate of
/// the communicator is set. Sources: MPI 3.1, chapters 6, 8, 11 and 12.

namespace alfi {
inline namespace v0 {
namespace mpi {

/// How much of the time since the start its threads spent in the simulator while rows were made together.
struct RankWork {
  Index calls = 0;     ///< made here, for whichever rank
  double busy = 0;     ///< seconds in the simulator, summed over threads
  double seconds = 0;  ///< seconds that there was something to simulate somewhere, times threads
  double share() const { return seconds > 0 ? busy / seconds : 1; }
};

/// Where the MPI thread level is at least MPI_THREAD_SERIALIZED, a rank's threads take rows of their own from the
/// exchange, and call MPI one at a time; below, the thread that calls does so for all. That one must be MPI's main
/// thread where the level is MPI_THREAD_FUNNELED.
class Communicator : public Ranks {
 public:
  /// Collective over comm, which is duplicated. Throws InputError where MPI is not initialized, or finalized already;
  /// Error where MPI fails, here and in every function below.
  explicit Communicator(MPI_Comm comm);
  /// Collective; does nothing where MPI is finalized already. Not after a failure that only some ranks know of: there
  /// MPI_Abort is all that helps.
  ~Communicator() override;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  MPI_Comm get() const;  ///< our duplicate
  int rank() const override;
  int size() const override;
  std::vector<std::string> gather(const std::string& mine) override;
  void send(const void* data, std::size_t bytes, int to) override;
  void receive(void* data, std::size_t bytes, int from) override;
  void broadcast(void* data, std::size_t bytes, int root) override;
  /// Null for one rank.
  RowExchange* exchange() override;

  /// Of every rank, by rank; collective. Nothing where no rows were made together.
  std::vector<RankWork> work();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mpi
}  // namespace v0
}  // namespace alfi
