#pragma once
// What a thread of this folder that owns a connection is given to do.
#include <exception>
#include <functional>

#include "runtime/job_thread.h"
#include "sqlite/database.h"

namespace vote::sqlite {

struct Job {
  /// Runs inside a transaction, on the connection's thread; must be able to run twice (the
  /// transaction may be rolled back for another job's sake and this one tried again on its own).
  std::function<void(Database&)> run;
  /// After the commit (nothing), or with what prevented it. Runs once, on the connection's thread.
  std::function<void(std::exception_ptr)> finished;
};

using Jobs = JobThread<Job>;

/// What a job is finished with that is one too many: `waiting` as "12 reads".
inline std::exception_ptr too_many_waiting(const std::string& path, const std::string& waiting) {
  return std::make_exception_ptr(
      DatabaseError(DatabaseError::Kind::overloaded,
                    path + " has " + waiting + " waiting already: try again in a moment"));
}

}  // namespace vote::sqlite
