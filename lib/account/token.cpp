#include "account/token.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <new>
#include <stdexcept>
#include <utility>

#include "account/members.h"
#include "vote/base64url.h"

namespace vote {
namespace {

using Signature = std::array<std::uint8_t, 32>;  // of SHA-256

/// {"alg":"HS256","typ":"JWT"}: what we write, and most others too.
constexpr std::string_view kOurHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

Error refused(std::string detail) {
  return {Code::unauthorized, std::move(detail)};
}

struct Parts {
  std::string_view header, claims, signature;
  std::string_view signed_text;  // header.claims
};

std::optional<Parts> split(std::string_view token) {
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
               token.substr(second + 1), token.substr(0, second)};
}

bool is_jwt(std::string_view type) {
  constexpr std::string_view kName = "jwt";
  if (type.size() != kName.size()) return false;
  for (std::size_t i = 0; i < type.size(); ++i)
    if (std::tolower(static_cast<unsigned char>(type[i])) != kName[i]) return false;
  return true;
}

std::optional<Error> check_header(std::string_view encoded) {
  if (encoded == kOurHeader) return std::nullopt;
  const auto text = of_base64url(encoded);
  const auto header = text ? Members::parse(*text) : std::nullopt;
  if (!header) return refused("token is no JWT: log in again");
  const auto* algorithm = header->find<std::string>("alg");
  if (algorithm == nullptr || *algorithm != "HS256")
    return refused("token is not signed with HS256: log in again");
  if (header->find("crit") != nullptr)
    return refused("token asks for extensions (crit) that are not known here");
  if (header->find("typ") != nullptr) {
    const auto* type = header->find<std::string>("typ");
    if (type == nullptr || !is_jwt(*type)) return refused("token is of another type than JWT");
  }
  return std::nullopt;
}

/// Seconds since 1970 as claims count them; fractions are allowed (RFC 7519 §2).
double seconds_of(Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

std::optional<Error> check_times(const Members& claims, Time now) {
  const double now_s = seconds_of(now.time_since_epoch());
  const double leeway_s = seconds_of(kTokenLeeway);
  const auto* expires = claims.find<double>("exp");
  if (expires == nullptr) return refused("token has no time of expiry (exp): log in again");
  if (now_s >= *expires + leeway_s) return refused("token expired: log in again");
  for (const std::string_view name : {"nbf", "iat"}) {
    if (claims.find(name) == nullptr) continue;
    const auto* begins = claims.find<double>(name);
    if (begins == nullptr) return refused("token's " + std::string(name) + " is no number");
    if (*begins > now_s + leeway_s)
      return refused("token is not valid yet (" + std::string(name) + "): check the clocks");
  }
  return std::nullopt;
}

/// `exp`, which check_times has found; as late as a Time can say where it is later than that.
Time expiry_of(const Members& claims) {
  constexpr double kMax = 9.2e18;
  const double us = *claims.find<double>("exp") * 1e6;
  return time_of(static_cast<std::int64_t>(std::clamp(us, 0.0, kMax)));
}

Result<Credential> credential_of(const Members& claims) {
  Credential credential;
  const auto* subject = claims.find<std::string>("sub");
  const auto user = subject == nullptr ? std::nullopt : UserId::parse(*subject);
  if (!user) return refused("token's subject (sub) is no user id");
  credential.user = *user;
  const auto* role_name = claims.find<std::string>("role");
  const auto role = role_name == nullptr ? std::nullopt : parse_role(*role_name);
  if (!role) return refused("token's role is not guest, voter, auditor or admin");
  credential.role = *role;
  if (claims.find("verified") != nullptr) {
    const auto* verified = claims.find<bool>("verified");
    if (verified == nullptr) return refused("token's claim verified is not true or false");
    credential.verified = *verified;
  }
  credential.expires_at = expiry_of(claims);
  return credential;
}

}  // namespace

// HMAC's state after its key: what a signature costs is then its text alone. By OpenSSL, which uses
// the processor's instructions for SHA-256: libsodium takes twice as long, for every vote.
class Tokens::Key {
 public:
  explicit Key(std::string_view secret) {
    const Owned<EVP_MAC> algorithm(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    keyed_.reset(algorithm ? EVP_MAC_CTX_new(algorithm.get()) : nullptr);
    std::string digest = "SHA256";
    const std::array<OSSL_PARAM, 2> parameters = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), digest.size()),
        OSSL_PARAM_construct_end()};
    if (!keyed_ || EVP_MAC_init(keyed_.get(), reinterpret_cast<const unsigned char*>(secret.data()),
                                secret.size(), parameters.data()) != 1)
      throw std::runtime_error("OpenSSL has no HMAC with SHA-256, which signs tokens");
  }

  Signature sign(std::string_view text) const {
    const Owned<EVP_MAC_CTX> own(EVP_MAC_CTX_dup(keyed_.get()));
    Signature signature;
    std::size_t size = 0;
    if (!own ||
        EVP_MAC_update(own.get(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size()) != 1 ||
        EVP_MAC_final(own.get(), signature.data(), &size, signature.size()) != 1)
      throw std::bad_alloc();
    return signature;
  }

  bool signed_by(std::string_view text, std::string_view signature) const {
    const Signature ours = sign(text);
    return signature.size() == ours.size() &&
           CRYPTO_memcmp(ours.data(), signature.data(), ours.size()) == 0;
  }

 private:
  struct Free {
    void operator()(EVP_MAC* algorithm) const { EVP_MAC_free(algorithm); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  };
  template <class T>
  using Owned = std::unique_ptr<T, Free>;

  Owned<EVP_MAC_CTX> keyed_;
};

Tokens::Tokens(std::string_view secret) {
  if (secret.size() < kSecretBytesMin)
    throw std::invalid_argument("the secret has " + std::to_string(secret.size()) +
                                " bytes; it needs at least " + std::to_string(kSecretBytesMin));
  key_ = std::make_unique<Key>(secret);
}

Tokens::~Tokens() = default;
Tokens::Tokens(Tokens&&) noexcept = default;

std::string Tokens::mint(const Identity& identity, Time issued, Time expires) const {
  const auto seconds = [](Time time) {
    return std::to_string(
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
  };
  const std::string claims = R"({"sub":")" + identity.user.text() + R"(","role":")" +
                             std::string(name(identity.role)) + R"(","verified":)" +
                             (identity.verified ? "true" : "false") + R"(,"iat":)" +
                             seconds(issued) + R"(,"exp":)" + seconds(expires) + "}";
  std::string token = std::string(kOurHeader) + '.' + to_base64url(claims);
  const Signature signature = key_->sign(token);
  return token += '.' + to_base64url(signature);
}

Result<Credential> Tokens::verify(std::string_view token, Time now) const {
  if (token.empty()) return refused("there is no token: log in");
  if (token.size() > kTokenBytesMax) return refused("token is longer than 4096 bytes");
  const auto parts = split(token);
  if (!parts) return refused("token is no JWT: log in again");
  if (auto error = check_header(parts->header)) return *error;
  const auto signature = of_base64url(parts->signature);
  if (!signature || !key_->signed_by(parts->signed_text, *signature))
    return refused("token's signature does not hold: log in again");
  const auto text = of_base64url(parts->claims);
  const auto claims = text ? Members::parse(*text) : std::nullopt;
  if (!claims) return refused("token's claims are no JSON object");
  if (auto error = check_times(*claims, now)) return *error;
  // No audience is ours, so a token for one is for somebody else (RFC 7519 §4.1.3).
  if (claims->find("aud") != nullptr) return refused("token is for another service (aud)");
  return credential_of(*claims);
}

}  // namespace vote
