#include <algorithm>
#include <limits>

#include "alfi/core/text.hpp"
#include "alfi/simulators/program_slot.hpp"

/// Workers: processes that stay and answer many calls, several of them under way.

namespace alfi {
inline namespace v0 {
namespace detail {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kGrace = 0.2;  // seconds for a process that has closed its output, to say how it ends

class WorkerSlot : public Slot {
 public:
  WorkerSlot(const ProgramSetting& setting, int number)
      : setting_(setting),
        words_("worker " + std::to_string(number) + ": "),
        places_(static_cast<std::size_t>(setting.options.window)),
        x_(static_cast<std::size_t>(setting.size)) {
    forget();
  }

  void give(Calls& calls) override {
    Call call;
    if (in_flight_ == 0 && calls.take_suspect(call)) {
      alone_ = true;
      send(call);
    } else if (!alone_ && !calls.suspects()) {
      // As many as the others get of what is left, so that all end at about the same time; two, so that the next one
      // waits in the pipe when the worker asks for it; and not one by one while there are many.
      const Index share =
          std::min(setting_.options.window, std::max<Index>(2, calls.fresh() / (2 * setting_.options.workers)));
      if (2 * in_flight_ <= share) {
        while (in_flight_ < share && calls.take(call)) send(call);
      }
    }
    flush();
  }

  void watch(Watch& watch) override {
    output_at_ = watch.add(process_.output());
    errors_at_ = watch.add(process_.errors());
    if (sent_ < requests_.size()) watch.add(process_.input(), true);
  }

  double patience(Clock::time_point now) const override {
    if (deaf_) return 0;
    if (in_flight_ == 0 || setting_.options.timeout <= 0) return kInfinite;
    return std::max(0.0, setting_.options.timeout - std::chrono::duration<double>(now - since_).count());
  }

  void act(Calls& calls, const Watch& watch, Clock::time_point now) override {
    if (!process_.started()) return;
    if (watch.ready(errors_at_)) read_errors();
    Flow flow = Flow::none;
    if (watch.ready(output_at_) || deaf_) {
      do {
        flow = process_.read_output(answers_);
        const std::string garbage = read_answers(calls, now);
        if (!garbage.empty()) return lose(calls, Trouble::garbled, garbage);
      } while (flow == Flow::some && deaf_);
    }
    if (flow == Flow::end || deaf_) {
      lose(calls, Trouble::ended, "");
    } else if (in_flight_ > 0 && patience(now) <= 0) {
      lose(calls, Trouble::timed_out, "no answer for " + number_of_seconds() + " seconds (simulator.timeout)");
    }
  }

  void close_input() override { process_.close_input(); }
  void stop(double seconds) override {
    process_.end(seconds);
    words_.take(*setting_.log);
    forget();
  }

 private:
  /// A call under way has the id of its place; the next one there has another, window higher.
  struct Place {
    std::uint64_t id = 0;
    bool busy = false;
    Call call;
  };

  std::string number_of_seconds() const {
    std::string text;
    append_number(text, setting_.options.timeout);
    return text;
  }

  /// As if nothing had been asked of the process, which is the next one.
  void forget() {
    free_.clear();
    for (std::size_t i = places_.size(); i-- > 0;) {
      places_[i] = {i, false, {}};
      free_.push_back(i);
    }
    in_flight_ = 0;
    sent_ = 0;
    requests_.clear();
    answers_.clear();
    alone_ = deaf_ = false;
  }

  void send(const Call& call) {
    if (!process_.started()) process_ = Process({setting_.options.command, "", true, false});
    if (in_flight_++ == 0) since_ = Clock::now();
    Place& place = places_[free_.back()];
    free_.pop_back();
    place.busy = true;
    place.call = call;
    append_number(requests_, place.id);
    requests_ += ' ';
    append_number(requests_, call.seed());
    for (Index p = 0; p < setting_.parameters; ++p) {
      requests_ += ' ';
      append_number(requests_, call.theta()[p]);
    }
    requests_ += '\n';
  }

  void flush() {
    while (sent_ < requests_.size() && !deaf_) {
      const Flow flow = process_.write(requests_, sent_);
      deaf_ = flow == Flow::end;
      if (flow != Flow::some) return;
    }
    requests_.clear();
    sent_ = 0;
  }

  Flow read_errors() {
    errors_.clear();
    const Flow flow = process_.read_errors(errors_);
    words_.add(errors_, *setting_.log);
    return flow;
  }

  /// Reads the whole lines of answers_. Answers what is wrong where one does not belong to a call under way.
  std::string read_answers(Calls& calls, Clock::time_point now) {
    std::string_view left(answers_);
    std::string garbage;
    for (std::size_t end = left.find('\n'); end != std::string_view::npos && garbage.empty(); end = left.find('\n')) {
      garbage = read_answer(calls, left.substr(0, end), now);
      left.remove_prefix(end + 1);
    }
    answers_.erase(0, answers_.size() - left.size());
    if (garbage.empty() && answers_.size() > setting_.most_bytes()) {
      garbage = "got " + std::to_string(answers_.size()) + " bytes without the end of a line";
    }
    return garbage;
  }

  std::string read_answer(Calls& calls, std::string_view line, Clock::time_point now) {
    Numbers numbers(line, " \t\r");
    std::uint64_t id = 0;
    if (!numbers.next(id)) return "got \"" + shown(line) + "\", expected ID STATUS X_1 .. X_D";
    Place& place = places_[static_cast<std::size_t>(id % places_.size())];
    if (place.id != id || !place.busy) {
      return "got \"" + shown(line) + "\", an answer to no call that is under way";
    }
    const Call call = place.call;
    place.busy = false;
    place.id += places_.size();
    free_.push_back(static_cast<std::size_t>(id % places_.size()));
    if (--in_flight_ == 0) alone_ = false;
    since_ = now;
    unsigned status = 0;
    bool good = numbers.next(status) && status <= static_cast<unsigned>(Status::too_long);
    std::size_t read = 0;
    while (read < x_.size() && status == 0 && good && numbers.next(x_[read])) ++read;
    good = good && (status != 0 || (read == x_.size() && numbers.at_end()));
    if (good) {
      calls.answer(call, static_cast<Status>(status), x_.data());
    } else {
      calls.spoilt({call}, Trouble::garbled,
                   "got \"" + shown(line) + "\", expected ID STATUS and, where that is 0, " +
                       counted(static_cast<Index>(x_.size()), "number") +
                       (read < x_.size() ? ", of which " + std::to_string(read) + " were read" : " and no more"));
    }
    return "";
  }

  /// The process is of no use any more; what: why, "": it ended by itself.
  void lose(Calls& calls, Trouble trouble, const std::string& what) {
    constexpr int kMostReads = 16;  // of a standard error that does not end
    for (int i = 0; i < kMostReads && read_errors() == Flow::some; ++i) {
    }
    const Ended ended = process_.end(trouble == Trouble::ended ? kGrace : 0);
    std::vector<Call> lost;
    for (const Place& place : places_) {
      if (place.busy) lost.push_back(place.call);
    }
    forget();
    calls.spoilt(lost, trouble, (what.empty() ? ended.text() : what) + words_.take(*setting_.log));
  }

  const ProgramSetting& setting_;
  Process process_;
  LastWords words_;
  std::vector<Place> places_;
  std::vector<std::size_t> free_;
  std::vector<double> x_;
  std::string requests_, answers_, errors_;
  std::size_t sent_ = 0;  ///< bytes of requests_
  Index in_flight_ = 0;
  bool alone_ = false;       ///< the call under way is a suspect
  bool deaf_ = false;        ///< it reads no more
  Clock::time_point since_;  ///< of the last answer, or when the first call was given
  std::size_t output_at_ = 0, errors_at_ = 0;
};

}  // namespace

std::unique_ptr<Slot> make_worker_slot(const ProgramSetting& setting, int number) {
  return std::make_unique<WorkerSlot>(setting, number);
}

}  // namespace detail
}  // namespace v0
}  // namespace alfi
