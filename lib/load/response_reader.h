#pragma once
// Answers off the wire, as far as a load generator needs them: where each ends and its status.
// HTTP/1.1 (RFC 9112 §6.3) with Content-Length, chunked or until the connection ends; interim 1xx
// are passed over; bodies are counted, and kept only on request. One thread.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vote::load {

inline constexpr std::size_t kAnswerHeadBytesMax = 65536;
/// What is kept of a body; the rest is dropped.
inline constexpr std::size_t kAnswerBodyBytesMax = std::size_t{1} << 20U;

class ResponseReader {
 public:
  explicit ResponseReader(bool keeps_bodies = false) : keeps_bodies_(keeps_bodies) {}

  /// Takes bytes off the front up to the end of the answer, at most, and says how many.
  std::size_t feed(std::string_view bytes);
  /// The connection has ended; completes an answer that lasts until then.
  void end();
  /// On to the next answer; what was known of this one is gone.
  void next();

  bool complete() const { return state_ == State::complete; }
  /// What came is no HTTP/1.1 answer: the connection is of no more use.
  bool broken() const { return state_ == State::broken; }
  unsigned status() const { return status_; }
  /// Of the answer that is complete.
  std::string_view body() const { return body_; }
  /// Whether the server ends the connection after this answer.
  bool closes() const { return closes_; }

 private:
  enum class State { head, body, chunk_head, chunk, trailer, until_end, complete, broken };

  std::size_t feed_head(std::string_view bytes);
  std::size_t feed_line(std::string_view bytes);
  std::size_t skip(std::string_view bytes, State after);
  State after_head(std::string_view head);
  void read_field(std::string_view line);
  State after_line();
  void keep(std::string_view bytes);

  bool keeps_bodies_;
  State state_ = State::head;
  unsigned status_ = 0;
  bool closes_ = false;
  bool chunked_ = false;
  bool has_length_ = false;
  bool malformed_ = false;
  std::uint64_t left_ = 0;  // of the body, or of the chunk with its line end
  std::string body_;
  std::string kept_;  // the beginning of a head or line whose end has not come yet
};

}  // namespace vote::load
