#pragma once
#include <cstring>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "alfi/simulators/rows.hpp"

/// Processes that train one machine together, as the training sees them; alfi::mpi (mpi/communicator.hpp) has those of
/// an MPI communicator. Every rank makes the same calls in the same order. Nothing here is called by two threads at
/// once.

namespace alfi {
inline namespace v0 {

class Ranks {
 public:
  virtual ~Ranks() = default;
  virtual int rank() const = 0;  ///< 0 .. size()-1
  virtual int size() const = 0;

  /// What every rank gave, by rank.
  virtual std::vector<std::string> gather(const std::string& mine) = 0;
  virtual void send(const void* data, std::size_t bytes, int to) = 0;
  virtual void receive(void* data, std::size_t bytes, int from) = 0;
  /// The root's bytes to every rank.
  virtual void broadcast(void* data, std::size_t bytes, int root) = 0;
  /// How rows of all ranks are made together; null: each rank makes its own.
  virtual RowExchange* exchange() = 0;

  /// Whether what failed last failed on every rank, as gather_results() and agree() see to: then every rank knows of
  /// the failure, and none waits.
  bool failed_together() const { return failed_together_; }
  void set_failed_together() { failed_together_ = true; }  ///< of a failure that every rank finds by itself

 private:
  friend std::vector<std::string> gather_results(Ranks& ranks, const std::function<std::string()>& work);
  bool failed_together_ = false;
};

/// Nobody but this process.
class OneRank : public Ranks {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  std::vector<std::string> gather(const std::string& mine) override { return {mine}; }
  void send(const void*, std::size_t, int) override {}
  void receive(void*, std::size_t, int) override {}
  void broadcast(void*, std::size_t, int) override {}
  RowExchange* exchange() override { return nullptr; }
};

/// Runs work on every rank and answers what each made, by rank. Where it failed on some, every rank throws what it
/// threw on the lowest of them: an exception of the same class (core/error.hpp; of another: Error) and text.
std::vector<std::string> gather_results(Ranks& ranks, const std::function<std::string()>& work);
/// The same for arrays of plain values: those of all ranks, one after the other.
template <class T>
std::vector<T> gather_values(Ranks& ranks, const std::function<std::vector<T>()>& work) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::string all;
  for (const std::string& part : gather_results(ranks, [&] {
         const std::vector<T> own = work();
         return std::string(reinterpret_cast<const char*>(own.data()), own.size() * sizeof(T));
       })) {
    all += part;
  }
  std::vector<T> values(all.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), all.data(), all.size());
  return values;
}
/// The same without results.
void agree(Ranks& ranks, const std::function<void()>& work);

/// A rank's part of so many items: neighbours, as many on each rank as can be.
struct Block {
  Index first = 0, count = 0;
};
Block block_of(Index items, int rank, int size);
/// Whose block holds the item.
int owner_of(Index item, Index items, int size);

}  // namespace v0
}  // namespace alfi
