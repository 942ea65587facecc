#include "config/file.h"

#include <toml++/toml.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace vote {
namespace {

constexpr const char* kSystemFile = "/etc/vote/vote.toml";
constexpr std::size_t kFileBytesMax = 1'048'576;

std::string variable(const ConfigSources& sources, std::string_view name) {
  for (const std::string& entry : sources.environment)
    if (entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=')
      return entry.substr(name.size() + 1);
  return "";
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

std::string content_of(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw ConfigError("cannot read the configuration " + path + ": it is a folder");
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw ConfigError("cannot read the configuration " + path + ": " + std::strerror(errno));
  std::string content;
  for (auto byte = std::istreambuf_iterator<char>(file); byte != std::istreambuf_iterator<char>();
       ++byte) {
    if (content.size() == kFileBytesMax)
      throw ConfigError("the configuration " + path + " is longer than 1048576 bytes");
    content += *byte;
  }
  return content;
}

std::string place(const std::string& path, const toml::source_region& region) {
  return path + ':' + std::to_string(region.begin.line);
}

Value list_of(const toml::array& array) {
  std::vector<std::string> list;
  for (const toml::node& node : array) {
    const auto text = node.value_exact<std::string>();
    if (!text) return Foreign{};
    list.push_back(*text);
  }
  return list;
}

Value value_of(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return *number;
  if (const auto truth = node.value_exact<bool>()) return *truth;
  if (const auto* array = node.as_array()) return list_of(*array);
  return Foreign{};
}

bool is_section(std::string_view name) {
  for (const Key& key : keys())
    if (key.section == name) return true;
  return false;
}

std::string unknown_section(const std::string& section) {
  std::string known;
  for (const Key& key : keys())
    if (known.find("[" + key.section + "]") == std::string::npos) known += " [" + key.section + "]";
  return "unknown section [" + section + "]; there are" + known;
}

/// What [queue.kafka] hands through is text to librdkafka, whatever TOML takes it for.
Value as_text(Value value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* truth = std::get_if<bool>(&value)) return std::string(*truth ? "true" : "false");
  return value;
}

/// `sasl.mechanism = "PLAIN"` is a table sasl to TOML, `"sasl.mechanism" = "PLAIN"` is not.
void add_kafka(const std::string& path, const std::string& prefix, const toml::table& table,
               std::vector<Assignment>& assignments) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string(key.str());
    if (const auto* inner = node.as_table()) {
      add_kafka(path, name + ".", *inner, assignments);
      continue;
    }
    assignments.push_back(
        {place(path, key.source()), *find_key("queue", name), as_text(value_of(node))});
  }
}

void add(const std::string& path, const std::string& section, const toml::key& name,
         const toml::node& node, std::vector<Assignment>& assignments) {
  const std::string origin = place(path, name.source());
  if (section == "queue" && name.str() == "kafka") {
    const auto* table = node.as_table();
    if (table == nullptr) throw ConfigError(origin + ": [queue.kafka] must be a section");
    return add_kafka(path, "kafka.", *table, assignments);
  }
  const auto key = find_key(section, name.str());
  if (!key) throw ConfigError(origin + ": " + unknown_key(section, std::string(name.str())));
  assignments.push_back({origin, *key, value_of(node)});
}

}  // namespace

std::string find_config_file(const ConfigSources& sources) {
  if (!sources.file.empty()) return sources.file;
  // A relative XDG_CONFIG_HOME is to be ignored (XDG Base Directory Specification).
  std::filesystem::path base = variable(sources, "XDG_CONFIG_HOME");
  const std::filesystem::path home = variable(sources, "HOME");
  if (!base.is_absolute() && home.is_absolute()) base = home / ".config";
  if (base.is_absolute())
    if (const auto own = base / "vote" / "vote.toml"; is_there(own)) return own.string();
  return is_there(kSystemFile) ? kSystemFile : "";
}

std::vector<Assignment> read_config_file(const std::string& path) {
  const std::string content = content_of(path);
  std::vector<Assignment> assignments;
  try {
    const toml::table file = toml::parse(content, path);
    for (const auto& [section, node] : file) {
      const std::string name(section.str());
      const auto* table = node.as_table();
      if (!is_section(name))
        throw ConfigError(place(path, section.source()) + ": " + unknown_section(name));
      if (table == nullptr)
        throw ConfigError(place(path, section.source()) + ": [" + name + "] must be a section");
      for (const auto& [key, value] : *table) add(path, name, key, value, assignments);
    }
  } catch (const toml::parse_error& error) {
    throw ConfigError(place(path, error.source()) + ": " + std::string(error.description()));
  }
  return assignments;
}

std::string unknown_key(const std::string& section, const std::string& name) {
  std::string known;
  for (const Key& key : keys())
    if (key.section == section) known += (known.empty() ? "" : ", ") + key.name;
  if (known.empty()) return unknown_section(section);
  return "unknown key " + name + " in [" + section + "]; there are " + known;
}

}  // namespace vote
