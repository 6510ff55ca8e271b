#pragma once
#include <functional>
#include <memory>

#include "alfi/core/portable.hpp"

/// The only place that makes threads.

namespace alfi {
inline namespace v0 {

/// A fixed set of threads, owned by a Trainer or a Machine. With one thread everything runs inline on the caller.
class ThreadPool {
 public:
  /// threads >= 1, the caller's own included; 0 means one for each processor that this process may use.
  explicit ThreadPool(int threads = 1);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const;

  /// Runs work(index, worker) for every index in [0, count), each index on one of the workers 0 .. size()-1, in no
  /// promised order. Every index runs even where one throws; the exception of the lowest index is rethrown here.
  /// Calls from several threads at once, or from inside work, are errors of the caller.
  void parallel_for(Index count, const std::function<void(Index index, int worker)>& work);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// How many processors this process may use (its affinity mask), at least 1.
int available_processors();

}  // namespace v0
}  // namespace alfi
