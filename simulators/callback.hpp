#pragma once
#include <functional>

#include "alfi/simulators/rows.hpp"

/// A function of the host as a simulator: many rows a call.

namespace alfi {
inline namespace v0 {

/// Makes all rows of a request: theta and a seed for each in, observations and a status for each out. Rows that use
/// their seeds, and nothing else that is random, give the same results whatever the threads and the batches.
using Callback = std::function<void(const RowsRequest& rows)>;

struct CallbackOptions {
  enum class Threads : std::uint8_t {
    one,  ///< one call at a time, from whichever thread, with all rows that there are
    many  ///< from several threads at once, with pieces of them
  };
  Threads threads = Threads::one;
  Index most_rows = 0;  ///< of a call; 0: any number
};

/// An exception of the callback ends the training or inference, which throws it to its caller.
/// Throws InputError where there is no callback or most_rows is negative.
Simulator make_callback_simulator(SimulatorInfo info, Callback callback, const CallbackOptions& options = {},
                                  ExactAnswers exact = {});

}  // namespace v0
}  // namespace alfi
