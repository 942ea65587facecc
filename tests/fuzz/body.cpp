// Bodies of requests (api/body.h): they are taken, or refused with 400 or 415 and a text, and
// nothing else is thrown.
#include "api/body.h"

#include "fuzz/fuzz.h"
#include "http/problem.h"

namespace vote::fuzz {
namespace {

/// All kinds of fields that bodies have.
struct Body {
  std::optional<std::string> title;
  std::optional<bool> verified;
  std::optional<std::uint32_t> most;
  std::optional<Time> end_time;
  std::optional<OptionId> option;
  std::optional<std::vector<OptionId>> options;
  std::optional<std::vector<std::string>> texts;
};

void check(const Body& body) {
  if (!body.end_time) return;
  require(*body.end_time >= api::kTimeMin && *body.end_time <= api::kTimeMax,
          "a time is within its limits");
  require(parse_time(to_text(*body.end_time)) == body.end_time, "a time is read as it is written");
}

void check(const http::HttpError& error) {
  const http::Response& response = error.response();
  require(response.status == 400 || response.status == 415, "a refusal is a 400 or a 415");
  require(response.body.find("\"detail\":\"") != std::string::npos, "a refusal says why",
          response.body);
}

}  // namespace
}  // namespace vote::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vote::fuzz;
  vote::http::Request request;
  std::string_view rest = text_of(data, size);
  if (rest.starts_with('!')) {  // then its first line is the Content-Type
    const auto end = std::min(rest.find('\n'), rest.size());
    request.fields.emplace_back("content-type",
                                rest.substr(1, end - std::min<std::size_t>(end, 1)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  } else {
    request.fields.emplace_back("Content-Type", "application/json");
  }
  request.body = rest;
  try {
    Body body;
    vote::api::read_body(request, {{"title", &body.title},
                                   {"verified", &body.verified},
                                   {"most", &body.most},
                                   {"end_time", &body.end_time},
                                   {"option_id", &body.option},
                                   {"option_ids", &body.options},
                                   {"options", &body.texts}});
    check(body);
  } catch (const vote::http::HttpError& error) {
    check(error);
  }
  return 0;
}
