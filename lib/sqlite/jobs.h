#pragma once
// Jobs from many threads for one thread that owns a connection: all that wait at a moment are
// handed to it together.
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "sqlite/database.h"

namespace vote::sqlite {

struct Job {
  /// Runs inside a transaction, on the connection's thread; must be able to run twice (the
  /// transaction may be rolled back for another job's sake and this one tried again on its own).
  std::function<void(Database&)> run;
  /// After the commit (nothing), or with what prevented it. Runs once, on the connection's thread.
  std::function<void(std::exception_ptr)> finished;
};

class JobThread {
 public:
  /// `work` runs on the thread with what waited, oldest first; it must finish each job and not
  /// throw. `full` is the message of a job that is one too many.
  JobThread(std::size_t waiting_max, std::string full, std::function<void(std::span<Job>)> work);
  /// Works off what is waiting; joins.
  ~JobThread();

  /// Thread-safe. If waiting_max are waiting already, the job is finished at once, on the caller's
  /// thread, with a DatabaseError of kind busy.
  void submit(Job job);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vote::sqlite
