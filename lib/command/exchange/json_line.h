#pragma once
// One line of NDJSON as an object whose members are taken by name; what does not hold says where.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "command/exchange/place.h"
#include "vote/ids.h"
#include "vote/time.h"

namespace vote::command {

/// A complaint on its way to whoever reads the line.
struct LineRefused {
  Complaint complaint;
};

class JsonLine {
 public:
  /// Throws LineRefused, also from all that follow: the line is no JSON object, or is too deep.
  JsonLine(std::string_view text, std::uint64_t number);

  bool has(const char* name) const { return object_.contains(name); }
  std::string text(const char* name) const;
  bool truth(const char* name) const;
  std::uint64_t number(const char* name, std::uint64_t min, std::uint64_t max) const;
  Time time(const char* name) const;
  template <class SomeId>
  SomeId id(const char* name) const;
  const nlohmann::json& list(const char* name) const;
  /// A member that is an object, taken by its own members.
  JsonLine inner(const char* name) const;
  /// A member that is a list of objects, likewise.
  std::vector<JsonLine> lines(const char* name) const;

  /// Refuses a member that is not one of these.
  void require_only(std::initializer_list<std::string_view> names) const;

  /// Where the member stands, or this text in the line; the line's start where it does not.
  Place place_of(std::string_view name) const;
  [[noreturn]] void refuse(std::string_view name, const std::string& why) const;

 private:
  JsonLine(const JsonLine& outer, nlohmann::json object)
      : text_(outer.text_), number_(outer.number_), object_(std::move(object)) {}
  const nlohmann::json& member(const char* name) const;

  std::string_view text_;
  std::uint64_t number_;
  nlohmann::json object_;
};

template <class SomeId>
SomeId JsonLine::id(const char* name) const {
  const auto id = SomeId::parse(text(name));
  if (!id) refuse(name, std::string(name) + " is no UUID");
  return *id;
}

}  // namespace vote::command
