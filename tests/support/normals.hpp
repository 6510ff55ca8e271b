#pragma once
#include <memory>

#include "alfi/simulators/rows.hpp"

/// A simulator that answers rows, for tests of many ranks: Normal(theta, 1); of every ten seeds one fails.

namespace alfi_test {

class Normals : public alfi::RowSimulator {
 public:
  void simulate(const alfi::RowsRequest& r) const override {
    for (alfi::Index i = 0; i < r.theta.rows; ++i) {
      alfi::Stream random(alfi::step_key(r.seeds[i], alfi::Purpose::user, 0), {});
      r.out(i, 0) = r.theta(i, 0) + random.normal_double();
      if (r.seeds[i] % 10 == 0) r.status[i] = static_cast<std::uint8_t>(alfi::Status::failed);
    }
  }
};

inline alfi::Simulator make_normals() {
  alfi::SimulatorInfo info;
  info.name = "normals";
  info.parameters = {{"mean", "", "", alfi::Prior::normal(0, 3)}};
  info.observation.names = {"x"};
  info.observation.units = {""};
  return alfi::make_row_simulator(info, std::make_shared<const Normals>());
}

}  // namespace alfi_test
