#include "client/transfer.h"

#include <cstdlib>
#include <cstring>

namespace vote::client {
namespace {

/// libcurl's own global state: made before the first handle, gone with the process.
struct Library {
  Library() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  ~Library() { curl_global_cleanup(); }
  Library(const Library&) = delete;
};

CURL* new_handle() {
  static const Library library;
  CURL* handle = curl_easy_init();
  if (handle == nullptr) throw ClientError("libcurl cannot be set up: out of memory");
  return handle;
}

std::string checked(std::string base) {
  while (base.ends_with('/')) base.pop_back();
  const bool known = base.starts_with("http://") || base.starts_with("https://");
  if (!known || base.find_first_of(" \t\r\n?#") != std::string::npos)
    throw ClientError("'" + base + "' is no URL of a vote-api: expected http://host:port");
  return base;
}

// A proxy of the environment is for the world outside, never for this machine.
std::string without_proxy() {
  std::string names = "localhost,127.0.0.1,::1";
  for (const char* variable : {"no_proxy", "NO_PROXY"})
    if (const char* more = std::getenv(variable); more != nullptr && *more != '\0')
      return std::string(more) == "*" ? "*" : names + "," + more;
  return names;
}

long milliseconds(Duration duration) {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

std::string lower_first(std::string text) {
  if (text.size() > 1 && text[1] >= 'a' && text[1] <= 'z' && text[0] >= 'A' && text[0] <= 'Z')
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::strchr(" \t\r\n", text.front()) != nullptr) text.remove_prefix(1);
  while (!text.empty() && std::strchr(" \t\r\n", text.back()) != nullptr) text.remove_suffix(1);
  return text;
}

}  // namespace

Client::Transfer::Transfer(const std::string& base) : base_(checked(base)), handle_(new_handle()) {
  set_up();
}

template <class Value>
void Client::Transfer::set(CURLoption option, Value value) {
  const CURLcode result = curl_easy_setopt(handle_.get(), option, value);
  if (result != CURLE_OK)
    throw ClientError(std::string("libcurl refuses an option: ") + curl_easy_strerror(result));
}

void Client::Transfer::set_up() {
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(kConnectTimeMax));
  set(CURLOPT_USERAGENT, "vote");
  set(CURLOPT_NOPROXY, without_proxy().c_str());
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_field);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(this));
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
}

void Client::Transfer::set_fields(const Request& request) {
  curl_slist* list = nullptr;
  const auto append = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    list = longer;
  };
  list_.reset();
  try {
    append("Accept: application/json, application/problem+json");
    append(request.body.empty() ? "Content-Type:" : "Content-Type: application/json");
    if (!request.token.empty()) append("Authorization: Bearer " + request.token);
    for (const auto& [name, value] : request.fields) append(std::string(name).append(": ") + value);
  } catch (...) {
    curl_slist_free_all(list);
    throw;
  }
  list_.reset(list);
  set(CURLOPT_HTTPHEADER, list_.get());
}

void Client::Transfer::prepare(const Request& request, std::function<void(std::string_view)> sink,
                               std::function<bool()> goes_on) {
  answer_ = {};
  error_[0] = '\0';
  body_ = request.body;
  sink_ = std::move(sink);
  goes_on_ = std::move(goes_on);
  set(CURLOPT_NOPROGRESS, goes_on_ ? 0L : 1L);
  // A stream may take as long as it flows; it is given up when nothing comes.
  set(CURLOPT_TIMEOUT_MS, sink_ ? 0L : milliseconds(kAnswerTimeMax));
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, milliseconds(kAnswerTimeMax) / 1000);
  set(CURLOPT_URL, (base_ + request.path).c_str());
  set_fields(request);
  if (request.method == "GET") {
    set(CURLOPT_HTTPGET, 1L);
    set(CURLOPT_CUSTOMREQUEST, static_cast<const char*>(nullptr));
    return;
  }
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDS, body_.c_str());
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

std::size_t Client::Transfer::on_field(char* data, std::size_t size, std::size_t count,
                                       void* self) {
  static_cast<Transfer*>(self)->take_field({data, size * count});
  return size * count;
}

std::size_t Client::Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->take_body({data, size * count}) ? size * count : 0;
}

int Client::Transfer::on_progress(void* self, curl_off_t /*expected*/, curl_off_t /*received*/,
                                  curl_off_t /*to_send*/, curl_off_t /*sent*/) {
  return static_cast<Transfer*>(self)->goes_on_() ? 0 : 1;
}

void Client::Transfer::take_field(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    answer_.fields.clear();  // those before were a 1xx's
    return;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  answer_.fields.emplace_back(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
}

bool Client::Transfer::take_body(std::string_view piece) {
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (sink_ && status >= 200 && status < 300) return hand_on(piece);
  if (answer_.body.size() + piece.size() > kAnswerBytesMax) return false;
  answer_.body += piece;
  return true;
}

// An exception must not pass through libcurl: it is kept until curl has returned.
bool Client::Transfer::hand_on(std::string_view piece) {
  try {
    sink_(piece);
    return true;
  } catch (...) {
    thrown_ = std::current_exception();
    return false;
  }
}

Answer Client::Transfer::finish(CURLcode result) {
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  const bool given_up = result == CURLE_ABORTED_BY_CALLBACK;
  if (result != CURLE_OK && !given_up) throw ClientError(failure(result));
  long status = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  answer_.status = static_cast<unsigned>(status);
  return std::move(answer_);
}

std::string Client::Transfer::failure(CURLcode result) const {
  const std::string where = "--url or VOTE_URL says where";
  long cause = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_OS_ERRNO, &cause);
  switch (result) {
    case CURLE_COULDNT_CONNECT: {
      const std::string why =
          cause == 0 ? "cannot connect" : lower_first(std::strerror(static_cast<int>(cause)));
      return "cannot reach " + base_ + ": " + why + "; is vote-api running? (" + where + ")";
    }
    case CURLE_COULDNT_RESOLVE_HOST:
      return "cannot reach " + base_ + ": no such host (" + where + ")";
    case CURLE_OPERATION_TIMEDOUT:
      return "no answer from " + base_ + " in time; is vote-api overloaded or hung?";
    case CURLE_WRITE_ERROR:
      return "the answer of " + base_ + " is longer than this program takes";
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
      return "the connection to " + base_ + " was lost before the answer came";
    default:
      return "no answer from " + base_ + ": " +
             lower_first(error_[0] != '\0' ? error_.data() : curl_easy_strerror(result));
  }
}

}  // namespace vote::client
