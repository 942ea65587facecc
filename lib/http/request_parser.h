#pragma once
// One request off the wire: Beast's parser (RFC 9112) with stricter rules of our own. It lets
// "Transfer-Encoding: gzip" beside a Content-Length, lists of lengths, folded lines and endless
// headers through; this one refuses them before any handler sees the request. Trailers are dropped.
#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/message.h"

namespace vote::http {

/// Why a request is not taken: what `problem` makes the answer from. Literals.
struct Refusal {
  unsigned status;
  std::string_view code;
  std::string_view detail;
};

struct RequestLimits {
  std::size_t header_bytes_max;
  std::size_t body_bytes_max;
};

class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  explicit RequestParser(RequestLimits limits);

  /// Takes what it can off the front and says how much; the rest is handed in again, with what came
  /// after it. Call until `complete()` or `refusal()`.
  std::size_t feed(std::string_view bytes);
  const std::optional<Refusal>& refusal() const { return refusal_; }
  bool complete() const { return is_done(); }

  /// Whether the client waits for "100 Continue" before it sends the body; says so once.
  bool take_expectation();
  bool http_1_0() const { return version_ == 10; }
  Request& request() { return request_; }
  const Request& request() const { return request_; }

 private:
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb verb, Text method, Text target, int version,
                       Error& error) override;
  void on_response_impl(int, Text, int, Error&) override {}
  void on_field_impl(boost::beast::http::field field, Text name, Text value, Error& error) override;
  void on_header_impl(Error& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Error& error) override;
  std::size_t on_body_impl(Text bytes, Error& error) override;
  void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t remain, Text bytes, Error& error) override;
  void on_finish_impl(Error&) override {}

  void check_framing(boost::beast::http::field field, std::string_view value, Error& error);
  bool is_folded(Text name, Text value) const;
  void refuse(Refusal refusal, Error& error);
  void refuse_malformed(std::string_view detail, Error& error);
  Refusal head_too_large() const;
  Refusal refusal_of(Error error) const;

  RequestLimits limits_;
  Request request_;
  std::optional<Refusal> refusal_;
  std::string_view input_;  // what `feed` was handed, while it runs
  std::size_t header_bytes_ = 0;
  int version_ = 11;
  unsigned hosts_ = 0;
  unsigned lengths_ = 0;
  unsigned codings_ = 0;
  bool expects_continue_ = false;
};

}  // namespace vote::http
