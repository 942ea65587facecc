#pragma once
// One request on its way through libcurl: a handle that is used again and again. Internal to
// client/.
#include <curl/curl.h>

#include <array>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "client/client.h"

namespace vote::client {

struct CurlFree {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

class Client::Transfer {
 public:
  /// Throws ClientError (the URL).
  explicit Transfer(const std::string& base);
  Transfer(const Transfer&) = delete;

  /// Sets the handle up for `request`, which is copied. `sink`, `goes_on`: see Client::stream.
  void prepare(const Request& request, std::function<void(std::string_view)> sink = nullptr,
               std::function<bool()> goes_on = nullptr);
  CURL* handle() const { return handle_.get(); }
  /// After curl is done: the answer, moved out; or throws what `result` stands for.
  Answer finish(CURLcode result);
  /// What `result` stands for, in words.
  std::string failure(CURLcode result) const;

 private:
  static std::size_t on_field(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  template <class Value>
  void set(CURLoption option, Value value);
  void set_up();
  void set_fields(const Request& request);
  void take_field(std::string_view line);
  bool take_body(std::string_view piece);
  bool hand_on(std::string_view piece);

  std::string base_;
  std::unique_ptr<CURL, CurlFree> handle_;
  std::unique_ptr<curl_slist, CurlFree> list_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::string body_;
  std::function<void(std::string_view)> sink_;
  std::function<bool()> goes_on_;
  std::exception_ptr thrown_;
  Answer answer_;
};

}  // namespace vote::client
