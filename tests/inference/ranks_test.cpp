// Many ranks, as threads of this process (support/thread_ranks.hpp): the same bits and the same failures on any number.
#include "alfi/inference/ranks.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <mutex>

#include "alfi/core/error.hpp"
#include "alfi/inference/shard_gradients.hpp"
#include "alfi/inference/trainer.hpp"
#include "inference/small.hpp"
#include "support/normals.hpp"
#include "support/thread_ranks.hpp"

using namespace alfi;
using alfi_test::bytes_after;
using alfi_test::make_normals;
using alfi_test::on_ranks;

namespace {

/// Five shards, of two problems each.
Configuration five_shards(const std::string& simulator) {
  Configuration c = alfi_test::small_configuration(simulator);
  c.train.problems = 10;
  c.train.shard = 2;
  return c;
}

/// Five steps and a validation on so many ranks, which must agree: the checkpoint.
std::vector<std::uint8_t> trained(const Configuration& c, const Simulator& simulator, int ranks) {
  std::vector<std::vector<std::uint8_t>> bytes(static_cast<std::size_t>(ranks));
  std::vector<double> losses(static_cast<std::size_t>(ranks));
  on_ranks(ranks, [&](Ranks& here) {
    const auto rank = static_cast<std::size_t>(here.rank());
    Trainer trainer(c, simulator, 1 + here.rank() % 2, Context(), &here);
    bytes_after(trainer, 5);
    losses[rank] = trainer.validate_and_keep_best();
    bytes[rank] = serialize(trainer.checkpoint());
  });
  for (std::size_t rank = 1; rank < bytes.size(); ++rank) {
    CHECK(bytes[rank] == bytes[0]);
    CHECK(losses[rank] == losses[0]);
  }
  return bytes[0];
}

}  // namespace

TEST_CASE("ranks: blocks are neighbours, and an item has one owner") {
  for (const Index items : {Index{1}, Index{2}, Index{7}, Index{8}, Index{64}}) {
    for (const int size : {1, 2, 3, 8, 13}) {
      Index next = 0;
      for (int rank = 0; rank < size; ++rank) {
        const Block block = block_of(items, rank, size);
        CHECK(block.first == next);
        CHECK(block.count <= (items + size - 1) / size);
        CHECK(block.count >= items / size);
        for (Index i = 0; i < block.count; ++i) CHECK(owner_of(block.first + i, items, size) == rank);
        next += block.count;
      }
      CHECK(next == items);
    }
  }
}

TEST_CASE("ranks: what fails on one fails on all, with the lowest rank's words") {
  std::mutex mutex;
  int failed = 0;
  on_ranks(4, [&](Ranks& here) {
    const std::vector<std::string> all = gather_results(here, [&] { return std::string(1, char('a' + here.rank())); });
    CHECK(all == std::vector<std::string>{"a", "b", "c", "d"});
    try {
      agree(here, [&] {
        if (here.rank() == 3) throw Error("three");
        if (here.rank() == 1) throw NumericError("one");
      });
    } catch (const NumericError& error) {
      const std::lock_guard<std::mutex> lock(mutex);
      CHECK(std::string(error.what()) == "one");
      CHECK(here.failed_together());
      ++failed;
    }
    agree(here, [] {});  // and it goes on
    CHECK(!here.failed_together());
  });
  CHECK(failed == 4);
  const auto rethrown = [](const std::function<void()>& work) {
    on_ranks(2, [&](Ranks& here) {
      try {
        agree(here, [&] {
          if (here.rank() == 1) work();
        });
      } catch (...) {
        if (here.rank() == 0) throw;
      }
    });
  };
  CHECK_THROWS_AS(rethrown([] { throw InputError("x"); }), InputError);
  CHECK_THROWS_AS(rethrown([] { throw ShapeError("x"); }), ShapeError);
  CHECK_THROWS_AS(rethrown([] { throw NotAvailableError("x"); }), NotAvailableError);
  CHECK_THROWS_AS(rethrown([] { throw DeviceError("x"); }), DeviceError);
  CHECK_THROWS_AS(rethrown([] { throw std::bad_alloc(); }), std::bad_alloc);
  CHECK_THROWS_WITH_AS(rethrown([] { throw std::runtime_error("other"); }), "other", Error);
  CHECK_THROWS_AS(rethrown([] { throw 1; }), Error);
}

