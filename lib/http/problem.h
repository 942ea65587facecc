#pragma once
// Errors as application/problem+json (RFC 9457) with a stable `code`.
#include <stdexcept>
#include <string>
#include <string_view>

#include "http/message.h"
#include "vote/error.h"

namespace vote::http {

/// The reason phrase of a status: "Not Found" (RFC 9110 §15).
std::string_view title_of(unsigned status);

/// {"type":"about:blank","title":"Conflict","status":409,"code":"already_voted","detail":"…"}
/// 503 carries Retry-After: 1, 401 carries WWW-Authenticate: Bearer (RFC 6750 §3). `code` is a
/// literal.
Response problem(unsigned status, std::string_view code, std::string_view detail);

/// With the code's status (vote/error.h). 409 vote_in_progress and vote_pending carry
/// Retry-After: 1 too.
Response problem(const Error& error);

/// What a handler throws to be answered with `response`, from wherever it stands.
class HttpError : public std::runtime_error {
 public:
  explicit HttpError(Response response);
  HttpError(unsigned status, std::string_view code, std::string_view detail);

  const Response& response() const { return response_; }

 private:
  Response response_;
};

}  // namespace vote::http
