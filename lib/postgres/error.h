#pragma once
// What can be wrong with a PostgreSQL server or with what was asked of it.
#include <stdexcept>
#include <string>

namespace vote::postgres {

class DatabaseError : public std::runtime_error {
 public:
  enum class Kind {
    unreachable,  // no connection, or it broke before anything was committed
    in_doubt,     // it broke while committing: committed or not, nobody here knows
    refused,      // the data, by a constraint, a type or a trigger
    contended,    // a deadlock or a failure to serialise: the same again may succeed
    too_long,     // longer than its statements may take, or may wait for locks
    unusable,     // not a server for us: version, encoding, read-only, rights
    no_schema,    // none, or an older one
    too_new,
    busy,  // too much waits here already
    other
  };

  DatabaseError(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

}  // namespace vote::postgres
