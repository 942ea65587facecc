#include "command/session.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "command/failure.h"

namespace vote::command {
namespace {

using nlohmann::json;

[[noreturn]] void fail(const std::string& doing, const std::string& path, int cause) {
  throw Failure(ExitCode::failed, "cannot " + doing + " " + path + ": " + std::strerror(cause));
}

/// {"<url>":{"token":…,"expires_at":…}}; an empty object where there is no file.
json read(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return json::object();
    fail("read", path, errno);
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  json content = json::parse(text, nullptr, false);
  if (!content.is_object())
    throw Failure(ExitCode::failed, path + " holds no sessions", "remove it and log in again");
  return content;
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int number) : number_(number) {}
  ~FileDescriptor() { ::close(number_); }
  FileDescriptor(const FileDescriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

void write_all(const FileDescriptor& file, const std::string& text, const std::string& path) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(file.number(), text.data() + done, text.size() - done);
    if (wrote < 0 && errno != EINTR) fail("write", path, errno);
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
  }
}

void write(const std::string& path, const json& content) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail("make", folder, errno);
  std::string draft = path + ".XXXXXX";
  const int number = ::mkostemp(draft.data(), O_CLOEXEC);  // mode 0600
  if (number < 0) fail("write", path, errno);
  try {
    write_all(FileDescriptor(number), content.dump(2) + "\n", draft);
    if (::rename(draft.c_str(), path.c_str()) != 0) fail("replace", path, errno);
  } catch (...) {
    ::unlink(draft.c_str());
    throw;
  }
}

}  // namespace

SessionFile SessionFile::of_user() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/')
    return SessionFile(std::string(state) + "/vote/session.json");
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0')
    throw Failure(ExitCode::failed,
                  "no place for the session: neither XDG_STATE_HOME nor HOME is set",
                  "use VOTE_TOKEN or --token-file");
  return SessionFile(std::string(home) + "/.local/state/vote/session.json");
}

std::optional<Session> SessionFile::find(const std::string& url) const {
  const json content = read(path_);
  const auto found = content.find(url);
  if (found == content.end() || !found->is_object()) return std::nullopt;
  const auto expires = parse_time(found->value("expires_at", ""));
  const std::string token = found->value("token", "");
  if (!expires || token.empty()) return std::nullopt;
  return Session{token, *expires};
}

void SessionFile::keep(const std::string& url, const Session& session) const {
  json content = read(path_);
  content[url] = {{"token", session.token}, {"expires_at", to_text(session.expires_at)}};
  write(path_, content);
}

bool SessionFile::forget(const std::string& url) const {
  json content = read(path_);
  if (content.erase(url) == 0) return false;
  write(path_, content);
  return true;
}

}  // namespace vote::command
