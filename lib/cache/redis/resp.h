#pragma once
// Redis's protocol (RESP2): commands as bytes, and bytes as replies, by hiredis. Internal to
// cache/redis/. Each object for one thread.
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct redisReader;
struct redisReply;

namespace vote::redis {

// Commands are arrays of bulk strings, written in place: each vote has two, and hiredis would
// format them into memory of its own.
/// Appends the beginning of a command of so many words, which follow.
void begin_command(std::string& out, std::size_t words);
void append_word(std::string& out, std::string_view word);
inline void append_command(std::string& out, std::initializer_list<std::string_view> words) {
  begin_command(out, words.size());
  for (const std::string_view word : words) append_word(out, word);
}

/// What comes is not RESP2: what it is instead, as far as hiredis can tell.
class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Parts of an array. hiredis makes room for all of them on the server's word, before one has come.
inline constexpr int kReplyPartsMax = 1'048'576;

/// One reply, or a part of one, while its Reply lives. May stand for none at all.
class ReplyView {
 public:
  ReplyView() = default;
  explicit ReplyView(const redisReply* reply) : reply_(reply) {}

  explicit operator bool() const { return reply_ != nullptr; }
  bool is_nil() const;
  bool is_error() const;
  /// Of a string, a status or an error; else empty.
  std::string_view text() const;
  /// Of an integer; else 0.
  std::int64_t number() const;
  /// The part of an array; none where there is no such.
  ReplyView at(std::size_t index) const;

 private:
  const redisReply* reply_ = nullptr;
};

class Reply {
 public:
  explicit Reply(redisReply* reply) : reply_(reply) {}
  ReplyView view() const { return ReplyView(reply_.get()); }

 private:
  struct Free {
    void operator()(redisReply* reply) const;
  };
  std::unique_ptr<redisReply, Free> reply_;
};

class ReplyReader {
 public:
  ReplyReader();
  void feed(std::string_view bytes);
  /// The next reply that has come whole. Throws ProtocolError, also for an array of more than
  /// kReplyPartsMax parts.
  std::optional<Reply> next();

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };
  std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace vote::redis
