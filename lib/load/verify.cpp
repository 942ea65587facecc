#include "load/verify.h"

#include <algorithm>

#include "client/client.h"
#include "load/answers.h"

namespace vote::load {
namespace {

constexpr Duration kAuditorTokenLife = std::chrono::minutes(5);

/// --url if given, else where the journals' requests went.
std::vector<std::string> judged_urls(const std::vector<std::string>& journals, const Wishes& wishes,
                                     const Config& config) {
  if (!wishes.urls.empty()) return urls_of(wishes, config);
  std::vector<std::string> urls;
  for (const std::string& path : journals) {
    const JournalReader journal(path);
    for (const std::string& url : journal.header().urls)
      if (std::find(urls.begin(), urls.end(), url) == urls.end()) urls.push_back(url);
  }
  return urls;
}

class Apis {
 public:
  Apis(std::vector<std::string> urls, const Wishes& wishes, const Config& config,
       const Clock& clock)
      : urls_(std::move(urls)), wishes_(wishes), config_(config), clock_(clock) {
    for (const std::string& url : urls_) clients_.emplace_back(url);
  }

  std::vector<ShownBy> shown(const Target& poll) {
    std::vector<ShownBy> all;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      const client::Answer answer = results(clients_[i], poll.poll);
      if (!answer.ok()) throw std::runtime_error(urls_[i] + " says: " + answer.detail());
      auto shown = bodies_.shown(answer.body, poll);
      if (!shown) throw std::runtime_error(urls_[i] + " shows no results of that poll");
      all.push_back({urls_[i], std::move(*shown)});
    }
    return all;
  }

 private:
  client::Answer results(client::Client& client, PollId poll) {
    client::Request request;
    request.path = "/v1/polls/" + poll.text() + "/results";
    client::Answer answer = client.call(request);
    if (answer.status != 403) return answer;
    // Hidden while the poll is open, but not to auditors.
    const Time now = clock_.now();
    request.token = tokens_of(wishes_, config_)
                        .mint({UserId(), Role::auditor, true}, now, now + kAuditorTokenLife);
    return client.call(request);
  }

  std::vector<std::string> urls_;
  const Wishes& wishes_;
  const Config& config_;
  const Clock& clock_;
  std::vector<client::Client> clients_;
  Answers bodies_;
};

}  // namespace

Judgement verify(const std::vector<std::string>& journals, const Wishes& wishes,
                 const Config& config, const Clock& clock, const Backends& backends) {
  Apis apis(judged_urls(journals, wishes, config), wishes, config, clock);
  const Witnesses witnesses{backends.evidence, backends.queue,
                            [&apis](const Target& poll) { return apis.shown(poll); }};
  return judge(journals, witnesses, clock, wait_of(wishes));
}

ExitCode exit_code_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::clean:
      return ExitCode::ok;
    case Verdict::inconclusive:
      return ExitCode::inconclusive;
    case Verdict::violated:
      break;
  }
  return ExitCode::violated;
}

}  // namespace vote::load
