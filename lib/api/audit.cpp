// The logs for auditors and admins: what happened to a poll's votes, and what people did who may
// see or change more than voters. Whoever reads one is in the second before the first byte is sent.
#include "api/access.h"
#include "api/body.h"
#include "api/ndjson.h"
#include "http/completed.h"

namespace vote::api {
namespace {

using Awaited = boost::asio::awaitable<http::Response>;
using Entries = Page<AuditEntry>;
using Actions = Page<OperatorAction>;

boost::asio::awaitable<Entries> read_entries(Site& site, PollId poll, std::int64_t after) {
  co_return co_await http::completed<Entries>(
      [&](auto done) { site.parts.store.audit(poll, after, kEntriesPerPage, std::move(done)); });
}

boost::asio::awaitable<Actions> read_actions(Site& site, std::optional<PollId> poll,
                                             std::int64_t after) {
  co_return co_await http::completed<Actions>([&](auto done) {
    site.parts.store.operator_actions(poll, after, kEntriesPerPage, std::move(done));
  });
}

Awaited stream_entries(Site& site, PollId poll, OperatorAction reading) {
  Entries first = co_await read_entries(site, poll, 0);
  if (!first) co_return refusal(first.error());
  if (const auto noted = co_await note(site, std::move(reading)); !noted)
    co_return refusal(noted.error());
  co_return respond_lines<AuditEntry>(std::move(*first), [&site, poll](const AuditEntry& last) {
    return read_entries(site, poll, last.log_id);
  });
}

Awaited stream_actions(Site& site, std::optional<PollId> poll, OperatorAction reading) {
  if (const auto noted = co_await note(site, std::move(reading)); !noted)
    co_return refusal(noted.error());
  Actions first = co_await read_actions(site, poll, 0);
  if (!first) co_return refusal(first.error());
  co_return respond_lines<OperatorAction>(std::move(*first),
                                          [&site, poll](const OperatorAction& last) {
                                            return read_actions(site, poll, last.action_id);
                                          });
}

std::optional<PollId> poll_wanted(const http::Request& request) {
  const auto text = request.query_parameter("poll");
  if (!text) return std::nullopt;
  const auto poll = PollId::parse(*text);
  if (!poll) refuse_malformed("poll is no poll's id: a UUID");
  return poll;
}

}  // namespace

http::Answer show_audit(Site& site, http::Request& request) {
  const Identity reader = auditor_of(site, request);
  const PollId poll = poll_id_of(request);
  return stream_entries(site, poll, action_of(site, request, reader, "audit_read", poll));
}

http::Answer show_operator_log(Site& site, http::Request& request) {
  const Identity reader = auditor_of(site, request);
  const auto poll = poll_wanted(request);
  return stream_actions(site, poll, action_of(site, request, reader, "operator_log_read", poll));
}

}  // namespace vote::api
