#include "command/ballot_lines.h"

#include <gtest/gtest.h>

namespace vote::command {
namespace {

using Texts = std::vector<std::string>;

BallotLine good(std::string_view line) {
  auto ballot = parse_ballot_line(line);
  EXPECT_TRUE(ballot) << line;
  return ballot ? *ballot : BallotLine{};
}

TEST(BallotLines, AChoiceAloneIsOfNobodyInParticular) {
  const BallotLine ballot = good(R"(JAMES "JIMMY" L. STROUD, JR.)");
  EXPECT_EQ(ballot.voter, "");
  EXPECT_EQ(ballot.choices, Texts{R"(JAMES "JIMMY" L. STROUD, JR.)"});
}

TEST(BallotLines, BehindATabAreTheChoicesOfAVoter) {
  EXPECT_EQ(good("voter 1\tTea").voter, "voter 1");
  EXPECT_EQ(good("voter 1\tTea").choices, Texts{"Tea"});
  EXPECT_EQ(good("v\ta\tb\tc").choices, (Texts{"a", "b", "c"}));
}

TEST(BallotLines, SpacesBelongToTheTextACarriageReturnDoesNot) {
  EXPECT_EQ(good(" a  b \r").choices, Texts{" a  b "});
  EXPECT_EQ(good("v\ta\r").choices, Texts{"a"});
}

TEST(BallotLines, LinesThatAreTooLongOrNameNoVoterAreRefused) {
  for (const std::string& line : {std::string("\ta"), std::string(kVoterBytesMax + 1, 'v') + "\ta",
                                  std::string(kBallotLineBytesMax + 1, 'x')}) {
    const auto ballot = parse_ballot_line(line);
    ASSERT_FALSE(ballot);
    EXPECT_EQ(ballot.error().code, Code::malformed);
  }
}

TEST(BallotLines, AVotersNameIsTheSameVoterInEveryRunAndVersion) {
  EXPECT_EQ(voter_named("voter 1").text(), "bfb774c2-bf5f-89e6-ad63-1c96995f2cf6");
  EXPECT_NE(voter_named("voter 1"), voter_named("voter 2"));
}

TEST(BallotLines, AUuidStandsForItself) {
  const std::string id = "0190a5d0-7c1e-7d3a-9b9b-2f6f3c1a5e77";
  EXPECT_EQ(voter_named(id).text(), id);
}

TEST(BallotLines, ARequestIsNamedByPollVoterAndChoiceWhateverItsOrder) {
  const auto poll = *PollId::parse("0190a5d0-7c1e-7d3a-9b9b-2f6f3c1a5e77");
  const auto other = *PollId::parse("0190a5d0-7c1e-7d3a-9b9b-2f6f3c1a5e78");
  const UserId voter = voter_named("v");
  const OptionId a{voter_named("a").uuid};
  const OptionId b{voter_named("b").uuid};
  const RequestId request = request_of(poll, voter, {a, b});
  EXPECT_EQ(request, request_of(poll, voter, {b, a}));
  EXPECT_NE(request, request_of(poll, voter, {a}));
  EXPECT_NE(request, request_of(other, voter, {a, b}));
  EXPECT_NE(request, request_of(poll, voter_named("w"), {a, b}));
  EXPECT_EQ(request.text(), "d084ea81-65db-806d-8e53-328336693807");
}

}  // namespace
}  // namespace vote::command
