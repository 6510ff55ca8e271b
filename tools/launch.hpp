#pragma once
#include <memory>
#include <vector>

#include "alfi/inference/ranks.hpp"

/// The processes that a launcher (mpirun, srun) has started this command as.

namespace alfi::tools {

class Launch {
 public:
  virtual ~Launch() = default;
  virtual Ranks& ranks() = 0;
  /// Processors for this process's threads: its own part of those that it shares with ranks beside it.
  virtual int processors() = 0;
  /// How much of their time the ranks spent in the simulator, by rank; empty: unknown. Every rank calls it.
  virtual std::vector<double> busy_shares() = 0;
  /// Ends all processes, for a failure that the others do not know of; returns where there are no others.
  virtual void abort(int status) = 0;
};

/// Of this process: several ranks where this is a build with MPI (tools/mpi/with_mpi.cpp) and a launcher says that it
/// has started some.
std::unique_ptr<Launch> make_launch();

/// This process alone.
class AloneLaunch : public Launch {
 public:
  Ranks& ranks() override { return ranks_; }
  int processors() override;
  std::vector<double> busy_shares() override { return {}; }
  void abort(int) override {}

 private:
  OneRank ranks_;
};

}  // namespace alfi::tools
