// Tokens (account/token.h): any text, and any header and claims that the secret has signed. What is
// taken holds now, and minted again says the same.
#include "account/token.h"

#include <sodium.h>

#include <array>

#include "fuzz/fuzz.h"
#include "vote/base64url.h"

namespace vote::fuzz {
namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
const Time kNow = time_of(1'800'000'000'000'000);

std::string sign(std::string_view header, std::string_view claims) {
  std::string text = to_base64url(header) + '.' + to_base64url(claims);
  std::array<std::uint8_t, crypto_auth_hmacsha256_BYTES> signature{};
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(kSecret.data()),
                              kSecret.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()),
                                text.size());
  crypto_auth_hmacsha256_final(&state, signature.data());
  return text.append(".").append(to_base64url(signature));
}

void check_refused(const Tokens& tokens, std::string_view token) {
  const auto read = tokens.verify(token, kNow);
  require(!read, "a token that the secret did not sign is refused", token);
  require(read.error().code == Code::unauthorized && !read.error().detail.empty(),
          "a refusal says why");
}

void check_signed(const Tokens& tokens, std::string_view token) {
  const auto read = tokens.verify(token, kNow);
  if (!read) {
    require(read.error().code == Code::unauthorized && !read.error().detail.empty(),
            "a refusal says why");
    return;
  }
  require(read->expires_at + kTokenLeeway > kNow, "a token that is over is refused", token);
  const Time expires = std::max(read->expires_at, kNow);
  const auto again = tokens.verify(tokens.mint(*read, kNow, expires), kNow);
  require(again && again->user == read->user && again->role == read->role &&
              again->verified == read->verified,
          "what is minted of it says the same", token);
  std::string changed(token);
  changed.back() = changed.back() == 'A' ? 'E' : 'A';
  check_refused(tokens, changed);
}

}  // namespace
}  // namespace vote::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vote::fuzz;
  static const vote::Tokens tokens(kSecret);
  const std::string_view text = text_of(data, size);
  const auto decoded = vote::of_base64url(text);
  require(!decoded || vote::to_base64url(*decoded) == text, "base64url has one form", text);
  const auto end = text.find('\n');
  if (end == std::string_view::npos)
    check_refused(tokens, text);
  else
    check_signed(tokens, sign(text.substr(0, end), text.substr(end + 1)));
  return 0;
}
