// The configuration (config/config.h): what is loaded is printed, and loaded again is the same;
// what is refused says why. The input is a file, and behind NULs variables and flags.
#include "config/config.h"

#include "fuzz/fuzz.h"

namespace vote::fuzz {
namespace {

void take_source(ConfigSources& sources, std::string_view text) {
  const auto equals = std::min(text.find('='), text.size());
  const auto value = text.substr(std::min(equals + 1, text.size()));
  if (text.starts_with("VOTE_"))
    sources.environment.emplace_back(text);
  else
    sources.overrides.emplace_back(text.substr(0, equals), value);
}

void check_printed(const Config& config) {
  const std::string printed = to_toml(config);
  const File file(printed);
  ConfigSources sources;
  sources.file = file.path();
  try {
    require(to_toml(load_config(sources)) == printed, "what is printed is loaded", printed);
  } catch (const ConfigError& error) {
    require(false, error.what(), printed);
  }
}

}  // namespace
}  // namespace vote::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vote::fuzz;
  std::string_view rest = text_of(data, size);
  const auto end = std::min(rest.find('\0'), rest.size());
  const File file(rest.substr(0, end));
  vote::ConfigSources sources;
  sources.file = file.path();
  while (rest.find('\0') != std::string_view::npos) {
    rest.remove_prefix(rest.find('\0') + 1);
    take_source(sources, rest.substr(0, rest.find('\0')));
  }
  try {
    check_printed(vote::load_config(sources));
  } catch (const vote::ConfigError& error) {
    require(!std::string_view(error.what()).empty(), "a refusal says why");
  }
  return 0;
}
