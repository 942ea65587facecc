#include "client/client.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "client/transfer.h"
#include "runtime/stop.h"

namespace vote::client {
namespace {

constexpr int kDepthMax = 32;  // nlohmann's copies recurse

/// Parses with a limit on depth; throws ClientError.
nlohmann::json parsed(const std::string& text) {
  bool too_deep = false;
  const auto watch = [&too_deep](int depth, nlohmann::json::parse_event_t /*event*/,
                                 nlohmann::json& /*value*/) {
    too_deep = too_deep || depth > kDepthMax;
    return !too_deep;
  };
  nlohmann::json value = nlohmann::json::parse(text, watch, false);
  if (too_deep || value.is_discarded())
    throw ClientError("the answer is not JSON; is it vote-api that --url or VOTE_URL names?");
  return value;
}

std::string member(const Answer& answer, const char* name) {
  if (!answer.field("Content-Type").starts_with("application/problem+json")) return "";
  const nlohmann::json problem = parsed(answer.body);
  const auto found = problem.is_object() ? problem.find(name) : problem.end();
  return found != problem.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::string_view Answer::field(std::string_view name) const {
  for (const auto& [known, value] : fields)
    if (known.size() == name.size() && strncasecmp(known.data(), name.data(), name.size()) == 0)
      return value;
  return {};
}

nlohmann::json Answer::json() const {
  return parsed(body);
}

std::string Answer::code() const {
  const std::string found = member(*this, "code");
  return found.empty() ? "http_" + std::to_string(status) : found;
}

std::string Answer::detail() const {
  const std::string found = member(*this, "detail");
  return found.empty() ? "the server answered with status " + std::to_string(status) : found;
}

bool is_worth_repeating(const Answer& answer) {
  return answer.status == 503 || (answer.status == 409 && answer.code() == "vote_in_progress");
}

Duration retry_after(const Answer& answer) {
  const std::string_view text = answer.field("Retry-After");
  unsigned seconds = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (result.ec != std::errc()) return Duration(0);
  return std::min<Duration>(std::chrono::seconds(seconds), kRetryDelayMax);
}

std::string encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 0x0FU];
    }
  }
  return out;
}

Client::Client(const std::string& base) : transfer_(std::make_unique<Transfer>(base)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;

Answer Client::call(const Request& request) {
  return stream(request, nullptr);
}

Answer Client::stream(const Request& request, const std::function<void(std::string_view)>& sink,
                      const std::function<bool()>& goes_on) {
  transfer_->prepare(request, sink, goes_on);
  return transfer_->finish(curl_easy_perform(transfer_->handle()));
}

Answer Client::call_repeatedly(const Request& request) {
  Stop never;
  BackOff delays(kFirstRetryDelay, kRetryDelayMax);
  for (unsigned tries = 1;; ++tries) {
    Duration asked{};
    try {
      Answer answer = call(request);
      if (tries == kTriesMax || !is_worth_repeating(answer)) return answer;
      asked = retry_after(answer);
    } catch (const ClientError&) {
      if (tries == kTriesMax) throw;
    }
    never.wait(std::max(asked, delays.next()));
  }
}

}  // namespace vote::client
