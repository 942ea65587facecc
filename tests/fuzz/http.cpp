// A request off the wire (http/request_parser.h): it is the same however it comes in pieces, what
// is taken holds what handlers rely on, and written plainly it is read as the same request again.
#include <algorithm>
#include <set>

#include "fuzz/fuzz.h"
#include "http/request_parser.h"
#include "http/target.h"

namespace vote::fuzz {
namespace {

constexpr http::RequestLimits kLimits{2048, 1024};

struct Outcome {
  http::RequestParser parser{kLimits};
  std::size_t taken = 0;
};

/// Hands all of it in, a piece after the other; what is not taken is handed in again with the next.
void read(Outcome& outcome, std::string_view bytes, std::size_t piece) {
  std::size_t there = 0;
  while (there < bytes.size() && !outcome.parser.complete() && !outcome.parser.refusal()) {
    there = std::min(there + piece, bytes.size());
    for (;;) {
      const auto waiting = bytes.substr(outcome.taken, there - outcome.taken);
      const std::size_t took = outcome.parser.feed(waiting);
      require(took <= waiting.size(), "no more is taken than there is");
      outcome.taken += took;
      outcome.parser.take_expectation();
      if (took == 0 || outcome.parser.complete() || outcome.parser.refusal()) break;
      if (outcome.taken == there) break;
    }
  }
}

bool are_same(const http::Request& one, const http::Request& other) {
  return one.method == other.method && one.path == other.path && one.query == other.query &&
         one.fields == other.fields && one.body == other.body;
}

void check(const http::Refusal& refusal) {
  const std::set<unsigned> known{400, 413, 414, 431};
  require(known.contains(refusal.status), "a refusal has a status that is documented");
  require(!refusal.code.empty() && !refusal.detail.empty(), "a refusal says why");
}

void check(const http::Request& request) {
  require(request.path.starts_with('/'), "a path starts with /", request.path);
  require((request.path + '/').find("/../") == std::string::npos, "no path goes up", request.path);
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
  require(std::none_of(request.path.begin(), request.path.end(), is_control),
          "no control character is in a path", request.path);
  require(request.body.size() <= kLimits.body_bytes_max, "a body is within its limit");
  std::size_t hosts = 0;
  for (const auto& [name, value] : request.fields) {
    require(value.find_first_of("\r\n") == std::string::npos, "a field is one line", value);
    if (http::find({{name, value}}, "Host")) ++hosts;
  }
  require(hosts <= 1, "there is one Host at most");
  require(http::percent_decoded(request.query).has_value(), "a query can be decoded");
  request.query_parameter("cursor");
}

std::string_view word_of(http::Method method) {
  constexpr std::string_view kWords[] = {"GET",   "HEAD",   "POST",    "PUT",
                                         "PATCH", "DELETE", "OPTIONS", "BREW"};
  return kWords[static_cast<std::size_t>(method)];
}

/// In its plainest form: the path escaped, the body by its length.
std::string written(const http::Request& request, bool old) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text(word_of(request.method));
  text += ' ';
  for (const char c : request.path) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '/')
      text += c;
    else
      text.append("%").append(1, kHex[byte >> 4U]).append(1, kHex[byte & 15U]);
  }
  if (!request.query.empty()) text.append("?").append(request.query);
  text += old ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n";
  for (const auto& [name, value] : request.fields)
    if (!http::find({{name, value}}, "Content-Length") &&
        !http::find({{name, value}}, "Transfer-Encoding"))
      text.append(name).append(": ").append(value).append("\r\n");
  text.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n\r\n");
  return text += request.body;
}

http::Request without_framing(http::Request request) {
  std::erase_if(request.fields, [](const auto& field) {
    return http::find({field}, "Content-Length") || http::find({field}, "Transfer-Encoding");
  });
  return request;
}

void check_written(const Outcome& outcome) {
  const std::string text = written(outcome.parser.request(), outcome.parser.http_1_0());
  Outcome again;
  read(again, text, text.size());
  // Escapes are longer than what they stand for.
  if (again.parser.refusal() && again.parser.refusal()->status != 400) return;
  require(again.parser.complete() && again.taken == text.size(), "it is one request", text);
  require(
      are_same(without_framing(again.parser.request()), without_framing(outcome.parser.request())),
      "it is the same request", text);
}

}  // namespace
}  // namespace vote::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vote::fuzz;
  std::string_view bytes = text_of(data, size);
  const std::size_t piece = 1 + take_byte(bytes) % 64;
  Outcome whole;
  read(whole, bytes, std::max<std::size_t>(bytes.size(), 1));
  Outcome pieces;
  read(pieces, bytes, piece);
  if (whole.parser.refusal()) check(*whole.parser.refusal());
  if (pieces.parser.refusal()) check(*pieces.parser.refusal());
  // What a header's limit counts is not the same for one that comes at once.
  if (bytes.size() > kLimits.header_bytes_max) return 0;
  require(whole.parser.complete() == pieces.parser.complete(), "in pieces it is taken as at once");
  if (whole.parser.refusal() || !whole.parser.complete()) return 0;
  require(whole.taken == pieces.taken, "in pieces it ends where it does at once");
  require(are_same(whole.parser.request(), pieces.parser.request()),
          "in pieces it is the same request");
  check(whole.parser.request());
  check_written(whole);
  return 0;
}
