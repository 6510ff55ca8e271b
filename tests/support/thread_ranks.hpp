#pragma once
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "alfi/inference/ranks.hpp"

/// Ranks that are threads of this process: what many ranks compute, tested without MPI.

namespace alfi_test {

class ThreadRanks : public alfi::Ranks, private alfi::RowExchange {
 public:
  /// What the ranks share.
  struct Team {
    explicit Team(int ranks) : size(ranks), given(static_cast<std::size_t>(ranks)) {}
    int size;
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> given, taken;
    int here = 0;
    long round = 0;
    std::map<std::pair<int, int>, std::deque<std::string>> mail;  ///< by sender and receiver
  };

  ThreadRanks(Team& team, int rank) : team_(team), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return team_.size; }

  std::vector<std::string> gather(const std::string& mine) override {
    std::unique_lock<std::mutex> lock(team_.mutex);
    team_.given[static_cast<std::size_t>(rank_)] = mine;
    const long round = team_.round;
    if (++team_.here == team_.size) {
      team_.taken = team_.given;
      team_.here = 0;
      ++team_.round;
      team_.changed.notify_all();
    } else {
      team_.changed.wait(lock, [&] { return team_.round != round; });
    }
    return team_.taken;  // the next round waits for this rank
  }
  void send(const void* data, std::size_t bytes, int to) override {
    const std::lock_guard<std::mutex> lock(team_.mutex);
    team_.mail[{rank_, to}].emplace_back(static_cast<const char*>(data), bytes);
    team_.changed.notify_all();
  }
  void receive(void* data, std::size_t bytes, int from) override {
    std::unique_lock<std::mutex> lock(team_.mutex);
    std::deque<std::string>& box = team_.mail[{from, rank_}];
    team_.changed.wait(lock, [&] { return !box.empty(); });
    box.front().copy(static_cast<char*>(data), bytes);
    box.pop_front();
  }
  void broadcast(void* data, std::size_t bytes, int root) override {
    const std::vector<std::string> all = gather(rank_ == root ? std::string(static_cast<char*>(data), bytes) : "");
    all[static_cast<std::size_t>(root)].copy(static_cast<char*>(data), bytes);
  }
  alfi::RowExchange* exchange() override { return this; }

 private:
  bool simulate(const alfi::RowSimulator& simulator, const alfi::RowsRequest& mine, alfi::ThreadPool*) override {
    bool any = false;
    for (const std::string& there : gather(mine.theta.rows > 0 ? "some" : "")) any = any || !there.empty();
    if (any) {
      alfi::agree(*this, [&] {
        if (mine.theta.rows > 0) simulator.simulate(mine);
      });
    }
    return any;
  }

  Team& team_;
  int rank_;
};

/// Runs work on so many ranks at once and rethrows what it threw on the lowest of those where it threw.
inline void on_ranks(int ranks, const std::function<void(alfi::Ranks&)>& work) {
  ThreadRanks::Team team(ranks);
  std::vector<std::exception_ptr> thrown(static_cast<std::size_t>(ranks));
  std::vector<std::thread> threads;
  for (int r = 0; r < ranks; ++r) {
    threads.emplace_back([&, r] {
      ThreadRanks here(team, r);
      try {
        work(here);
      } catch (...) {
        thrown[static_cast<std::size_t>(r)] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& exception : thrown) {
    if (exception) std::rethrow_exception(exception);
  }
}

}  // namespace alfi_test
