#pragma once
// What can be refused, by one closed set of codes. Each has a stable word (`name`), which scripts
// rely on, and belongs to the class of an HTTP status, from which the command line has its exit
// code. A caller that is expected to decide gets a Result; exceptions are for the rest.
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace vote {

enum class Code {
  malformed,           // not JSON, not the shape, not a UUID
  unauthorized,        // no token, or one that does not hold
  forbidden,           // not yours
  results_hidden,      // "Vote to see results"
  guests_not_allowed,  // a guest in a poll without guests
  email_not_verified,  // [auth] require_verified_email
  too_many_devices,    // [limits] devices_per_user
  not_found,
  already_voted,      // another request's ballot stands: the store has said so
  vote_in_progress,   // another request of the same voter is on its way
  vote_pending,       // a change before the cast was processed
  poll_not_active,    // draft, not yet started, closed
  poll_not_editable,  // what only a draft allows
  poll_final,         // results are final
  too_late,           // appended after the end and the grace
  change_not_allowed,
  no_vote,  // nothing there to change or revoke
  name_taken,
  invalid_option,  // no option of this poll, twice the same, too many
  invalid_input,   // well formed, yet not allowed; the detail says which field
  idempotency_key_reused,
  too_large,
  unsupported_media_type,
  rate_limited,  // one of the other [limits]; try again later
  unavailable,   // a part that is needed does not answer; try again
};

/// The stable word: "already_voted". Never changes, never localised.
std::string_view name(Code code);

/// The status that a refusal has over HTTP (RFC 9110 §15.5, 422 of its §15.5.21).
unsigned status_of(Code code);

/// A refusal: a stable code and one sentence for a person (lower case, no full stop). `cause` is
/// for who runs the machine: files, and the words of libraries. It goes to the log and the command
/// line, never over HTTP.
struct Error {
  Code code;
  std::string detail;
  std::string cause = {};
};
/// Both sentences.
std::string for_operator(const Error& error);

/// A value, or why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return std::get<0>(state_); }
  const T& operator*() const { return std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

/// For calls that answer with nothing but "done".
struct Done {};

}  // namespace vote
