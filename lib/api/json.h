#pragma once
// What the API shows, as JSON texts. Members come in the order that people read them in. Internal
// to api/. Pure.
#include <string>
#include <string_view>

#include "ingest/ballots.h"
#include "store/store.h"

namespace vote::api {

std::string to_json(const User& user);
std::string to_json(const UserPage& page);

/// `status` and `final` as they are now, by `now`.
std::string to_json(const Poll& poll, Time now);
std::string to_json(const PollPage& page, Time now);

/// One's own vote; `option_ids`, `request_id`, … only where they mean something.
std::string to_json(PollId poll, const VoteStatus& vote);
/// {"status":"accepted"|"confirmed","request_id":…}
std::string to_json(const CastAnswer& answer);

/// The counts of options this poll has not are left out; what has no count has none yet.
std::string to_json(const Poll& poll, PollStatus status, const PollCounts& counts);

/// One line, without its end.
std::string to_json(const AuditEntry& entry);
std::string to_json(const OperatorAction& action);

/// ["…","…"] at the end of a line made by hand.
void append_ids(std::string& line, const std::vector<OptionId>& ids);

std::string session_json(std::string_view token, Time expires);

}  // namespace vote::api