TEST_CASE("ranks: gradients of shards have the sum of the pairwise tree") {
  // 1, e, e, e, ..: pairs of e's are added before they meet the 1, which a single e cannot change.
  const float e = 0x1p-25f;
  for (const Index shards : {Index{1}, Index{3}, Index{4}, Index{8}, Index{11}}) {
    std::vector<float> tree(static_cast<std::size_t>(shards), e);
    tree[0] = 1;
    for (std::size_t stride = 1; stride < tree.size(); stride *= 2) {
      for (std::size_t i = 0; i + stride < tree.size(); i += 2 * stride) tree[i] += tree[i + stride];
    }
    for (const int ranks : {1, 2, 3, 8, 13}) {
      on_ranks(ranks, [&](Ranks& here) {
        ShardGradients<float> gradients(Context(), 3, shards, here);
        const Block own = block_of(shards, here.rank(), ranks);
        for (int round = 0; round < 2; ++round) {
          for (Index i = own.first; i < own.first + own.count; ++i) {
            const std::vector<float> values{i == 0 ? 1.0f : e, static_cast<float>(i), 1};
            gradients.of_shard(i).copy_in(values.data());
          }
          const VecView<const float> sum = gradients.sum();
          CHECK(sum[0] == tree[0]);
          CHECK(sum[1] == static_cast<float>(shards * (shards - 1) / 2));
          CHECK(sum[2] == static_cast<float>(shards));
        }
      });
    }
  }
}

TEST_CASE("ranks: the same checkpoint on 1, 2, 3 and 8, more ranks than shards too") {
  Configuration c = five_shards("poisson");
  const Simulator poisson = make_builtin_simulator("poisson");
  for (const char* precision : {"float", "double"}) {
    c.train.precision = precision;
    Trainer alone(c, poisson, 1);
    bytes_after(alone, 5);
    alone.validate_and_keep_best();
    const std::vector<std::uint8_t> wanted = serialize(alone.checkpoint());
    for (const int ranks : {1, 2, 3, 8}) CHECK(trained(c, poisson, ranks) == wanted);
  }
}

TEST_CASE("ranks: rows that are made together, some of them again, give the same checkpoint") {
  Configuration c = five_shards("normals");
  c.train.max_failed = 0.5;
  for (const char* policy : {"drop", "resample"}) {
    c.train.nan_policy = policy;
    const std::vector<std::uint8_t> wanted = trained(c, make_normals(), 1);
    for (const int ranks : {2, 3, 8}) CHECK(trained(c, make_normals(), ranks) == wanted);
  }
}

TEST_CASE("ranks: GPUs, each its own, give the same checkpoint on any number") {
  Configuration c = five_shards("poisson");
  const auto trained_on = [&](const Simulator& simulator, int ranks) {
    std::vector<std::uint8_t> bytes;
    on_ranks(ranks, [&](Ranks& here) {
      Trainer trainer(c, simulator, 1, Context(Backend::cuda), &here);
      bytes_after(trainer, 3);
      trainer.validate_and_keep_best();
      if (here.rank() == 0) bytes = serialize(trainer.checkpoint());
    });
    return bytes;
  };
  const Simulator poisson = make_builtin_simulator("poisson");
  const std::vector<std::uint8_t> wanted = trained_on(poisson, 2);
  CHECK(trained_on(poisson, 3) == wanted);
  CHECK(trained_on(poisson, 7) == wanted);
  // What runs on the host beside it.
  c.train.nan_policy = "drop";
  c.train.max_failed = 0.5;
  c.simulator.name = "normals";
  CHECK(trained_on(make_normals(), 2) == trained_on(make_normals(), 3));
}

TEST_CASE("ranks: a training goes on with another number of ranks") {
  const Configuration c = alfi_test::small_configuration("poisson");
  const Simulator poisson = make_builtin_simulator("poisson");
  Trainer whole(c, poisson, 1);
  const std::vector<std::uint8_t> wanted = bytes_after(whole, 6);
  TensorFile checkpoint;
  on_ranks(3, [&](Ranks& here) {
    Trainer trainer(c, poisson, 1, Context(), &here);
    bytes_after(trainer, 4);
    if (here.rank() == 0) checkpoint = trainer.checkpoint();
  });
  on_ranks(2, [&](Ranks& here) {
    Trainer trainer(c, poisson, 1, Context(), &here);
    trainer.resume(checkpoint, "c");
    CHECK(bytes_after(trainer, 2) == wanted);
  });
}

TEST_CASE("ranks: a step that fails fails on all with the same words, and leaves the weights") {
  Configuration c = alfi_test::small_configuration("normals");
  c.train.standardize = 20;
  c.train.nan_policy = "error";
  std::string alone;
  try {
    Trainer(c, make_normals(), 1).advance();
  } catch (const NumericError& error) {
    alone = error.what();
  }
  CHECK(alone.find("step 1: simulator normals") == 0);
  on_ranks(3, [&](Ranks& here) {
    Trainer trainer(c, make_normals(), 1, Context(), &here);
    const std::vector<std::uint8_t> before = serialize(trainer.checkpoint());
    CHECK_THROWS_WITH_AS(trainer.advance(), alone.c_str(), NumericError);
    CHECK(here.failed_together());
    CHECK(serialize(trainer.checkpoint()) == before);
  });
}

TEST_CASE("ranks: other configurations are refused") {
  on_ranks(3, [&](Ranks& here) {
    Configuration c = alfi_test::small_configuration("poisson");
    if (here.rank() == 2) c.train.learning_rate = 0.5;
    CHECK_THROWS_WITH_AS(Trainer(c, make_builtin_simulator("poisson"), 1, Context(), &here),
                         "Trainer: rank 2 has another configuration than rank 0, expected the same", InputError);
  });
}
