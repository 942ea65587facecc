#pragma once
// An export as a CSV of ballots: see ballot_file.h. Pure.
#include <string>

#include "command/exchange/export_lines.h"

namespace vote::command {

/// The first row, with its end.
std::string csv_head(const ExportHeader& header);
std::string csv_row(const ExportHeader& header, const FileBallot& ballot);

}  // namespace vote::command
