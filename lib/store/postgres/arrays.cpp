// Arrays as text (PostgreSQL documentation, "Array Input and Output Syntax"): what a batch is
// handed over in.
#include <arpa/inet.h>

#include "store/postgres/session.h"

namespace vote::postgres {

void Array::separate() {
  if (text_.size() > 1) text_ += ',';
}

Array& Array::add(std::string_view text) {
  separate();
  text_ += '"';
  for (const char character : text) {
    if (character == '"' || character == '\\') text_ += '\\';
    text_ += character;
  }
  text_ += '"';
  return *this;
}

Array& Array::add(std::int64_t number) {
  separate();
  text_ += std::to_string(number);
  return *this;
}

Array& Array::add_id(const Uuid& id) {
  separate();
  text_ += id.text();
  return *this;
}

Array& Array::add_null() {
  separate();
  text_ += "NULL";
  return *this;
}

Array& Array::add_choices(const std::optional<std::string>& choices) {
  if (!choices) return add_null();
  separate();
  text_ += "\"\\\\x";
  text_ += *choices;
  text_ += '"';
  return *this;
}

std::optional<std::string> address_of(const std::string& ip) {
  in6_addr parsed{};
  if (inet_pton(AF_INET, ip.c_str(), &parsed) == 1 || inet_pton(AF_INET6, ip.c_str(), &parsed) == 1)
    return ip;
  return std::nullopt;
}

}  // namespace vote::postgres
