#include "account/members.h"

#include <simdjson.h>

#include <new>

namespace vote {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kBytesUsual = 1024;

/// Keeps its buffers from one token to the next.
dom::parser& parser() {
  thread_local dom::parser parser = [] {
    dom::parser made;
    if (made.allocate(kBytesUsual, Members::kDepthMax) != simdjson::SUCCESS) throw std::bad_alloc();
    return made;
  }();
  return parser;
}

Members::Value value_of(dom::element element) {
  switch (element.type()) {
    case dom::element_type::BOOL:
      return element.get_bool().value_unsafe();
    case dom::element_type::STRING:
      return std::string(element.get_string().value_unsafe());
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE:
      return element.get_double().value_unsafe();
    default:
      return Members::Other{};
  }
}

}  // namespace

std::optional<Members> Members::parse(std::string_view text) {
  dom::object object;
  if (parser().parse(text.data(), text.size()).get(object) != simdjson::SUCCESS)
    return std::nullopt;
  Members members;
  members.members_.reserve(object.size());
  for (const auto [name, element] : object) {
    if (members.find(name) != nullptr) return std::nullopt;
    members.members_.emplace_back(name, value_of(element));
  }
  return members;
}

const Members::Value* Members::find(std::string_view name) const {
  for (const auto& [key, value] : members_)
    if (key == name) return &value;
  return nullptr;
}

}  // namespace vote
