#pragma once
// The lines of an export, as vote-api writes them (GET /v1/polls/{id}/export) and files keep them:
// see ballot_file.h. All throw LineRefused where a line does not hold.
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "command/exchange/ballot_file.h"
#include "command/exchange/json_line.h"
#include "vote/poll.h"

namespace vote::command {

struct ExportHeader {
  Poll poll;  // end_time is the end that was, or the moment of the export
  bool anonymous = false;
};
ExportHeader header_of(const JsonLine& line);

FileBallot ballot_of(const JsonLine& line, const ExportHeader& header);

/// The count of the ballots read, to be compared with what the end of the export says.
class ExportCount {
 public:
  explicit ExportCount(const Poll& poll);

  void add(const std::vector<OptionId>& options, std::uint64_t ballots);

  std::uint64_t ballots = 0;
  std::uint64_t total_votes = 0;  // ballots that are not empty
  std::unordered_map<OptionId, std::uint64_t> votes;
};
void check_end(const JsonLine& line, const ExportCount& counted);

}  // namespace vote::command
