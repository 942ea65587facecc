#pragma once
// Who is logged in where: tokens kept between runs, one a server, in a file that only its owner can
// read ($XDG_STATE_HOME/vote/session.json, else ~/.local/state/vote/session.json).
#include <optional>
#include <string>

#include "vote/time.h"

namespace vote::command {

struct Session {
  std::string token;
  Time expires_at;
};

class SessionFile {
 public:
  /// The file of this user. Throws Failure (neither XDG_STATE_HOME nor HOME is set).
  static SessionFile of_user();
  explicit SessionFile(std::string path) : path_(std::move(path)) {}

  /// Nothing where there is none for this server. Throws Failure (a file that cannot be read, or is
  /// not ours).
  std::optional<Session> find(const std::string& url) const;
  /// Replaces the file at once, so that no reader sees half of it. Throws Failure.
  void keep(const std::string& url, const Session& session) const;
  /// False: there was none.
  bool forget(const std::string& url) const;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace vote::command
