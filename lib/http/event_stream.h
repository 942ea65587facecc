#pragma once
// Server-sent events (the WHATWG's HTML standard, "Server-sent events"): each event with its id, a
// comment where nothing happens for a while, and a time for coming back that differs from client to
// client, so that a restart is not followed by a stampede. Internal to http/.
#include <memory>
#include <string>
#include <string_view>

#include "http/watcher.h"

namespace vote::http {

class EventStream final : public Watcher {
 public:
  /// The head of the response is out. Not `chunked`: for HTTP/1.0, until the connection ends.
  EventStream(Worker& worker, boost::asio::ip::tcp::socket& socket, std::shared_ptr<Watch> watch,
              bool chunked);

 private:
  Sent open() override;
  Sent send(const Event& event) override;
  Sent beat() override;
  boost::asio::awaitable<void> close(const Ending& ending) override;

  Sent write(std::string_view bytes);  // which live until they are sent
  Sent write_block(std::string block);
  void read();

  const bool chunked_;
};

}  // namespace vote::http
