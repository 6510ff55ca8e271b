#include "alfi/core/parallel.hpp"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable wake, done;
  const std::function<void(Index, int)>* work = nullptr;
  Index count = 0;
  std::atomic<Index> next{0};
  int busy = 0;
  std::uint64_t round = 0;
  bool stopping = false;
  Index failed_index = 0;
  std::exception_ptr failure;
  std::vector<std::thread> threads;

  void drain(int worker) {
    for (Index i = next++; i < count; i = next++) {
      try {
        (*work)(i, worker);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (!failure || i < failed_index) {
          failure = std::current_exception();
          failed_index = i;
        }
      }
    }
  }

  void stop() {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      stopping = true;
    }
    wake.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  void serve(int worker) {
    std::uint64_t seen = 0;
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      wake.wait(lock, [&] { return stopping || round != seen; });
      if (stopping) return;
      seen = round;
      lock.unlock();
      drain(worker);
      lock.lock();
      if (--busy == 0) done.notify_one();
    }
  }
};

ThreadPool::ThreadPool(int threads) : state_(new State) {
  if (threads < 0) throw InputError("ThreadPool: threads is " + std::to_string(threads) + ", expected at least 0");
  const int count = threads == 0 ? available_processors() : threads;
  try {
    for (int worker = 1; worker < count; ++worker) {
      state_->threads.emplace_back([state = state_.get(), worker] { state->serve(worker); });
    }
  } catch (...) {  // no more threads to be had: end those that were
    state_->stop();
    throw;
  }
}

ThreadPool::~ThreadPool() { state_->stop(); }

int ThreadPool::size() const { return static_cast<int>(state_->threads.size()) + 1; }

void ThreadPool::parallel_for(Index count, const std::function<void(Index, int)>& work) {
  State& s = *state_;
  {
    const std::lock_guard<std::mutex> lock(s.mutex);
    s.work = &work;
    s.count = count;
    s.next = 0;
    s.failure = nullptr;
    s.busy = size() - 1;
    ++s.round;
  }
  s.wake.notify_all();
  s.drain(0);
  std::unique_lock<std::mutex> lock(s.mutex);
  s.done.wait(lock, [&] { return s.busy == 0; });
  if (s.failure) std::rethrow_exception(std::exchange(s.failure, nullptr));
}

int available_processors() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1;
#endif
  const unsigned count = std::thread::hardware_concurrency();
  return count > 0 ? static_cast<int>(count) : 1;
}

}  // namespace v0
}  // namespace alfi
