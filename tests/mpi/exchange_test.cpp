// Rows that ranks make together: every row once, by whoever is free, and answered where it was asked.
#include "alfi/mpi/exchange.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <set>
#include <thread>

#include "alfi/core/error.hpp"
#include "alfi/inference/trainer.hpp"
#include "inference/small.hpp"
#include "support/normals.hpp"

using namespace alfi;

namespace {

/// (theta_0 + theta_1, seed) of a row; a seed that 7 divides fails. Counts what it makes here.
class Adder : public RowSimulator {
 public:
  explicit Adder(double seconds = 0) : seconds_(seconds) {}
  void simulate(const RowsRequest& r) const override {
    for (Index i = 0; i < r.theta.rows; ++i) {
      ++made;
      if (seconds_ > 0) std::this_thread::sleep_for(std::chrono::duration<double>(seconds_));
      if (r.seeds[i] % 7 == 0) {
        r.status[i] = static_cast<std::uint8_t>(Status::failed);
        continue;
      }
      r.out(i, 0) = r.theta(i, 0) + r.theta(i, 1);
      r.out(i, 1) = static_cast<double>(r.seeds[i]);
      r.out(i, 2) = -1;
    }
  }
  mutable std::atomic<Index> made{0};

 private:
  double seconds_;
};

struct Rows {
  explicit Rows(Index rows, std::uint64_t first = 0) : count(rows) {
    for (Index i = 0; i < count; ++i) {
      theta.push_back(static_cast<double>(i));
      theta.push_back(0.25);
      seeds.push_back(first + static_cast<std::uint64_t>(i));
    }
    out.assign(static_cast<std::size_t>(3 * count), 99.0);
    status.assign(static_cast<std::size_t>(count), 0);
  }
  RowsRequest request() {
    return {{theta.data(), count, 2}, {seeds.data(), count}, {out.data(), count, 3}, {status.data(), count}};
  }
  void check() const {
    for (Index i = 0; i < count; ++i) {
      const auto row = static_cast<std::size_t>(i);
      const bool fails = seeds[row] % 7 == 0;
      CHECK(status[row] == (fails ? 1 : 0));
      CHECK(out[3 * row] == (fails ? 99.0 : static_cast<double>(i) + 0.25));  // what fails is left as it was
      CHECK(out[3 * row + 1] == (fails ? 99.0 : static_cast<double>(seeds[row])));
    }
  }
  Index count;
  std::vector<double> theta, out;
  std::vector<std::uint64_t> seeds;
  std::vector<std::uint8_t> status;
};

Index sum_over(Ranks& ranks, Index mine) {
  Index sum = 0;
  for (const std::string& text : ranks.gather(std::to_string(mine))) sum += std::stol(text);
  return sum;
}

}  // namespace

TEST_CASE("exchange: every row once, whoever has how many, on any threads") {
  mpi::Communicator ranks(MPI_COMM_WORLD);
  mpi::Exchange exchange(ranks);
  const int rank = ranks.rank(), last = ranks.size() - 1;
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    // As many each; none on rank 0; all on the last one; more than before, so that the window grows; fewer.
    for (const Index count : {Index{50}, Index{rank * 40}, Index{rank == last ? 301 : 0}, Index{1000}, Index{3}}) {
      const Adder adder;
      Rows rows(count, static_cast<std::uint64_t>(1000 * rank));
      const Index all = sum_over(ranks, count);
      CHECK(exchange.simulate(adder, rows.request(), threads == 1 ? nullptr : &pool) == (all > 0));
      rows.check();
      CHECK(sum_over(ranks, adder.made) == all);
    }
  }
  const Adder adder;
  Rows none(0);
  CHECK(!exchange.simulate(adder, none.request(), nullptr));
  CHECK(adder.made == 0);
}

TEST_CASE("exchange: all of one rank's calls are made by all") {
  mpi::Communicator ranks(MPI_COMM_WORLD);
  mpi::Exchange exchange(ranks);
  const Adder adder(0.005);
  Rows rows(ranks.rank() == 0 ? 30 * ranks.size() : 0, 1);
  exchange.simulate(adder, rows.request(), nullptr);
  rows.check();
  CHECK(adder.made >= 3);  // of about 30: nobody assigns, and nobody is left out
  CHECK(exchange.work().calls == adder.made);
  CHECK(exchange.work().busy >= 0.005 * static_cast<double>(adder.made));
  CHECK(exchange.work().share() <= 1);
  CHECK(exchange.work().share() > 0.1);
}

TEST_CASE("exchange: a simulator that can go on no more ends it everywhere") {
  class Broken : public Adder {
   public:
    Broken() : Adder(0.002) {}
    void simulate(const RowsRequest& r) const override {
      for (const std::uint64_t seed : r.seeds) {
        if (seed == 5) throw InputError("seed 5 is too much");
      }
      Adder::simulate(r);
    }
  };
  mpi::Communicator ranks(MPI_COMM_WORLD);
  mpi::Exchange exchange(ranks);
  Rows rows(200, static_cast<std::uint64_t>(1000 * ranks.rank()));
  const Broken broken;
  CHECK_THROWS_WITH_AS(exchange.simulate(broken, rows.request(), nullptr), "seed 5 is too much", InputError);
  CHECK(broken.made < 200);  // the rest is not made
  Rows again(20, 100);
  const Adder adder;
  exchange.simulate(adder, again.request(), nullptr);
  again.check();
}

TEST_CASE("exchange: a training by rows is the same as that of one process, bit by bit") {
  Configuration c = alfi_test::small_configuration("normals");
  c.train.shard = 2;
  c.train.max_failed = 0.5;
  const Simulator normals = alfi_test::make_normals();
  for (const char* policy : {"drop", "resample"}) {
    c.train.nan_policy = policy;
    Trainer alone(c, normals, 1);
    const std::vector<std::uint8_t> wanted = alfi_test::bytes_after(alone, 5);
    const double loss = alone.validate_and_keep_best();
    mpi::Communicator ranks(MPI_COMM_WORLD);
    Trainer together(c, normals, 2, Context(), &ranks);
    CHECK(alfi_test::bytes_after(together, 5) == wanted);
    CHECK(together.validate_and_keep_best() == loss);
    CHECK(together.simulator_calls() == alone.simulator_calls());
    CHECK(static_cast<int>(ranks.work().size()) == (ranks.size() == 1 ? 0 : ranks.size()));
  }
}
