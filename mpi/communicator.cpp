#include "alfi/mpi/communicator.hpp"

#include <numeric>

#include "alfi/mpi/call.hpp"
#include "alfi/mpi/exchange.hpp"

namespace alfi {
inline namespace v0 {
namespace mpi {
namespace {

constexpr int kTag = 1;

bool is_finalized() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  return finalized != 0;
}

void require_running() {
  int initialized = 0;
  MPI_Initialized(&initialized);
  if (initialized == 0) throw InputError("mpi::Communicator: MPI is not initialized, expected MPI_Init before");
  if (is_finalized()) throw InputError("mpi::Communicator: MPI is finalized, expected a communicator that lives");
}

}  // namespace

struct Communicator::State {
  MPI_Comm comm = MPI_COMM_NULL;
  int rank = 0, size = 1;
  std::unique_ptr<Exchange> exchange;
};

Communicator::Communicator(MPI_Comm comm) : state_(new State) {
  require_running();
  if (comm == MPI_COMM_NULL) throw InputError("mpi::Communicator: got MPI_COMM_NULL, expected a communicator");
  State& s = *state_;
  require(MPI_Comm_dup(comm, &s.comm), "MPI_Comm_dup");
  require(MPI_Comm_set_errhandler(s.comm, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  require(MPI_Comm_rank(s.comm, &s.rank), "MPI_Comm_rank");
  require(MPI_Comm_size(s.comm, &s.size), "MPI_Comm_size");
}

Communicator::~Communicator() {
  if (is_finalized()) return;
  state_->exchange.reset();
  MPI_Comm_free(&state_->comm);
}

MPI_Comm Communicator::get() const { return state_->comm; }
int Communicator::rank() const { return state_->rank; }
int Communicator::size() const { return state_->size; }

std::vector<std::string> Communicator::gather(const std::string& mine) {
  if (size() == 1) return {mine};
  const auto ranks = static_cast<std::size_t>(size());
  const auto own = static_cast<std::int64_t>(mine.size());
  std::vector<std::int64_t> long_sizes(ranks);
  require(MPI_Allgather(&own, 1, MPI_INT64_T, long_sizes.data(), 1, MPI_INT64_T, get()), "MPI_Allgather");
  const std::int64_t sum = std::accumulate(long_sizes.begin(), long_sizes.end(), std::int64_t{0});
  if (sum > static_cast<std::int64_t>(kMostBytes)) {
    throw InputError("mpi::Communicator::gather: got " + std::to_string(sum) +
                     " bytes of all ranks, expected at most " + std::to_string(kMostBytes));
  }
  std::vector<std::string> parts(ranks);
  if (sum == 0) return parts;
  const std::vector<int> sizes(long_sizes.begin(), long_sizes.end());
  std::vector<int> places(ranks + 1);
  std::partial_sum(sizes.begin(), sizes.end(), places.begin() + 1);
  std::string all(static_cast<std::size_t>(sum), '\0');
  require(MPI_Allgatherv(mine.data(), sizes[static_cast<std::size_t>(rank())], MPI_BYTE, all.data(), sizes.data(),
                         places.data(), MPI_BYTE, get()),
          "MPI_Allgatherv");
  for (std::size_t r = 0; r < ranks; ++r) {
    parts[r] = all.substr(static_cast<std::size_t>(places[r]), static_cast<std::size_t>(sizes[r]));
  }
  return parts;
}

void Communicator::send(const void* data, std::size_t bytes, int to) {
  in_pieces(bytes, [&](std::size_t at, int count) {
    require(MPI_Send(static_cast<const char*>(data) + at, count, MPI_BYTE, to, kTag, get()), "MPI_Send");
  });
}

void Communicator::receive(void* data, std::size_t bytes, int from) {
  in_pieces(bytes, [&](std::size_t at, int count) {
    require(MPI_Recv(static_cast<char*>(data) + at, count, MPI_BYTE, from, kTag, get(), MPI_STATUS_IGNORE), "MPI_Recv");
  });
}

void Communicator::broadcast(void* data, std::size_t bytes, int root) {
  if (size() == 1) return;
  in_pieces(bytes, [&](std::size_t at, int count) {
    require(MPI_Bcast(static_cast<char*>(data) + at, count, MPI_BYTE, root, get()), "MPI_Bcast");
  });
}

RowExchange* Communicator::exchange() {
  if (size() == 1) return nullptr;
  if (!state_->exchange) state_->exchange = std::make_unique<Exchange>(*this);
  return state_->exchange.get();
}

std::vector<RankWork> Communicator::work() {
  if (!state_->exchange) return {};
  return gather_values<RankWork>(*this, [&] { return std::vector<RankWork>{state_->exchange->work()}; });
}

}  // namespace mpi
}  // namespace v0
}  // namespace alfi
