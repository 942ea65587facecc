#pragma once
// The HTTP API from the other side: single calls over one kept connection. Many at once: bulk.h.
// A call that got an answer, whatever its status, returns it; what got none throws ClientError.
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vote/time.h"

namespace vote::client {

inline constexpr Duration kConnectTimeMax = std::chrono::seconds(5);
inline constexpr Duration kAnswerTimeMax = std::chrono::seconds(30);           // of one try
inline constexpr std::size_t kAnswerBytesMax = std::size_t{64} * 1024 * 1024;  // held in memory
inline constexpr unsigned kTriesMax = 8;  // of one request that is worth repeating
inline constexpr Duration kFirstRetryDelay = std::chrono::milliseconds(100);
inline constexpr Duration kRetryDelayMax = std::chrono::seconds(2);

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";
  std::string path;   // from the root, query included: "/v1/polls?mine=true"
  std::string body;   // JSON; empty: none
  std::string token;  // empty: none
  Fields fields;      // besides Content-Type and Authorization
};

struct Answer {
  unsigned status = 0;
  Fields fields;
  std::string body;

  bool ok() const { return status >= 200 && status < 300; }
  /// A header field, whatever its case; empty where it is not there.
  std::string_view field(std::string_view name) const;
  /// The body as JSON; throws ClientError where it is none (or too deep).
  nlohmann::json json() const;
  /// The `code` and `detail` of a problem+json; the status in words where the body is none.
  std::string code() const;
  std::string detail() const;
};

/// No answer, or none that is HTTP's: says what was tried and what to do.
class ClientError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Whether the same request, sent again, may get another answer: the server was not able (503), or
/// another request of the same voter is still on its way.
bool is_worth_repeating(const Answer& answer);
/// How long the server asks to wait, if it does (Retry-After in seconds, at most kRetryDelayMax).
Duration retry_after(const Answer& answer);

/// Percent-encodes one segment or value of a URL (RFC 3986 §2.3).
std::string encoded(std::string_view text);

/// Used by one thread at a time.
class Client {
 public:
  /// `base`: "http://127.0.0.1:8080"; a path in it is kept, a trailing slash is not. Throws
  /// ClientError where it is no http or https URL.
  explicit Client(const std::string& base);
  ~Client();
  Client(Client&&) noexcept;

  /// One try.
  Answer call(const Request& request);
  /// Up to kTriesMax tries with a growing delay while no answer comes or one that is worth
  /// repeating. Only for what may be sent twice: reads, and votes with an Idempotency-Key.
  Answer call_repeatedly(const Request& request);
  /// Like `call`; the body of a 2xx goes to `sink` piece by piece, without a limit of its size.
  /// Where `goes_on` is given it is asked about once a second; as soon as it says no, what has come
  /// so far is the answer.
  Answer stream(const Request& request, const std::function<void(std::string_view)>& sink,
                const std::function<bool()>& goes_on = nullptr);

 private:
  class Transfer;
  friend class Bulk;
  std::unique_ptr<Transfer> transfer_;
};

}  // namespace vote::client
