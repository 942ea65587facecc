#pragma once
// How the schemas of store and queue stand, for people and pipes.
#include <vector>

#include "command/backends.h"
#include "command/console.h"
#include "config/exit_code.h"

namespace vote::command {

enum class SchemaState { missing, behind, current, newer };
SchemaState state_of(const SchemaReport& report);

/// A row a part: part, state, scripts applied, scripts known, URL. `storage` where one is not
/// current.
ExitCode show_schemas(Console& console, const std::vector<SchemaReport>& reports);

/// What migrating did, given how it stood before.
void say_migrated(Console& console, const std::vector<SchemaReport>& before);

}  // namespace vote::command
