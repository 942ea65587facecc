#include "command/verbs/schema_view.h"

#include <gtest/gtest.h>

#include <sstream>

namespace vote::command {
namespace {

SchemaReport report(int applied, int known) {
  return {"store", "sqlite:///s", applied, known};
}

TEST(SchemaView, AStateIsWhatWasAppliedAgainstWhatIsKnown) {
  EXPECT_EQ(state_of(report(0, 2)), SchemaState::missing);
  EXPECT_EQ(state_of(report(1, 2)), SchemaState::behind);
  EXPECT_EQ(state_of(report(2, 2)), SchemaState::current);
  EXPECT_EQ(state_of(report(3, 2)), SchemaState::newer);
}

TEST(SchemaView, OneThatCannotBeUsedHasItsExitCode) {
  std::ostringstream output;
  std::ostringstream errors;
  Console console("votectl", output, errors, {}, {});
  EXPECT_EQ(show_schemas(console, {report(2, 2)}), ExitCode::ok);
  EXPECT_EQ(show_schemas(console, {report(2, 2), report(1, 2)}), ExitCode::storage);
  EXPECT_EQ(output.str(),
            "store\tcurrent\t2\t2\tsqlite:///s\n"
            "store\tcurrent\t2\t2\tsqlite:///s\n"
            "store\tbehind\t1\t2\tsqlite:///s\n");
  EXPECT_NE(errors.str().find("db migrate"), std::string::npos);
}

}  // namespace
}  // namespace vote::command
