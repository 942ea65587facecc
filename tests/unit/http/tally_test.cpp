#include "http/problem.h"
#include "unit/http/watch_world.h"

namespace vote::http {
namespace {

class TallyOfServer : public WatchWorld {
 protected:
  TallyOfServer() {
    router.add(Method::get, "/things/{id}",
               [](Request& request) { return text(request.parameters[0]); });
    router.add(Method::post, "/things",
               [](Request&) -> Response { throw HttpError(409, "taken", "somebody has it"); });
    router.add(Method::get, "/fail", [](Request&) -> Response { throw std::runtime_error("no"); });
  }

  RouteTotals totals_of(const std::string& method, const std::string& pattern) const {
    for (RouteTotals& route : server->totals().routes)
      if (route.method == method && route.pattern == pattern) return route;
    ADD_FAILURE() << "nothing about " << method << ' ' << pattern;
    return {};
  }
  using Statuses = std::map<unsigned, std::uint64_t>;
};

TEST_F(TallyOfServer, CountsRequestsOfAllThreadsByRouteAndStatus) {
  serve();
  for (int connection = 0; connection < 4; ++connection) {
    Wire wire = connect();
    wire.get("/things/1").answer();
    wire.get("/things/2").answer();
  }
  const RouteTotals things = totals_of("GET", "/things/{id}");
  EXPECT_EQ(things.by_status, (Statuses{{200, 8}}));
  EXPECT_EQ(things.took.count(), 8U);
  EXPECT_EQ(totals_of("POST", "/things").by_status, Statuses{});
}

TEST_F(TallyOfServer, CountsPipelinedRequestsOneByOne) {
  serve();
  Wire wire = connect();
  wire.send("GET /things/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /things/2 HTTP/1.1\r\nHost: a\r\n\r\n");
  wire.answer();
  wire.answer();
  EXPECT_EQ(totals_of("GET", "/things/{id}").by_status, (Statuses{{200, 2}}));
}

TEST_F(TallyOfServer, CountsRefusalsByCode) {
  serve();
  Wire wire = connect();
  wire.send("POST /things HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").answer();
  wire.get("/fail").answer();
  wire.get("/nowhere/1").answer();
  wire.get("/nowhere/2").answer();
  wire.send("no HTTP\r\n\r\n").take_to_end();
  EXPECT_EQ(totals_of("POST", "/things").by_status, (Statuses{{409, 1}}));
  EXPECT_EQ(totals_of("GET", "/fail").by_status, (Statuses{{500, 1}}));
  EXPECT_EQ(totals_of("any", "none").by_status, (Statuses{{400, 1}, {404, 2}}));
  const std::map<std::string_view, std::uint64_t> problems{
      {"internal_error", 1}, {"malformed", 1}, {"not_found", 2}, {"taken", 1}};
  EXPECT_EQ(server->totals().problems, problems);
}

TEST_F(TallyOfServer, KnowsWhoIsThereAndWhoWatches) {
  options.connections_max = 2;
  serve();
  Wire events = connect();
  watch_events(events);
  Wire socket = connect();
  open_socket(socket);
  connect().take_to_end();
  const ServerTotals totals = server->totals();
  EXPECT_EQ(totals.connections, 2U);
  EXPECT_EQ(totals.watchers, 2U);
  EXPECT_EQ(totals.turned_away, 1U);
  EXPECT_EQ(totals_of("GET", "/events").by_status, (Statuses{{200, 1}}));
  EXPECT_EQ(totals_of("GET", "/socket").by_status, (Statuses{{101, 1}}));
}

TEST(Tally, HasRoomForACodeThatComesLate) {
  Tally tally(0);
  ServerTotals totals;
  totals.routes.emplace_back();
  for (int i = 0; i < 3; ++i) tally.note(Router::kNoRoute, 404, "not_found", Duration(1));
  tally.note(Router::kNoRoute, 99, "odd", Duration(1));
  tally.add_to(totals);
  EXPECT_EQ(totals.problems.at("not_found"), 3U);
  EXPECT_EQ(totals.problems.at("odd"), 1U);
  EXPECT_EQ(totals.routes.front().by_status.at(404), 3U);
}

}  // namespace
}  // namespace vote::http
