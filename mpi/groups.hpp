#pragma once
#include <functional>
#include <memory>

#include "alfi/mpi/communicator.hpp"

/// Simulators that are MPI programs: the ranks of a communicator in groups, each of which makes a call together. The
/// first rank of every group, its leader, trains with the other leaders; the others follow it from call to call.
///
///     alfi::mpi::Groups groups(MPI_COMM_WORLD, 4, solve);
///     if (groups.leads()) {
///       alfi::mpi::Communicator ranks(groups.leaders());
///       alfi::Trainer trainer(configuration, groups.simulator(info), 1, alfi::Context(), &ranks);
///       ...
///       groups.dismiss();
///     } else {
///       groups.follow(1, 3);  // until it is dismissed
///     }

namespace alfi {
inline namespace v0 {
namespace mpi {

class Groups {
 public:
  /// One call, by all ranks of a group at once: theta [P] and the seed are the same on each, x [D] counts on the
  /// leader. The status counts that the leader answers. An exception on the leader ends the training; on another rank
  /// it leaves follow(), and whoever catches it must end the job, since its leader waits.
  using Call = std::function<Status(MPI_Comm group, const double* theta, std::uint64_t seed, double* x)>;

  /// Collective over comm. ranks: of a group; the last one is smaller where they do not divide comm's. Throws
  /// InputError for ranks < 1, Error where MPI fails.
  Groups(MPI_Comm comm, int ranks, Call call);
  /// Collective.
  ~Groups();
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;

  bool leads() const;
  MPI_Comm group() const;
  MPI_Comm leaders() const;  ///< MPI_COMM_NULL on other ranks

  /// Of a leader: the call as a simulator. It calls MPI from the thread that simulates, so that a Trainer should have
  /// one thread. Must not be used after dismiss() or this object's end.
  Simulator simulator(const SimulatorInfo& info) const;
  /// Of a leader: its group's follow() returns.
  void dismiss();
  /// Of the other ranks: makes calls with the leader until it dismisses them. parameters, size: P and D of its info.
  void follow(Index parameters, Index size);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mpi
}  // namespace v0
}  // namespace alfi
