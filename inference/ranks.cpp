#include "alfi/inference/ranks.hpp"

#include <exception>
#include <new>

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {
namespace {

// What an outcome's first byte says of the rest: a result, or the text of an exception. No byte: nothing to say, which
// costs the ranks one message less.
enum Outcome : char {
  kDone = 'r',
  kError = 'e',
  kShape = 's',
  kInput = 'i',
  kNumeric = 'n',
  kNotAvailable = 'a',
  kDevice = 'd',
  kMemory = 'm',
};

std::string failure(Outcome outcome, const std::exception& error) { return std::string(1, outcome) + error.what(); }

std::string outcome_of(const std::function<std::string()>& work, std::exception_ptr& thrown) {
  try {
    const std::string result = work();
    return result.empty() ? result : std::string(1, kDone) + result;
  } catch (const std::exception& error) {
    thrown = std::current_exception();
    if (dynamic_cast<const ShapeError*>(&error) != nullptr) return failure(kShape, error);
    if (dynamic_cast<const InputError*>(&error) != nullptr) return failure(kInput, error);
    if (dynamic_cast<const NumericError*>(&error) != nullptr) return failure(kNumeric, error);
    if (dynamic_cast<const NotAvailableError*>(&error) != nullptr) return failure(kNotAvailable, error);
    if (dynamic_cast<const DeviceError*>(&error) != nullptr) return failure(kDevice, error);
    if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return failure(kMemory, error);
    return failure(kError, error);
  } catch (...) {
    thrown = std::current_exception();
    return std::string(1, kError) + "an exception that is no std::exception";
  }
}

[[noreturn]] void rethrow(const std::string& outcome) {
  const std::string text = outcome.substr(1);
  switch (outcome[0]) {
    case kShape:
      throw ShapeError(text);
    case kInput:
      throw InputError(text);
    case kNumeric:
      throw NumericError(text);
    case kNotAvailable:
      throw NotAvailableError(text);
    case kDevice:
      throw DeviceError(text);
    case kMemory:
      throw std::bad_alloc();
    default:
      throw Error(text);
  }
}

}  // namespace

std::vector<std::string> gather_results(Ranks& ranks, const std::function<std::string()>& work) {
  if (ranks.size() == 1) return {work()};
  ranks.failed_together_ = false;
  std::exception_ptr thrown;
  std::vector<std::string> outcomes = ranks.gather(outcome_of(work, thrown));
  for (std::size_t rank = 0; rank < outcomes.size(); ++rank) {
    if (outcomes[rank].empty() || outcomes[rank][0] == kDone) continue;
    ranks.failed_together_ = true;
    if (static_cast<int>(rank) == ranks.rank()) std::rethrow_exception(thrown);
    rethrow(outcomes[rank]);
  }
  for (std::string& outcome : outcomes) outcome.erase(0, outcome.empty() ? 0 : 1);
  return outcomes;
}

void agree(Ranks& ranks, const std::function<void()>& work) {
  gather_results(ranks, [&] {
    work();
    return std::string();
  });
}

Block block_of(Index items, int rank, int size) {
  const Index first = items * rank / size;
  return {first, items * (rank + 1) / size - first};
}

int owner_of(Index item, Index items, int size) { return static_cast<int>(((item + 1) * size - 1) / items); }

}  // namespace v0
}  // namespace alfi
