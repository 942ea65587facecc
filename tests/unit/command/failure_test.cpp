#include "command/failure.h"

#include <gtest/gtest.h>

#include <optional>

namespace vote::command {
namespace {

client::Answer problem(unsigned status, const std::string& code) {
  return {status,
          {{"Content-Type", "application/problem+json"}},
          R"({"code":")" + code + R"(","detail":"the detail"})"};
}

TEST(Failure, SaysWhatHappenedAndWhatToDo) {
  const Failure failure = failure_of(problem(409, "already_voted"));
  EXPECT_STREQ(failure.what(), "already voted: the detail");
  EXPECT_EQ(failure.code(), ExitCode::conflict);
  EXPECT_NE(failure.hint().find("vote --status"), std::string::npos);
}

TEST(Failure, AnAnswerThatIsNotOfVoteApiAsksWhetherItIs) {
  const Failure failure = failure_of({502, {}, "<html>"});
  EXPECT_EQ(failure.code(), ExitCode::unavailable);
  EXPECT_NE(failure.hint().find("--url"), std::string::npos);
}

TEST(Failure, AStatusHasOneExitCode) {
  EXPECT_EQ(exit_code_of(200U), ExitCode::ok);
  EXPECT_EQ(exit_code_of(400U), ExitCode::refused);
  EXPECT_EQ(exit_code_of(401U), ExitCode::unauthorized);
  EXPECT_EQ(exit_code_of(403U), ExitCode::forbidden);
  EXPECT_EQ(exit_code_of(404U), ExitCode::not_found);
  EXPECT_EQ(exit_code_of(409U), ExitCode::conflict);
  EXPECT_EQ(exit_code_of(422U), ExitCode::refused);
  EXPECT_EQ(exit_code_of(429U), ExitCode::unavailable);
  EXPECT_EQ(exit_code_of(500U), ExitCode::unavailable);
  EXPECT_EQ(exit_code_of(503U), ExitCode::unavailable);
  EXPECT_EQ(exit_code_of(301U), ExitCode::failed);
}

TEST(Failure, APortsErrorAndTheAnswerMadeOfItEndAlike) {
  const std::pair<Code, unsigned> statuses[] = {
      {Code::malformed, 400},      {Code::unauthorized, 401},  {Code::results_hidden, 403},
      {Code::not_found, 404},      {Code::already_voted, 409}, {Code::poll_not_active, 409},
      {Code::invalid_option, 422}, {Code::unavailable, 503}};
  for (const auto& [code, status] : statuses) {
    const Failure of_port = failure_of(Error{code, "the detail"});
    const Failure of_answer = failure_of(problem(status, std::string(name(code))));
    EXPECT_EQ(of_port.code(), of_answer.code()) << name(code);
    EXPECT_STREQ(of_port.what(), of_answer.what());
    EXPECT_EQ(of_port.hint(), of_answer.hint());
  }
}

TEST(Failure, AValueIsHandedOnAndAnErrorIsThrown) {
  EXPECT_EQ(value_of(Result<int>(5)), 5);
  EXPECT_THROW(value_of(Result<int>(Error{Code::not_found, "nothing"})), Failure);
}

}  // namespace
}  // namespace vote::command
