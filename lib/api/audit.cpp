// The audit log of one poll as NDJSON, page by page: a page is asked for when the one before has
// been taken by the client, so a long log needs no more memory than a short one.
#include "api/access.h"
#include "api/json.h"
#include "http/completed.h"

namespace vote::api {
namespace {

constexpr std::size_t kEntriesPerPage = 200;

using Entries = Result<std::vector<AuditEntry>>;

boost::asio::awaitable<Entries> read_page(Site& site, PollId poll, std::int64_t after) {
  co_return co_await http::completed<Entries>(
      [&](auto done) { site.parts.store.audit(poll, after, kEntriesPerPage, std::move(done)); });
}

/// Where the reading stands; shared by the copies of one response's source.
struct Log {
  Site& site;
  PollId poll;
  std::vector<AuditEntry> page;  // the next to be sent
};

std::string lines_of(const std::vector<AuditEntry>& entries) {
  std::string lines;
  for (const AuditEntry& entry : entries) lines.append(to_json(entry)).append("\n");
  return lines;
}

boost::asio::awaitable<std::string> next_piece(std::shared_ptr<Log> log) {
  std::string lines = lines_of(log->page);
  if (log->page.size() < kEntriesPerPage) {
    log->page.clear();
    co_return lines;
  }
  Entries next = co_await read_page(log->site, log->poll, log->page.back().log_id);
  // The status is long sent; cutting the connection is what tells the client.
  if (!next) throw std::runtime_error("the audit log cannot be read on: " + next.error().detail);
  log->page = std::move(*next);
  co_return lines;
}

boost::asio::awaitable<http::Response> stream_log(Site& site, PollId poll) {
  Entries first = co_await read_page(site, poll, 0);
  if (!first) co_return refusal(first.error());
  http::Response response;
  response.content_type = "application/x-ndjson";
  response.source = [log = std::make_shared<Log>(Log{site, poll, std::move(*first)})] {
    return next_piece(log);
  };
  co_return response;
}

}  // namespace

http::Answer show_audit(Site& site, http::Request& request) {
  const Identity reader = identity_of(site, request);
  if (reader.role != Role::auditor && reader.role != Role::admin)
    return refusal({Code::forbidden, "the audit log is for auditors and admins"});
  return stream_log(site, poll_id_of(request));
}

}  // namespace vote::api
