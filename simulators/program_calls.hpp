#pragma once
#include <deque>
#include <exception>
#include <string>
#include <vector>

#include "alfi/simulators/program.hpp"

/// The calls that a program has still to answer, and what became of the others. Used by one thread at a time.

namespace alfi {
inline namespace v0 {
namespace detail {

/// The rows of one simulate().
struct Batch {
  const RowsRequest* request;
  Index left;                ///< rows without an answer
  bool done = false;         ///< for the thread that waits; under its lock
  std::exception_ptr error;  ///< why nothing more will come
};

struct Call {
  Batch* batch = nullptr;
  Index row = 0;
  Index spoilt = 0;  ///< processes that came to nothing with this call alone

  const double* theta() const { return batch->request->theta.row(row).data; }
  std::uint64_t seed() const { return batch->request->seeds[row]; }
};

/// Why a process was of no use.
enum class Trouble { ended, timed_out, garbled };

class Calls {
 public:
  Calls(const ProgramOptions& options, const ObservationShape& shape);

  void add(Batch& batch);  ///< of at least one row
  /// Calls that nobody has made yet, in order.
  Index fresh() const { return fresh_; }
  bool take(Call& call);
  /// Calls to be made alone, since something went wrong when they were made before.
  bool suspects() const { return !suspects_.empty(); }
  bool take_suspect(Call& call);

  /// x [D] is copied where status is ok and x can be.
  void answer(const Call& call, Status status, const double* x);
  /// A process came to nothing, with these calls. Throws Error where too many have in a row.
  void spoilt(const std::vector<Call>& calls, Trouble trouble, const std::string& why);

  /// Batches that have become complete since last asked.
  std::vector<Batch*> finished();
  /// Batches that are not complete; forgets them.
  std::vector<Batch*> abandon();

  const FailureReport& report() const { return report_; }

 private:
  struct Rest {
    Batch* batch;
    Index next;
  };
  void complete(const Call& call);
  void blame(Call call);
  bool possible(const double* x);

  std::string command_;
  ObservationShape shape_;
  Index retries_, most_futile_, futile_ = 0, fresh_ = 0;
  std::deque<Rest> rest_;
  std::deque<Call> suspects_;
  std::vector<Batch*> batches_, finished_;
  FailureReport report_;
};

}  // namespace detail
}  // namespace v0
}  // namespace alfi
