#include "alfi/core/parallel.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "alfi/core/error.hpp"

using namespace alfi;

namespace {

/// How often each index ran, and whether each worker number was within [0, size).
struct Visits {
  explicit Visits(Index count) : times(static_cast<std::size_t>(count)) {}
  std::vector<std::atomic<int>> times;
  std::atomic<bool> workers_in_range{true};
};

void visit_all(ThreadPool& pool, Visits& visits) {
  pool.parallel_for(static_cast<Index>(visits.times.size()), [&](Index index, int worker) {
    ++visits.times[static_cast<std::size_t>(index)];
    if (worker < 0 || worker >= pool.size()) visits.workers_in_range = false;
  });
}

}  // namespace

TEST_CASE("parallel: threads run every index once, for awkward counts and thread numbers") {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    CHECK(pool.size() == threads);
    for (const Index count : {0, 1, 2, 7, 8, 9, 1009}) {
      CAPTURE(threads);
      CAPTURE(count);
      Visits visits(count);
      visit_all(pool, visits);
      for (const std::atomic<int>& times : visits.times) REQUIRE(times == 1);
      CHECK(visits.workers_in_range);
    }
  }
}

TEST_CASE("parallel: threads of one worker never run two indices at a time") {
  ThreadPool pool(4);
  std::vector<int> per_worker(4);  // not atomic: ThreadSanitizer sees a shared worker number
  pool.parallel_for(10000, [&](Index, int worker) { ++per_worker[static_cast<std::size_t>(worker)]; });
  int sum = 0;
  for (int n : per_worker) sum += n;
  CHECK(sum == 10000);
}

TEST_CASE("parallel: threads' writes are seen by the caller, and the caller's by them") {
  ThreadPool pool(3);
  std::vector<Index> squares(500);  // not atomic: ThreadSanitizer sees a missing hand-over
  for (int round = 0; round < 50; ++round) {
    pool.parallel_for(500, [&](Index i, int) { squares[static_cast<std::size_t>(i)] += i; });
    for (Index i = 0; i < 500; ++i) REQUIRE(squares[static_cast<std::size_t>(i)] == i * (round + 1));
  }
}

TEST_CASE("parallel: the exception of the lowest index is rethrown after every index ran, threads or not") {
  for (const int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    for (int round = 0; round < 20; ++round) {
      CAPTURE(threads);
      std::atomic<int> ran{0};
      const auto work = [&](Index index, int) {
        ++ran;
        if (index == 17 || index == 18 || index == 99) throw std::runtime_error("index " + std::to_string(index));
      };
      CHECK_THROWS_WITH_AS(pool.parallel_for(100, work), "index 17", std::runtime_error);
      CHECK(ran == 100);
    }
  }
}

TEST_CASE("parallel: threads are of use after an exception") {
  ThreadPool pool(2);
  CHECK_THROWS_AS(pool.parallel_for(3, [](Index, int) { throw InputError("bad"); }), InputError);
  Visits visits(50);
  CHECK_NOTHROW(visit_all(pool, visits));
  for (const std::atomic<int>& times : visits.times) CHECK(times == 1);
}

TEST_CASE("parallel: one thread runs inline, in order") {
  ThreadPool pool(1);
  const std::thread::id caller = std::this_thread::get_id();
  std::vector<Index> order;
  bool inlined = true;
  pool.parallel_for(20, [&](Index index, int worker) {
    order.push_back(index);
    inlined = inlined && worker == 0 && std::this_thread::get_id() == caller;
  });
  CHECK(inlined);
  REQUIRE(order.size() == 20);
  for (Index i = 0; i < 20; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("parallel: pools with threads live side by side, and one may use another") {
  ThreadPool outer(2);
  std::atomic<int> ran{0};
  outer.parallel_for(4, [&](Index, int) {
    ThreadPool inner(2);
    inner.parallel_for(10, [&](Index, int) { ++ran; });
  });
  CHECK(ran == 40);
}

TEST_CASE("parallel: threads = 0 means one for each processor, fewer than 0 is an error") {
  CHECK(available_processors() >= 1);
  CHECK(ThreadPool(0).size() == available_processors());
  CHECK_THROWS_WITH_AS(ThreadPool(-1), "ThreadPool: threads is -1, expected at least 0", InputError);
}
