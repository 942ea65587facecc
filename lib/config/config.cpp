#include "config/config.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "config/file.h"
#include "config/keys.h"
#include "vote/text.h"

extern char** environ;  // NOLINT: POSIX names it so

namespace vote {
namespace {

constexpr std::string_view kPrefix = "VOTE_";
constexpr std::string_view kKafkaPrefix = "VOTE_QUEUE_KAFKA_";
/// Of the clients; no keys.
constexpr std::array<std::string_view, 2> kOtherVariables{"VOTE_URL", "VOTE_TOKEN"};

/// SASL_PASSWORD is sasl.password.
std::string property_of(std::string variable) {
  for (char& c : variable)
    c = c == '_' ? '.' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return variable;
}

Assignment of_variable(const std::string& name, const std::string& value) {
  for (const Key& key : keys())
    if (key.variable() == name) return {name, key, Plain{value}};
  if (name.starts_with(kKafkaPrefix))
    return {name, *find_key("queue", "kafka." + property_of(name.substr(kKafkaPrefix.size()))),
            Plain{value}};
  throw ConfigError(name + ": the environment names a setting that there is not; the names are " +
                    "VOTE_SECTION_KEY, such as " + keys().front().variable());
}

std::vector<Assignment> of_environment(const std::vector<std::string>& environment) {
  std::vector<Assignment> assignments;
  for (const std::string& entry : environment) {
    const std::string name = entry.substr(0, entry.find('='));
    const bool other =
        std::find(kOtherVariables.begin(), kOtherVariables.end(), name) != kOtherVariables.end();
    if (!name.starts_with(kPrefix) || other || name.size() == entry.size()) continue;
    assignments.push_back(of_variable(name, entry.substr(name.size() + 1)));
  }
  return assignments;
}

Assignment of_override(const std::pair<std::string, std::string>& wish) {
  const auto& [path, value] = wish;
  const auto dot = path.find('.');
  if (dot == std::string::npos)
    throw ConfigError("--set " + path + ": must be section.key=value, such as log.level=debug");
  const std::string section = path.substr(0, dot);
  const std::string name = path.substr(dot + 1);
  const auto key = find_key(section, name);
  if (!key) throw ConfigError("--set " + path + ": " + unknown_key(section, name));
  return {"flags", *key, Plain{value}};
}

/// TOML is UTF-8; variables and flags may be anything. What librdkafka calls its properties needs
/// no other characters, and a name is printed: a URL with a password is none.
std::string why_unreadable(const Key& key, const Value& value) {
  const auto* plain = std::get_if<Plain>(&value);
  if (plain != nullptr && !is_utf8(plain->text)) return "must be UTF-8";
  constexpr std::string_view kOfProperties = "abcdefghijklmnopqrstuvwxyz0123456789._-";
  if (key.section == "queue.kafka" &&
      key.name.find_first_not_of(kOfProperties) != std::string::npos)
    return "must be a property of librdkafka: lower-case letters, digits, '.', '_' and '-'";
  return "";
}

void apply(const std::vector<Assignment>& assignments, const ConfigSources& sources,
           Config& config) {
  for (const auto& [origin, key, value] : assignments) {
    std::string wrong = why_unreadable(key, value);
    if (wrong.empty()) wrong = key.set(config, value);
    if (wrong.empty() && sources.also_check) wrong = sources.also_check(key.path(), config);
    if (!wrong.empty()) throw ConfigError(origin + ": " + key.path().append(" ").append(wrong));
  }
}

}  // namespace

Config load_config(const ConfigSources& sources) {
  Config config;
  if (const std::string file = find_config_file(sources); !file.empty())
    apply(read_config_file(file), sources, config);
  apply(of_environment(sources.environment), sources, config);
  std::vector<Assignment> flags;
  for (const auto& wish : sources.overrides) flags.push_back(of_override(wish));
  apply(flags, sources, config);
  return config;
}

std::vector<std::string> process_environment() {
  std::vector<std::string> entries;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    entries.emplace_back(*entry);
  return entries;
}

std::string to_toml(const Config& config) {
  std::string out;
  std::string_view section;
  const auto begin = [&](const std::string& name) {
    out += (out.empty() ? "[" : "\n[") + name + "]\n";
  };
  const std::vector<Key> handed_through = kafka_keys(config);
  for (const Key& key : keys()) {
    if (section == "queue" && key.section != section && !handed_through.empty()) {
      begin(handed_through.front().section);
      for (const Key& each : handed_through)
        out += to_toml(each.name) + " = " + each.show(config) + '\n';
    }
    if (key.section != section) begin(key.section);
    section = key.section;
    out += key.name + " = " + key.show(config) + '\n';
  }
  return out;
}

}  // namespace vote
