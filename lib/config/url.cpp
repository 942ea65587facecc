#include "config/url.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace vote {
namespace {

std::string hidden_once(std::string url) {
  constexpr std::string_view kHidden = "***";
  const auto authority = url.find("://");
  if (authority == std::string::npos) return url;
  const auto begin = authority + 3;
  const auto at = url.substr(0, url.find('/', begin)).rfind('@');
  const auto colon = url.find(':', begin);
  if (at != std::string::npos && at > begin && colon < at)
    url.replace(colon + 1, at - colon - 1, kHidden);
  constexpr std::string_view kParameter = "password=";
  if (const auto found = url.find(kParameter, begin); found != std::string::npos) {
    const auto value = found + kParameter.size();
    url.replace(value, std::min(url.find('&', value), url.size()) - value, kHidden);
  }
  return url;
}

}  // namespace

// A password that was hidden may have kept another one from being seen as such.
std::string without_password(std::string url) {
  for (;;) {
    std::string hidden = hidden_once(url);
    if (hidden == url) return url;
    url = std::move(hidden);
  }
}

}  // namespace vote
