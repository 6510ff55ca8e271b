#pragma once
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

/// A client of models that are served by UM-Bridge's protocol, version 1.0, over HTTP.
/// Source: https://um-bridge-benchmarks.readthedocs.io, protocol specification.

namespace alfi::umbridge {

/// The servers cannot be used: not reachable, another protocol, no such model, other sizes.
class ServerError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Options {
  std::vector<std::string> urls;  ///< http://HOST[:PORT], or a port of this machine alone; all serve the same model
  std::string model;
  std::string config = "{}";  ///< a JSON object that goes with every request; the seed is added as "seed"
  double patience = 60;       ///< seconds that a connection is tried for, on all servers in turn
};

/// One request at a time. A connection that is refused or lost is made again, with the next server.
class Client {
 public:
  /// Asks a server for the model's sizes. Throws ServerError, also for URLs and configs that are none.
  explicit Client(const Options& options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  std::size_t inputs() const;   ///< numbers of all inputs together
  std::size_t outputs() const;  ///< of all outputs

  /// Theta [inputs()], cut into the model's input vectors; its output vectors, one after the other, in x [outputs()].
  /// False, with the reason in `why`, where the model failed. Of the seed, its lowest 53 bits: what every reader of
  /// JSON can hold. Throws ServerError.
  bool evaluate(const std::vector<double>& theta, std::uint64_t seed, std::vector<double>& x, std::string& why);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace alfi::umbridge
