#include "http/request_parser.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "http/target.h"

namespace vote::http {
namespace {

namespace beast = boost::beast::http;

constexpr std::size_t kTargetBytesMax = 8192;
constexpr std::size_t kFieldsMax = 100;
constexpr std::size_t kBodyReserve = 4096;  // taken on a client's word; more grows as it arrives
constexpr std::size_t kLastChunkBytes = 5;  // "0\r\n\r\n"

constexpr Refusal kUriTooLong = {414, "uri_too_long", "the request target is too long"};
constexpr Refusal kHeaderTooLarge = {431, "header_too_large", "the request header is too large"};
constexpr Refusal kBodyTooLarge = {413, "too_large", "the request body is larger than the limit"};

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

Method method_of(beast::verb verb) {
  switch (verb) {
    case beast::verb::get:
      return Method::get;
    case beast::verb::head:
      return Method::head;
    case beast::verb::post:
      return Method::post;
    case beast::verb::put:
      return Method::put;
    case beast::verb::patch:
      return Method::patch;
    case beast::verb::delete_:
      return Method::delete_;
    case beast::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

bool is_decimal(char c) {
  return c >= '0' && c <= '9';
}

bool is_host(std::string_view value) {
  return value.find_first_of(" \t/,@?#\\\"<>") == std::string_view::npos;
}

}  // namespace

RequestParser::RequestParser(RequestLimits limits) : limits_(limits) {
  header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
  body_limit(limits.body_bytes_max);
  eager(true);
}

std::size_t RequestParser::feed(std::string_view bytes) {
  std::size_t consumed = 0;
  if (!got_some()) {  // empty lines before a request are skipped (RFC 9112 §2.2)
    while (bytes.substr(consumed).starts_with("\r\n")) consumed += 2;
    bytes.remove_prefix(consumed);
    if (bytes.empty() || bytes == "\r") return consumed;
  }
  // Beast asserts that the last chunk is never handed in in smaller pieces; no complete message
  // can end with less, so nothing is held up.
  if (is_header_done() && chunked() && bytes.size() < kLastChunkBytes) return consumed;
  input_ = bytes;
  Error error;
  const std::size_t taken = put(boost::asio::buffer(bytes), error);
  if (error && error != beast::error::need_more && !refusal_) refusal_ = refusal_of(error);
  if (!refusal_ && !complete() && bytes.size() - taken >= limits_.header_bytes_max)
    refusal_ = head_too_large();
  input_ = {};
  return consumed + taken;
}

bool RequestParser::take_expectation() {
  return is_header_done() && !complete() && std::exchange(expects_continue_, false);
}

void RequestParser::on_request_impl(beast::verb verb, Text, Text target, int version,
                                    Error& error) {
  version_ = version;
  request_.method = method_of(verb);
  request_.fields.reserve(8);
  if (target.size() > kTargetBytesMax) return refuse(kUriTooLong, error);
  header_bytes_ += target.size();
  const std::string_view whole = without_origin(view(target));
  const auto question = std::min(whole.find('?'), whole.size());
  auto path = decoded_path(whole.substr(0, question));
  if (!path) return refuse_malformed("the request target is not a plain absolute path", error);
  request_.path = std::move(*path);
  request_.query = whole.substr(std::min(question + 1, whole.size()));
  if (!percent_decoded(request_.query))
    return refuse_malformed("the query holds a '%' without two hexadecimal digits", error);
  const bool plain = std::all_of(request_.query.begin(), request_.query.end(),
                                 [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
  if (!plain) refuse_malformed("the query holds characters that must be percent-encoded", error);
}

void RequestParser::on_field_impl(beast::field field, Text name, Text value, Error& error) {
  if (is_header_done()) return;  // a trailer
  header_bytes_ += name.size() + value.size() + 4;
  if (header_bytes_ > limits_.header_bytes_max || request_.fields.size() == kFieldsMax)
    return refuse(kHeaderTooLarge, error);
  if (is_folded(name, value)) return refuse_malformed("a header field is folded over lines", error);
  check_framing(field, view(value), error);
  // RFC 9110 §7.8: an old client's Upgrade is not for us.
  if (field == beast::field::upgrade && version_ == 10) return;
  if (!error) request_.fields.emplace_back(view(name), view(value));
}

void RequestParser::check_framing(beast::field field, std::string_view value, Error& error) {
  switch (field) {
    case beast::field::host:
      ++hosts_;
      if (!is_host(value)) refuse_malformed("the Host field is not a host", error);
      break;
    case beast::field::content_length:
      ++lengths_;
      if (!std::all_of(value.begin(), value.end(), is_decimal))
        refuse_malformed("Content-Length is not one number", error);
      break;
    case beast::field::transfer_encoding:
      ++codings_;
      if (!boost::beast::iequals(Text(value.data(), value.size()), "chunked"))
        refuse_malformed("Transfer-Encoding may only be chunked", error);
      break;
    case beast::field::expect:
      expects_continue_ =
          version_ == 11 && boost::beast::iequals(Text(value.data(), value.size()), "100-continue");
      break;
    default:
      break;
  }
  if (lengths_ > 1) refuse_malformed("there is more than one Content-Length", error);
  if (lengths_ + codings_ > 1)
    refuse_malformed("the length of the body is given in more than one way", error);
}

void RequestParser::on_header_impl(Error& error) {
  if (hosts_ > 1) return refuse_malformed("there is more than one Host field", error);
  if (hosts_ == 0 && version_ == 11) return refuse_malformed("the Host field is missing", error);
  if (codings_ > 0 && version_ == 10) refuse_malformed("HTTP/1.0 has no Transfer-Encoding", error);
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, Error&) {
  if (length) request_.body.reserve(std::min<std::size_t>(*length, kBodyReserve));
}

std::size_t RequestParser::on_body_impl(Text bytes, Error&) {
  request_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text bytes, Error&) {
  request_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

// Beast unfolds into a buffer of its own, or leaves the line break in front of the value.
bool RequestParser::is_folded(Text name, Text value) const {
  const char* const from = name.data() + name.size() + 1;
  const char* const end = input_.data() + input_.size();
  const std::less<const char*> before;
  if (before(value.data(), from) || before(end, value.data())) return true;
  return std::find(from, value.data(), '\r') != value.data();
}

void RequestParser::refuse(Refusal refusal, Error& error) {
  if (!refusal_) refusal_ = refusal;
  error = beast::error::bad_value;
}

void RequestParser::refuse_malformed(std::string_view detail, Error& error) {
  refuse({400, "malformed", detail}, error);
}

// Beast looks at the request line only when it has the whole header.
Refusal RequestParser::head_too_large() const {
  return input_.find("\r\n") == std::string_view::npos ? kUriTooLong : kHeaderTooLarge;
}

Refusal RequestParser::refusal_of(Error error) const {
  if (error == beast::error::body_limit) return kBodyTooLarge;
  if (error == beast::error::header_limit) return head_too_large();
  if (error == beast::error::bad_version)
    return {400, "malformed", "the request line does not end in HTTP/1.0 or HTTP/1.1"};
  if (error == beast::error::bad_method || error == beast::error::bad_target)
    return {400, "malformed", "the request line is not METHOD SP TARGET SP VERSION"};
  if (error == beast::error::bad_content_length || error == beast::error::multiple_content_length ||
      error == beast::error::bad_transfer_encoding)
    return {400, "malformed", "the length of the body is not given in exactly one way"};
  if (error == beast::error::bad_chunk || error == beast::error::bad_chunk_extension)
    return {400, "malformed", "the chunked body is not well formed"};
  return {400, "malformed", "the request header is not well formed"};
}

}  // namespace vote::http
