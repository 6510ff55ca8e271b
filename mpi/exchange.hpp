#pragma once
#include <exception>
#include <mutex>
#include <vector>

#include "alfi/mpi/communicator.hpp"

/// How ranks make rows together. Each rank shows its rows (theta, seeds, places for the answers) in a window of memory
/// that the others may read and write without its help. One counter, in rank 0's window, says which rows are taken: a
/// thread takes the next by an atomic addition, reads them from their rank, simulates, and writes the answers there.
/// Nobody assigns, every rank simulates, and no rank is idle before the last row is taken.

namespace alfi {
inline namespace v0 {
namespace mpi {

class Exchange : public RowExchange {
 public:
  explicit Exchange(Communicator& ranks);
  ~Exchange() override;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  bool simulate(const RowSimulator& simulator, const RowsRequest& mine, ThreadPool* pool) override;
  RankWork work() const { return work_; }

 private:
  /// Where a rank's window has what, in bytes: the counter, then arrays of `capacity` rows.
  struct Layout {
    Index capacity = 0, parameters = 0, size = 0;
    MPI_Aint theta(Index row) const { return kHead + row * parameters * kNumber; }
    MPI_Aint seed(Index row) const { return theta(capacity) + row * kNumber; }
    MPI_Aint out(Index row) const { return seed(capacity) + row * size * kNumber; }
    MPI_Aint status(Index row) const { return out(capacity) + row; }
    MPI_Aint bytes() const { return status(capacity); }
    static constexpr MPI_Aint kHead = 64, kNumber = 8;
  };
  /// Rows of one rank.
  struct Part {
    int owner;
    Index first, count;
  };
  /// Room for rows of others while they are made: one for each thread.
  struct Room {
    std::vector<double> theta, out;
    std::vector<std::uint64_t> seeds;
    std::vector<std::uint8_t> status;
    double busy = 0;
    Index calls = 0;
  };

  void reserve(Index rows, Index parameters, Index size);
  void release();
  void show(const RowsRequest& mine);
  void make_all(const RowSimulator& simulator, ThreadPool* pool);
  void serve(const RowSimulator& simulator, Room& room, ThreadPool* pool);
  void make(const RowSimulator& simulator, const Part& part, Room& room, ThreadPool* pool);
  Index take(Index count);
  Index piece(Index taken, const Room& room) const;
  Index most_at_once() const;
  std::vector<Part> parts_of(Index first, Index count) const;
  RowsRequest fetch(const Part& part, Room& room);
  void answer(const Part& part, const Room& room);
  void take_home(const RowsRequest& mine) const;

  Communicator& ranks_;
  bool threads_may_call_;
  std::mutex mutex_;  ///< of calls of MPI while rows are made
  MPI_Win window_ = MPI_WIN_NULL;
  char* base_ = nullptr;
  Layout layout_;
  std::vector<Index> ends_;  ///< of each rank's rows in the count of all
  Index total_ = 0;
  int workers_ = 1;  ///< of all ranks, about: threads here times ranks
  RankWork work_;
};

}  // namespace mpi
}  // namespace v0
}  // namespace alfi
