#include "http/problem.h"

#include <nlohmann/json.hpp>

namespace vote::http {
namespace {

std::string quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string_view title_of(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Other";
  }
}

Response problem(unsigned status, std::string_view code, std::string_view detail) {
  Response response;
  response.status = status;
  response.problem = code;
  response.content_type = "application/problem+json";
  response.body = R"({"type":"about:blank","title":)" + quoted(title_of(status)) + R"(,"status":)" +
                  std::to_string(status) + R"(,"code":)" + quoted(code) + R"(,"detail":)" +
                  quoted(detail) + "}";
  if (status == 401) response.fields.emplace_back("WWW-Authenticate", "Bearer");
  if (status == 503) response.fields.emplace_back("Retry-After", "1");
  return response;
}

Response problem(const Error& error) {
  Response response = problem(status_of(error.code), name(error.code), error.detail);
  if (error.code == Code::vote_in_progress || error.code == Code::vote_pending)
    response.fields.emplace_back("Retry-After", "1");
  return response;
}

HttpError::HttpError(Response response)
    : std::runtime_error("HTTP " + std::to_string(response.status)),
      response_(std::move(response)) {}

HttpError::HttpError(unsigned status, std::string_view code, std::string_view detail)
    : HttpError(problem(status, code, detail)) {}

}  // namespace vote::http
