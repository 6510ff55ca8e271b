#include "alfi/simulators/callback.hpp"

#include <algorithm>
#include <mutex>

#include "alfi/core/error.hpp"

namespace alfi {
inline namespace v0 {
namespace {

class CallbackSimulator : public RowSimulator {
 public:
  CallbackSimulator(Callback callback, const CallbackOptions& options)
      : callback_(std::move(callback)), options_(options) {}

  void simulate(const RowsRequest& request) const override {
    const Index rows = request.theta.rows, most = options_.most_rows > 0 ? options_.most_rows : rows;
    for (Index first = 0; first < rows; first += most) call(part(request, first, std::min(most, rows - first)));
  }
  /// One at a time, it is best asked for all at once.
  bool spreads() const override { return options_.threads == CallbackOptions::Threads::one; }

 private:
  static RowsRequest part(const RowsRequest& r, Index first, Index rows) {
    return {{r.theta.row(first).data, rows, r.theta.cols},
            {r.seeds.data + first, rows},
            {r.out.row(first).data, rows, r.out.cols},
            {r.status.data + first, rows}};
  }

  void call(const RowsRequest& rows) const {
    std::unique_lock<std::mutex> lock(mutex_, std::defer_lock);
    if (options_.threads == CallbackOptions::Threads::one) lock.lock();
    callback_(rows);
  }

  Callback callback_;
  CallbackOptions options_;
  mutable std::mutex mutex_;
};

}  // namespace

Simulator make_callback_simulator(SimulatorInfo info, Callback callback, const CallbackOptions& options,
                                  ExactAnswers exact) {
  if (!callback) throw InputError("make_callback_simulator: callback: got none, expected a function");
  if (options.most_rows < 0) {
    throw InputError("make_callback_simulator: most_rows: got " + std::to_string(options.most_rows) +
                     ", expected at least 0");
  }
  return make_row_simulator(std::move(info), std::make_shared<const CallbackSimulator>(std::move(callback), options),
                            std::move(exact));
}

}  // namespace v0
}  // namespace alfi
