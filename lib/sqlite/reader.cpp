#include "sqlite/reader.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace vote::sqlite {

class Reader::Thread {
 public:
  Thread(const std::string& path, std::size_t jobs_per_snapshot_max, std::size_t jobs_waiting_max)
      : path_(path),
        jobs_per_snapshot_max_(jobs_per_snapshot_max),
        database_(std::make_unique<Database>(path_, Database::Mode::read_only)),
        jobs_(jobs_waiting_max, too_many_waiting(path, std::to_string(jobs_waiting_max) + " reads"),
              [this](std::span<Job> jobs) { answer_all(jobs); }) {}

  void submit(Job job) { jobs_.submit(std::move(job)); }

 private:
  void answer_all(std::span<Job> jobs) {
    while (!jobs.empty()) {
      const std::span<Job> some = jobs.first(std::min(jobs_per_snapshot_max_, jobs.size()));
      answer(some);
      jobs = jobs.subspan(some.size());
    }
  }

  void answer(std::span<Job> jobs) {
    std::vector<std::exception_ptr> errors(jobs.size());
    try {
      if (!database_) database_ = std::make_unique<Database>(path_, Database::Mode::read_only);
      const Snapshot snapshot(*database_);
      for (std::size_t i = 0; i < jobs.size(); ++i) errors[i] = attempt(jobs[i]);
    } catch (...) {
      std::fill(errors.begin(), errors.end(), std::current_exception());
    }
    if (std::any_of(errors.begin(), errors.end(),
                    [](const auto& error) { return error != nullptr; }))
      database_.reset();
    for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].finished(errors[i]);
  }

  std::exception_ptr attempt(const Job& job) {
    try {
      job.run(*database_);
      return nullptr;
    } catch (...) {
      return std::current_exception();
    }
  }

  const std::string path_;
  const std::size_t jobs_per_snapshot_max_;
  std::unique_ptr<Database> database_;
  Jobs jobs_;  // ends before what it works with
};

Reader::Reader(const std::string& path, std::size_t jobs_per_snapshot_max,
               std::size_t jobs_waiting_max)
    : thread_(std::make_unique<Thread>(path, jobs_per_snapshot_max, jobs_waiting_max)) {}

Reader::~Reader() = default;

void Reader::submit(Job job) {
  thread_->submit(std::move(job));
}

}  // namespace vote::sqlite
