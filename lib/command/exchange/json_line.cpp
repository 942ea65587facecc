#include "command/exchange/json_line.h"

#include <algorithm>

namespace vote::command {
namespace {

constexpr int kDepthMax = 8;  // nlohmann's copies recurse

std::string quoted(std::string_view name) {
  std::string out = "\"";
  return out.append(name).append("\"");
}

}  // namespace

JsonLine::JsonLine(std::string_view text, std::uint64_t number) : text_(text), number_(number) {
  bool too_deep = false;
  const auto watch = [&too_deep](int depth, nlohmann::json::parse_event_t /*event*/,
                                 nlohmann::json& /*value*/) {
    too_deep = too_deep || depth > kDepthMax;
    return !too_deep;
  };
  try {
    object_ = nlohmann::json::parse(text, watch);
  } catch (const nlohmann::json::parse_error& error) {
    const std::size_t at = std::min(error.byte, text.size());
    const Place place{number, std::max<std::uint64_t>(characters_in(text.substr(0, at)), 1)};
    throw LineRefused{{place, "the line is no JSON from here on"}};
  } catch (const nlohmann::json::out_of_range&) {
    refuse("", "the line holds a number that is too large");
  }
  if (too_deep) refuse("", "the line nests deeper than " + std::to_string(kDepthMax) + " levels");
  if (!object_.is_object()) refuse("", "the line is no JSON object");
}

const nlohmann::json& JsonLine::member(const char* name) const {
  const auto found = object_.find(name);
  if (found == object_.end()) refuse(name, std::string(name) + " is missing");
  return *found;
}

std::string JsonLine::text(const char* name) const {
  const nlohmann::json& value = member(name);
  if (!value.is_string()) refuse(name, std::string(name) + " is no text");
  return value.get<std::string>();
}

bool JsonLine::truth(const char* name) const {
  const nlohmann::json& value = member(name);
  if (!value.is_boolean()) refuse(name, std::string(name) + " is neither true nor false");
  return value.get<bool>();
}

std::uint64_t JsonLine::number(const char* name, std::uint64_t min, std::uint64_t max) const {
  const nlohmann::json& value = member(name);
  const bool whole = value.is_number_unsigned();
  if (!whole || value.get<std::uint64_t>() < min || value.get<std::uint64_t>() > max)
    refuse(name, std::string(name) + " is no whole number from " + std::to_string(min) + " to " +
                     std::to_string(max));
  return value.get<std::uint64_t>();
}

Time JsonLine::time(const char* name) const {
  const auto time = parse_time(text(name));
  if (!time) refuse(name, std::string(name) + " is no time like 2030-01-31T18:00:00Z");
  return *time;
}

const nlohmann::json& JsonLine::list(const char* name) const {
  const nlohmann::json& value = member(name);
  if (!value.is_array()) refuse(name, std::string(name) + " is no list");
  return value;
}

JsonLine JsonLine::inner(const char* name) const {
  const nlohmann::json& value = member(name);
  if (!value.is_object()) refuse(name, std::string(name) + " is no JSON object");
  return {*this, value};
}

std::vector<JsonLine> JsonLine::lines(const char* name) const {
  std::vector<JsonLine> objects;
  for (const nlohmann::json& each : list(name)) {
    if (!each.is_object()) refuse(name, std::string(name) + " holds what is no JSON object");
    objects.push_back(JsonLine(*this, each));
  }
  return objects;
}

void JsonLine::require_only(std::initializer_list<std::string_view> names) const {
  for (const auto& [name, value] : object_.items())
    if (std::ranges::find(names, name) == names.end())
      refuse(name, "there is no member '" + name.substr(0, 64) + "' here");
}

Place JsonLine::place_of(std::string_view name) const {
  const auto at = name.empty() ? std::string_view::npos : text_.find(quoted(name));
  if (at == std::string_view::npos) return {number_, 1};
  return {number_, characters_in(text_.substr(0, at)) + 1};
}

void JsonLine::refuse(std::string_view name, const std::string& why) const {
  throw LineRefused{{place_of(name), why}};
}

}  // namespace vote::command
