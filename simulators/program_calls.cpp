#include "alfi/simulators/program_calls.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "alfi/core/error.hpp"
#include "alfi/core/text.hpp"
#include "alfi/simulators/command.hpp"

namespace alfi {
inline namespace v0 {
namespace {

constexpr double kLargest = static_cast<double>(std::numeric_limits<float>::max());

std::string some(Index count, const char* what) { return count > 0 ? std::to_string(count) + what : ""; }

}  // namespace

std::string FailureReport::text() const {
  std::string text = "no call was answered";
  if (calls > 0) text = std::to_string(reported + given_up + impossible) + " of " + counted(calls, "call") + " failed";
  std::string reasons;
  for (const std::string& reason :
       {some(reported, " by the program's own word"),
        some(ended, ended == 1 ? " process ended without an answer" : " processes ended without an answer"),
        some(timed_out, " did not answer in time"), some(garbled, " answered what cannot be read"),
        some(impossible, " answered what simulator.observation_support excludes")}) {
    if (!reason.empty()) reasons += (reasons.empty() ? "" : ", ") + reason;
  }
  if (!reasons.empty()) text += ": " + reasons;
  return last.empty() ? text : text + "; the last of these: " + last;
}

namespace detail {

Calls::Calls(const ProgramOptions& options, const ObservationShape& shape)
    : command_(command_text(options.command)),
      shape_(shape),
      retries_(options.retries),
      most_futile_(10 + options.workers * (options.retries + 2)) {}

void Calls::add(Batch& batch) {
  batches_.push_back(&batch);
  rest_.push_back({&batch, 0});
  fresh_ += batch.left;
}

bool Calls::take(Call& call) {
  if (rest_.empty()) return false;
  Rest& rest = rest_.front();
  call = {rest.batch, rest.next++, 0};
  if (rest.next == rest.batch->request->theta.rows) rest_.pop_front();
  --fresh_;
  return true;
}

bool Calls::take_suspect(Call& call) {
  if (suspects_.empty()) return false;
  call = suspects_.front();
  suspects_.pop_front();
  return true;
}

void Calls::answer(const Call& call, Status status, const double* x) {
  futile_ = 0;
  const RowsRequest& request = *call.batch->request;
  if (status != Status::ok) {
    ++report_.reported;
  } else if (possible(x)) {
    std::copy_n(x, request.out.cols, request.out.row(call.row).data);
  } else {
    status = Status::failed;
    ++report_.impossible;
  }
  request.status[call.row] = static_cast<std::uint8_t>(status);
  complete(call);
}

/// Whether all entries are in their supports; says which is not. What is no float is others' affair.
bool Calls::possible(const double* x) {
  for (Index d = 0; d < shape_.size() && !shape_.supports.empty(); ++d) {
    if (!std::isfinite(x[d]) || std::abs(x[d]) > kLargest || shape_.holds(d, static_cast<float>(x[d]))) continue;
    report_.last = shape_.names[static_cast<std::size_t>(d % shape_.columns())] + ": got " + number_text(x[d], 7) +
                   ", expected " + shape_.support(d).text();
    return false;
  }
  return true;
}

void Calls::spoilt(const std::vector<Call>& calls, Trouble trouble, const std::string& why) {
  ++(trouble == Trouble::ended ? report_.ended : trouble == Trouble::garbled ? report_.garbled : report_.timed_out);
  report_.last = why;
  // One of several has done it: each is made again alone, and none is blamed yet.
  if (calls.size() == 1) {
    blame(calls.front());
  } else {
    suspects_.insert(suspects_.end(), calls.begin(), calls.end());
  }
  if (++futile_ < most_futile_) return;
  futile_ = 0;
  throw Error("simulator.command " + command_ + ": " + std::to_string(most_futile_) +
              " attempts in a row gave no answer; the last: " + why);
}

void Calls::blame(Call call) {
  if (++call.spoilt <= retries_) return suspects_.push_back(call);
  call.batch->request->status[call.row] = static_cast<std::uint8_t>(Status::failed);
  ++report_.given_up;
  complete(call);
}

void Calls::complete(const Call& call) {
  ++report_.calls;
  if (--call.batch->left > 0) return;
  batches_.erase(std::find(batches_.begin(), batches_.end(), call.batch));
  finished_.push_back(call.batch);
}

std::vector<Batch*> Calls::finished() {
  std::vector<Batch*> finished;
  finished.swap(finished_);
  return finished;
}

std::vector<Batch*> Calls::abandon() {
  std::vector<Batch*> unfinished;
  unfinished.swap(batches_);
  rest_.clear();
  suspects_.clear();
  fresh_ = 0;
  return unfinished;
}

}  // namespace detail
}  // namespace v0
}  // namespace alfi
