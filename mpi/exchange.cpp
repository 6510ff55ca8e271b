#include "alfi/mpi/exchange.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "alfi/mpi/call.hpp"

namespace alfi {
inline namespace v0 {
namespace mpi {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kPieceSeconds = 2e-4;  // of work taken at a time: a hundred times what taking it costs
constexpr double kTurnSeconds = 2e-6;   // and, with many workers, so much that the counter can serve them all in turn
constexpr Index kShares = 4;            // and no more than a part of what is left for each thread, that none ends late
constexpr int kCounterRank = 0;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// With a pool: a piece for each of its threads.
void run(const RowSimulator& simulator, const RowsRequest& rows, ThreadPool* pool) {
  if (pool == nullptr) return simulator.simulate(rows);
  const Index count = rows.theta.rows, pieces = std::min<Index>(count, pool->size());
  pool->parallel_for(pieces, [&](Index i, int) {
    const Index first = count * i / pieces, some = count * (i + 1) / pieces - first;
    simulator.simulate({{rows.theta.row(first).data, some, rows.theta.cols},
                        {rows.seeds.data + first, some},
                        {rows.out.row(first).data, some, rows.out.cols},
                        {rows.status.data + first, some}});
  });
}

}  // namespace

Exchange::Exchange(Communicator& ranks) : ranks_(ranks) {
  int level = MPI_THREAD_SINGLE;
  require(MPI_Query_thread(&level), "MPI_Query_thread");
  threads_may_call_ = level >= MPI_THREAD_SERIALIZED;
}

Exchange::~Exchange() { release(); }

void Exchange::release() {
  if (window_ == MPI_WIN_NULL) return;
  MPI_Win_unlock_all(window_);
  MPI_Win_free(&window_);
}

/// Room for so many rows of every rank; collective, and every rank gives the same numbers.
void Exchange::reserve(Index rows, Index parameters, Index size) {
  const Layout wanted{rows, parameters, size};
  if (window_ != MPI_WIN_NULL && wanted.bytes() <= layout_.bytes() && parameters == layout_.parameters &&
      size == layout_.size) {
    return;
  }
  release();
  require(MPI_Win_allocate(wanted.bytes(), 1, MPI_INFO_NULL, ranks_.get(), &base_, &window_), "MPI_Win_allocate");
  require(MPI_Win_set_errhandler(window_, MPI_ERRORS_RETURN), "MPI_Win_set_errhandler");
  int* model = nullptr;
  int known = 0;
  require(MPI_Win_get_attr(window_, MPI_WIN_MODEL, &model, &known), "MPI_Win_get_attr");
  if (known == 0 || *model != MPI_WIN_UNIFIED) {
    throw NotAvailableError(
        "mpi::Communicator: this MPI's windows are copies, expected the memory model MPI_WIN_UNIFIED");
  }
  require(MPI_Win_lock_all(MPI_MODE_NOCHECK, window_), "MPI_Win_lock_all");
  layout_ = wanted;
}

/// This rank's rows, to all; and the counter at 0.
void Exchange::show(const RowsRequest& mine) {
  const auto put = [&](MPI_Aint at, const void* data, Index numbers) {
    if (numbers > 0) std::memcpy(base_ + at, data, static_cast<std::size_t>(numbers) * sizeof(double));
  };
  put(layout_.theta(0), mine.theta.data, mine.theta.size());
  put(layout_.seed(0), mine.seeds.data, mine.seeds.size);
  put(layout_.out(0), mine.out.data, mine.out.size());  // what fails is left as it was
  std::memset(base_ + layout_.status(0), 0, static_cast<std::size_t>(mine.theta.rows));
  const std::int64_t none = 0;
  std::memcpy(base_, &none, sizeof none);
  require(MPI_Win_sync(window_), "MPI_Win_sync");
  require(MPI_Barrier(ranks_.get()), "MPI_Barrier");
  require(MPI_Win_sync(window_), "MPI_Win_sync");
}

bool Exchange::simulate(const RowSimulator& simulator, const RowsRequest& mine, ThreadPool* pool) {
  const Index own = mine.theta.rows;
  ends_.resize(static_cast<std::size_t>(ranks_.size()));
  require(MPI_Allgather(&own, 1, MPI_INT64_T, ends_.data(), 1, MPI_INT64_T, ranks_.get()), "MPI_Allgather");
  const Index most = *std::max_element(ends_.begin(), ends_.end());
  if (most == 0) return false;
  for (std::size_t r = 1; r < ends_.size(); ++r) ends_[r] += ends_[r - 1];
  total_ = ends_.back();
  reserve(most, mine.theta.cols, mine.out.cols);
  show(mine);
  const int threads = pool != nullptr ? pool->size() : 1;
  workers_ = threads * ranks_.size();
  const Clock::time_point start = Clock::now();
  agree(ranks_, [&] { make_all(simulator, pool); });  // which waits for the others, too
  work_.seconds += seconds_since(start) * threads;
  take_home(mine);
  return true;
}

/// Until nothing is left to take, and what was made here is where it belongs.
void Exchange::make_all(const RowSimulator& simulator, ThreadPool* pool) {
  std::vector<Room> rooms(pool != nullptr && threads_may_call_ ? static_cast<std::size_t>(pool->size()) : 1);
  std::exception_ptr failure;
  try {
    if (rooms.size() > 1) {
      pool->parallel_for(static_cast<Index>(rooms.size()),
                         [&](Index i, int) { serve(simulator, rooms[static_cast<std::size_t>(i)], nullptr); });
    } else {
      serve(simulator, rooms[0], pool != nullptr && pool->size() > 1 ? pool : nullptr);
    }
  } catch (...) {
    failure = std::current_exception();
  }
  for (const Room& room : rooms) {
    work_.busy += room.busy;
    work_.calls += room.calls;
  }
  require(MPI_Win_flush_all(window_), "MPI_Win_flush_all");
  require(MPI_Win_sync(window_), "MPI_Win_sync");
  if (failure) std::rethrow_exception(failure);
}

/// One thread's work, or, with a pool, that of all threads of a rank of which only one may call MPI.
void Exchange::serve(const RowSimulator& simulator, Room& room, ThreadPool* pool) {
  try {
    const Index threads = pool != nullptr ? pool->size() : 1;
    Index taken = 0;
    while (taken < total_) {
      const Index count = std::min(most_at_once(), threads * piece(taken, room));
      taken = take(count);
      for (const Part& part : parts_of(taken, count)) make(simulator, part, room, pool);
    }
  } catch (...) {
    take(total_);  // nothing more is to be made by anybody
    throw;
  }
}

/// Adds to the counter of all; what it was before is the first row taken.
Index Exchange::take(Index count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::int64_t first = 0;
  require(MPI_Fetch_and_op(&count, &first, MPI_INT64_T, kCounterRank, 0, MPI_SUM, window_), "MPI_Fetch_and_op");
  require(MPI_Win_flush(kCounterRank, window_), "MPI_Win_flush");
  return first;
}

/// How many rows to take at a time, by what rows have cost so far.
Index Exchange::piece(Index taken, const Room& room) const {
  const double calls = static_cast<double>(work_.calls + room.calls), busy = work_.busy + room.busy;
  if (calls < 1) return 1;
  const Index share = std::max<Index>(1, (total_ - taken) / (kShares * workers_));
  const double seconds = std::max(kPieceSeconds, kTurnSeconds * workers_);
  if (busy * static_cast<double>(share) <= seconds * calls) return share;
  return std::max<Index>(1, static_cast<Index>(seconds * calls / busy));
}

/// MPI counts bytes by int.
Index Exchange::most_at_once() const {
  const Index row = std::max(layout_.parameters, layout_.size) * Layout::kNumber;
  return std::max<Index>(1, static_cast<Index>(kMostBytes) / row);
}

std::vector<Exchange::Part> Exchange::parts_of(Index first, Index count) const {
  std::vector<Part> parts;
  const Index end = std::min(first + count, total_);
  while (first < end) {
    const auto owner = std::upper_bound(ends_.begin(), ends_.end(), first);
    const Index begin = owner == ends_.begin() ? 0 : *(owner - 1), stop = std::min(end, *owner);
    parts.push_back({static_cast<int>(owner - ends_.begin()), first - begin, stop - first});
    first = stop;
  }
  return parts;
}

void Exchange::make(const RowSimulator& simulator, const Part& part, Room& room, ThreadPool* pool) {
  const RowsRequest rows = fetch(part, room);
  const Clock::time_point start = Clock::now();
  run(simulator, rows, pool);
  room.busy += seconds_since(start) * (pool != nullptr ? pool->size() : 1);
  room.calls += part.count;
  answer(part, room);
}

/// The rows, in the thread's room.
RowsRequest Exchange::fetch(const Part& part, Room& room) {
  const Index parameters = layout_.parameters, size = layout_.size;
  const auto count = static_cast<std::size_t>(part.count);
  room.theta.resize(count * static_cast<std::size_t>(parameters));
  room.seeds.resize(count);
  room.out.resize(count * static_cast<std::size_t>(size));
  room.status.assign(count, 0);
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto get = [&](void* to, MPI_Aint at, Index numbers) {
    const int bytes = static_cast<int>(numbers * Layout::kNumber);
    require(MPI_Get(to, bytes, MPI_BYTE, part.owner, at, bytes, MPI_BYTE, window_), "MPI_Get");
  };
  get(room.theta.data(), layout_.theta(part.first), part.count * parameters);
  get(room.seeds.data(), layout_.seed(part.first), part.count);
  get(room.out.data(), layout_.out(part.first), part.count * size);
  require(MPI_Win_flush(part.owner, window_), "MPI_Win_flush");
  return {{room.theta.data(), part.count, parameters},
          {room.seeds.data(), part.count},
          {room.out.data(), part.count, size},
          {room.status.data(), part.count}};
}

void Exchange::answer(const Part& part, const Room& room) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto put = [&](const void* from, MPI_Aint at, Index count) {
    const int bytes = static_cast<int>(count);
    require(MPI_Put(from, bytes, MPI_BYTE, part.owner, at, bytes, MPI_BYTE, window_), "MPI_Put");
  };
  put(room.out.data(), layout_.out(part.first), part.count * layout_.size * Layout::kNumber);
  put(room.status.data(), layout_.status(part.first), part.count);
  require(MPI_Win_flush_local(part.owner, window_), "MPI_Win_flush_local");
}

void Exchange::take_home(const RowsRequest& mine) const {
  require(MPI_Win_sync(window_), "MPI_Win_sync");
  const auto rows = static_cast<std::size_t>(mine.theta.rows);
  if (rows == 0) return;
  std::memcpy(mine.out.data, base_ + layout_.out(0), rows * static_cast<std::size_t>(mine.out.cols) * sizeof(double));
  std::memcpy(mine.status.data, base_ + layout_.status(0), rows);
}

}  // namespace mpi
}  // namespace v0
}  // namespace alfi
