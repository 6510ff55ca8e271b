// Ranks in groups that make each call together.
#include "alfi/mpi/groups.hpp"

#include <doctest/doctest.h>

#include "alfi/core/error.hpp"
#include "alfi/inference/trainer.hpp"
#include "inference/small.hpp"

using namespace alfi;

namespace {

SimulatorInfo info() {
  SimulatorInfo info;
  info.name = "mean";
  info.parameters = {{"mean", "", "", Prior::normal(0, 3)}};
  info.observation.names = {"x"};
  info.observation.units = {""};
  return info;
}

/// Normal(theta_0, 1), if all ranks of the group were told the same: each adds its share.
Status make(MPI_Comm group, const double* theta, std::uint64_t seed, double* x) {
  int size = 1;
  MPI_Comm_size(group, &size);
  Stream random(step_key(seed, Purpose::user, 0), {});
  const double mine = theta[0] + random.normal_double();
  double least = 0, most = 0;
  MPI_Reduce(&mine, &least, 1, MPI_DOUBLE, MPI_MIN, 0, group);
  MPI_Reduce(&mine, &most, 1, MPI_DOUBLE, MPI_MAX, 0, group);
  x[0] = most;
  return least == most ? Status::ok : Status::failed;
}

}  // namespace

TEST_CASE("groups: a training by groups of two is that of one process, bit by bit") {
  Configuration c = alfi_test::small_configuration("mean");
  c.train.shard = 2;
  const Simulator alone = make_row_simulator(info(), [] {
    class Alone : public RowSimulator {
      void simulate(const RowsRequest& r) const override {
        for (Index i = 0; i < r.theta.rows; ++i) {
          Stream random(step_key(r.seeds[i], Purpose::user, 0), {});
          r.out(i, 0) = r.theta(i, 0) + random.normal_double();
        }
      }
    };
    return std::make_shared<const Alone>();
  }());
  mpi::Groups groups(MPI_COMM_WORLD, 2, make);
  int rank = 0, size = 1, leaders = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  CHECK(groups.leads() == (rank % 2 == 0));
  if (!groups.leads()) {
    CHECK(groups.leaders() == MPI_COMM_NULL);
    CHECK_THROWS_AS(groups.simulator(info()), InputError);
    return groups.follow(1, 1);
  }
  MPI_Comm_size(groups.leaders(), &leaders);
  CHECK(leaders == (size + 1) / 2);
  CHECK_THROWS_AS(groups.follow(1, 1), InputError);
  Trainer wanted(c, alone, 1);
  {
    mpi::Communicator ranks(groups.leaders());
    Trainer trainer(c, groups.simulator(info()), 1, Context(), &ranks);
    CHECK(alfi_test::bytes_after(trainer, 3) == alfi_test::bytes_after(wanted, 3));
  }
  groups.dismiss();
}

TEST_CASE("groups: sizes that cannot be are refused") {
  CHECK_THROWS_AS(mpi::Groups(MPI_COMM_WORLD, 0, make), InputError);
}
