// The ranks of a communicator, on any number of them: mpirun starts this program with 1, 2, 3 and 8.
#include "alfi/mpi/communicator.hpp"

#include <doctest/doctest.h>

#include "alfi/core/error.hpp"
#include "alfi/inference/shard_gradients.hpp"
#include "alfi/inference/trainer.hpp"
#include "inference/small.hpp"

using namespace alfi;

TEST_CASE("communicator: a duplicate of the caller's, whose own error handler stays") {
  MPI_Errhandler before, after;
  MPI_Comm_get_errhandler(MPI_COMM_WORLD, &before);
  mpi::Communicator ranks(MPI_COMM_WORLD);
  MPI_Comm_get_errhandler(MPI_COMM_WORLD, &after);
  CHECK(before == after);
  MPI_Errhandler_free(&before);
  MPI_Errhandler_free(&after);
  int rank = -1, size = -1, relation = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  CHECK(ranks.rank() == rank);
  CHECK(ranks.size() == size);
  MPI_Comm_compare(ranks.get(), MPI_COMM_WORLD, &relation);
  CHECK(relation == MPI_CONGRUENT);
  CHECK((ranks.exchange() == nullptr) == (size == 1));
  CHECK_THROWS_AS(mpi::Communicator(MPI_COMM_NULL), InputError);
}

TEST_CASE("communicator: gather, send, receive and broadcast") {
  mpi::Communicator ranks(MPI_COMM_WORLD);
  const auto text_of = [](int rank) { return std::string(static_cast<std::size_t>(5 * rank), char('a' + rank)); };
  const std::vector<std::string> all = ranks.gather(text_of(ranks.rank()));
  REQUIRE(static_cast<int>(all.size()) == ranks.size());
  for (int r = 0; r < ranks.size(); ++r) CHECK(all[static_cast<std::size_t>(r)] == text_of(r));
  for (const std::string& nothing : ranks.gather("")) CHECK(nothing.empty());

  std::vector<double> numbers(100000, ranks.rank());
  const std::size_t bytes = numbers.size() * sizeof(double);
  if (ranks.rank() > 0) ranks.send(numbers.data(), bytes, ranks.rank() - 1);
  if (ranks.rank() + 1 < ranks.size()) {
    ranks.receive(numbers.data(), bytes, ranks.rank() + 1);
    CHECK(numbers == std::vector<double>(100000, ranks.rank() + 1));
  }
  const int last = ranks.size() - 1;
  ranks.broadcast(numbers.data(), bytes, last);
  CHECK(numbers == std::vector<double>(100000, last));
}

TEST_CASE("communicator: two at once, and one of some of the ranks") {
  mpi::Communicator world(MPI_COMM_WORLD);
  MPI_Comm half = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, world.rank() % 2, 0, &half);
  {
    mpi::Communicator ranks(half);
    CHECK(ranks.size() == (world.size() + 1 - world.rank() % 2) / 2);
    const std::vector<std::string> all = ranks.gather(std::to_string(world.rank()));
    for (int r = 0; r < ranks.size(); ++r) {
      CHECK(all[static_cast<std::size_t>(r)] == std::to_string(2 * r + world.rank() % 2));
    }
    CHECK(world.gather("x").size() == static_cast<std::size_t>(world.size()));
  }
  MPI_Comm_free(&half);
}

TEST_CASE("communicator: what fails on one rank fails on all") {
  mpi::Communicator ranks(MPI_COMM_WORLD);
  const auto work = [&] {
    if (ranks.rank() == ranks.size() - 1) throw InputError("the last one");
  };
  CHECK_THROWS_WITH_AS(agree(ranks, work), "the last one", InputError);
  agree(ranks, [] {});
}

TEST_CASE("communicator: a training is the same as that of one process, bit by bit") {
  Configuration c = alfi_test::small_configuration("poisson");
  c.train.shard = 1;
  const Simulator poisson = make_builtin_simulator("poisson");
  Trainer alone(c, poisson, 1);
  const std::vector<std::uint8_t> wanted = alfi_test::bytes_after(alone, 5);
  const double loss = alone.validate_and_keep_best();
  mpi::Communicator ranks(MPI_COMM_WORLD);
  Trainer together(c, poisson, 2, Context(), &ranks);
  CHECK(alfi_test::bytes_after(together, 5) == wanted);
  CHECK(together.validate_and_keep_best() == loss);
  CHECK(together.simulator_calls() == alone.simulator_calls());
}
