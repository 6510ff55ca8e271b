#pragma once
#include <map>
#include <string>

#include "alfi/core/portable.hpp"

/// The figures that the benchmark published, observation by observation.

namespace alfi_sbibm {

class Published {
 public:
  /// published_c2st_by_observation.csv: task,algorithm,budget,observation,c2st. Throws alfi::InputError.
  explicit Published(const std::string& path);

  /// C2ST by algorithm at that budget; empty where there is none.
  std::map<std::string, double> at(const std::string& task, alfi::Index budget, alfi::Index observation) const;

 private:
  std::map<std::string, std::map<std::string, double>> figures_;  ///< "task,budget,observation"
};

}  // namespace alfi_sbibm
