#include "contract/store/house.h"

namespace vote::test {
namespace {

class StoreAccounts : public StoreTest {
 protected:
  static UserRecord ann() {
    UserRecord record;
    record.user.id = new_id<UserId>();
    record.user.email = "ann@example.org";
    record.user.username = "ann";
    record.password_hash = "$argon2id$…";
    return record;
  }
  Result<User> add(const UserRecord& record) {
    return wait_for<Result<User>>([&](auto done) { store_->add_user(record, std::move(done)); });
  }
  Result<UserRecord> find(const std::string& login) {
    return wait_for<Result<UserRecord>>(
        [&](auto done) { store_->find_user(login, std::move(done)); });
  }
  Result<User> user(UserId id) {
    return wait_for<Result<User>>([&](auto done) { store_->user(id, std::move(done)); });
  }
  Result<UserPage> users(const std::string& cursor, std::size_t limit) {
    return wait_for<Result<UserPage>>(
        [&](auto done) { store_->users(cursor, limit, std::move(done)); });
  }
  Result<User> set(UserId id, std::optional<Role> role, std::optional<bool> verified) {
    return wait_for<Result<User>>(
        [&](auto done) { store_->set_user(id, role, verified, std::move(done)); });
  }
};
VOTE_ON_EVERY_BACKEND(StoreAccounts);

TEST_P(StoreAccounts, AUserIsFoundByNameAndAddressInAnyCaseAlsoAfterARestart) {
  const UserRecord record = ann();
  ASSERT_TRUE(add(record));
  restart();
  for (const char* login : {"ann", "ANN", "ann@example.org", "Ann@Example.ORG"}) {
    const auto found = find(login);
    ASSERT_TRUE(found) << login;
    EXPECT_EQ(found->user.id, record.user.id);
    EXPECT_EQ(found->password_hash, record.password_hash);
    EXPECT_EQ(found->user.created_at, kStart);
  }
  EXPECT_EQ(user(record.user.id)->email, "ann@example.org");
}

TEST_P(StoreAccounts, ANameOrAddressIsTakenInAnyCase) {
  ASSERT_TRUE(add(ann()));
  UserRecord same_name = ann();
  same_name.user.username = "Ann";
  same_name.user.email = "other@example.org";
  EXPECT_EQ(code_of(add(same_name)), Code::name_taken);
  UserRecord same_address = ann();
  same_address.user.username = "anna";
  same_address.user.email = "ANN@example.org";
  EXPECT_EQ(code_of(add(same_address)), Code::name_taken);
  EXPECT_EQ(house_->rows("users"), 1);
}

TEST_P(StoreAccounts, ARegistrationSentAgainGetsItsAnswer) {
  const UserRecord record = ann();
  ASSERT_TRUE(add(record));
  advance(std::chrono::minutes(1));
  const auto again = add(record);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->created_at, kStart);
}

TEST_P(StoreAccounts, WhoIsUnknownIsNotFound) {
  EXPECT_EQ(code_of(find("nobody")), Code::not_found);
  EXPECT_EQ(code_of(user(new_id<UserId>())), Code::not_found);
  EXPECT_EQ(code_of(set(new_id<UserId>(), Role::admin, std::nullopt)), Code::not_found);
}

TEST_P(StoreAccounts, RoleAndVerificationAreSetOneByOne) {
  const UserRecord record = ann();
  ASSERT_TRUE(add(record));
  EXPECT_EQ(set(record.user.id, Role::auditor, std::nullopt)->role, Role::auditor);
  const auto verified = set(record.user.id, std::nullopt, true);
  EXPECT_TRUE(verified->verified);
  EXPECT_EQ(user(record.user.id)->role, Role::auditor);
  EXPECT_TRUE(user(record.user.id)->verified);
  EXPECT_EQ(code_of(set(record.user.id, Role::guest, std::nullopt)), Code::invalid_input);
}

TEST_P(StoreAccounts, AListIsReadToItsEndEachUserOnce) {
  for (int i = 0; i < 7; ++i) {
    UserRecord record = ann();
    record.user.email = std::to_string(i) + "@example.org";
    record.user.username = "user" + std::to_string(i);
    ASSERT_TRUE(add(record));
  }
  std::map<UserId, int> seen;
  std::string cursor;
  std::size_t pages = 0;
  do {
    const auto page = users(cursor, 3);
    ASSERT_TRUE(page);
    ASSERT_LE(page->users.size(), 3U);
    for (const User& listed : page->users) ++seen[listed.id];
    cursor = page->next_cursor;
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(pages, 3U);
  EXPECT_EQ(seen.size(), 7U);
  for (const auto& [id, times] : seen) EXPECT_EQ(times, 1) << id.text();
  EXPECT_EQ(code_of(users("no cursor", 3)), Code::invalid_input);
}

}  // namespace
}  // namespace vote::test
