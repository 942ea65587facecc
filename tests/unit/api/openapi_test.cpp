#include <set>

#include "unit/api/api_world.h"
#include "unit/api/document.h"

namespace vote {
namespace {

using OpenApi = test::ApiWorld;

std::set<std::string> documented_routes() {
  std::set<std::string> routes;
  for (const auto& [path, item] : test::document().at("paths").items())
    for (const auto& [method, operation] : item.items()) {
      if (method == "parameters") continue;
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      routes.insert(upper + " " + path);
    }
  return routes;
}

/// Calls `see` with each value that is an object, at any depth.
template <class See>
void walk(const nlohmann::json& value, const See& see) {
  if (value.is_object()) see(value);
  for (const auto& inner : value)
    if (inner.is_structured()) walk(inner, see);
}

TEST_F(OpenApi, HasEveryRouteAndNoOther) {
  const auto routes = router.routes();
  EXPECT_EQ(std::set<std::string>(routes.begin(), routes.end()), documented_routes());
  EXPECT_EQ(test::document().at("openapi"), "3.1.0");
}

TEST_F(OpenApi, RefersOnlyToWhatIsThereAndHoldsNothingUnused) {
  std::set<std::string> used;
  walk(test::document(), [&](const nlohmann::json& object) {
    const auto reference = object.find("$ref");
    if (reference == object.end()) return;
    used.insert(*reference);
    EXPECT_NO_THROW(test::resolved(object)) << *reference;
  });
  for (const char* kind : {"schemas", "responses", "parameters", "headers"})
    for (const auto& [name, part] : test::document().at("components").at(kind).items())
      EXPECT_TRUE(used.contains("#/components/" + std::string(kind) + "/" + name)) << name;
}

TEST_F(OpenApi, NamesEachOperationOnceAndDeclaresTheIdsOfItsPath) {
  std::set<std::string> names;
  for (const auto& [path, item] : test::document().at("paths").items()) {
    EXPECT_EQ(item.contains("parameters"), path.find("{id}") != std::string::npos) << path;
    for (const auto& [method, operation] : item.items()) {
      if (method == "parameters") continue;
      EXPECT_TRUE(names.insert(operation.at("operationId")).second) << path;
    }
  }
}

TEST_F(OpenApi, IsServed) {
  const auto answer = get("/openapi.json");
  EXPECT_EQ(answer.status(), 200U);
  EXPECT_EQ(answer.json(), test::document());
}

}  // namespace
}  // namespace vote
