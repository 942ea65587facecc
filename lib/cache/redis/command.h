#pragma once
// One command on its way to Redis: its arguments, and what becomes of the reply. Internal to
// cache/redis/.
#include <cstddef>
#include <string>

#include "cache/redis/resp.h"
#include "cache/redis/scripts.h"

namespace vote::redis {

/// How scripts are called: by their names, or whole where the server has lost them.
struct ScriptCall {
  const ScriptNames& names;
  bool whole = false;

  std::string_view verb() const { return whole ? "EVAL" : "EVALSHA"; }
  std::string_view operator()(Script script) const {
    return whole ? text_of(script) : std::string_view(names.at(static_cast<std::size_t>(script)));
  }
};

class Command {
 public:
  virtual ~Command() = default;

  /// How many replies it has.
  virtual std::size_t replies() const { return 1; }
  /// Appends it to `out`, perhaps twice in its life.
  virtual void write(std::string& out, const ScriptCall& script) const = 0;
  /// Once for each reply, in order; none where the command or its reply was lost, or was an error.
  /// Must not block.
  virtual void answer(ReplyView reply) = 0;
};

}  // namespace vote::redis
