#include "alfi/mpi/groups.hpp"

#include <vector>

#include "alfi/mpi/call.hpp"

namespace alfi {
inline namespace v0 {
namespace mpi {

struct Groups::State {
  Call call;
  MPI_Comm group = MPI_COMM_NULL, leaders = MPI_COMM_NULL;
  int rank = 0;
  bool dismissed = false;

  /// What the leader sends before each call, with theta after it: whether there is one, and its seed.
  struct Order {
    std::uint64_t goes_on, seed;
  };
  void give(Order& order) const { require(MPI_Bcast(&order, 2, MPI_UINT64_T, 0, group), "MPI_Bcast"); }
  void give(double* theta, Index parameters) const {
    require(MPI_Bcast(theta, static_cast<int>(parameters), MPI_DOUBLE, 0, group), "MPI_Bcast");
  }
};

namespace {

/// The leader's side.
class Led : public RowSimulator {
 public:
  explicit Led(std::function<Status(const double*, std::uint64_t, double*)> make) : make_(std::move(make)) {}
  void simulate(const RowsRequest& r) const override {
    std::vector<double> x(static_cast<std::size_t>(r.out.cols));
    for (Index i = 0; i < r.theta.rows; ++i) {
      const Status status = make_(r.theta.row(i).data, r.seeds[i], x.data());
      r.status[i] = static_cast<std::uint8_t>(status);
      if (status == Status::ok) std::copy(x.begin(), x.end(), r.out.row(i).data);
    }
  }

 private:
  std::function<Status(const double*, std::uint64_t, double*)> make_;
};

}  // namespace

Groups::Groups(MPI_Comm comm, int ranks, Call call) : state_(std::make_shared<State>()) {
  if (ranks < 1) throw InputError("mpi::Groups: ranks is " + std::to_string(ranks) + ", expected at least 1");
  State& s = *state_;
  s.call = std::move(call);
  int rank = 0;
  require(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  require(MPI_Comm_split(comm, rank / ranks, rank, &s.group), "MPI_Comm_split");
  require(MPI_Comm_set_errhandler(s.group, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  require(MPI_Comm_rank(s.group, &s.rank), "MPI_Comm_rank");
  require(MPI_Comm_split(comm, leads() ? 0 : MPI_UNDEFINED, rank, &s.leaders), "MPI_Comm_split");
}

Groups::~Groups() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (finalized != 0) return;
  if (state_->leaders != MPI_COMM_NULL) MPI_Comm_free(&state_->leaders);
  MPI_Comm_free(&state_->group);
}

bool Groups::leads() const { return state_->rank == 0; }
MPI_Comm Groups::group() const { return state_->group; }
MPI_Comm Groups::leaders() const { return state_->leaders; }

Simulator Groups::simulator(const SimulatorInfo& info) const {
  if (!leads()) throw InputError("mpi::Groups::simulator: got a rank that follows, expected the leader of a group");
  const auto parameters = static_cast<Index>(info.parameters.size());
  const auto make = [state = state_, parameters](const double* theta, std::uint64_t seed, double* x) {
    if (state->dismissed) throw InputError("mpi::Groups: the group is dismissed, expected no more calls");
    State::Order order{1, seed};
    std::vector<double> sent(theta, theta + parameters);
    state->give(order);
    state->give(sent.data(), parameters);
    return state->call(state->group, theta, seed, x);
  };
  return make_row_simulator(info, std::make_shared<const Led>(make));
}

void Groups::dismiss() {
  if (!leads() || state_->dismissed) return;
  State::Order order{0, 0};
  state_->give(order);
  state_->dismissed = true;
}

void Groups::follow(Index parameters, Index size) {
  if (leads()) throw InputError("mpi::Groups::follow: got the leader of a group, expected another rank");
  std::vector<double> theta(static_cast<std::size_t>(parameters)), x(static_cast<std::size_t>(size));
  for (;;) {
    State::Order order{0, 0};
    state_->give(order);
    if (order.goes_on == 0) return;
    state_->give(theta.data(), parameters);
    state_->call(state_->group, theta.data(), order.seed, x.data());
  }
}

}  // namespace mpi
}  // namespace v0
}  // namespace alfi
