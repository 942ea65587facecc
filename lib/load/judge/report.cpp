#include "load/judge/report.h"

#include <nlohmann/json.hpp>

namespace vote::load {
namespace {

constexpr std::size_t kNameWidth = 14;

std::string row(std::string name, std::uint64_t count, const std::string& remark = "") {
  name.resize(kNameWidth, ' ');
  const std::string figure = std::to_string(count);
  return name + std::string(figure.size() < 12 ? 12 - figure.size() : 0, ' ') + figure +
         (remark.empty() ? "" : "  " + remark) + "\n";
}

std::string beyond(std::uint64_t count, std::size_t kept, const char* what) {
  return count > kept ? "and " + std::to_string(count - kept) + " more " + what + "\n" : "";
}

}  // namespace

std::string judgement_for_people(const Judgement& judgement) {
  const Ends& ends = judgement.ends;
  std::string text = "judged";
  for (const std::string& journal : judgement.journals) text += " " + journal;
  text += "\n" + row("lines", judgement.lines) + row("requests", ends.requests()) +
          row("tries", judgement.tries) + row("counted", ends.counted, "answered 201 or 200") +
          row("accepted", ends.accepted, "answered 202") +
          row("superseded", ends.superseded, "of those accepted; without faults 0") +
          row("no", ends.no, "every try answered 4xx") +
          row("refused", ends.refused, "at first without an answer, then 4xx") +
          row("unknown", ends.unknown, ends.unknown > 0 ? "--replay sends them again" : "") +
          row("reads", judgement.reads) + row("violations", judgement.findings.count()) +
          row("missing", judgement.missing.count, "pieces of evidence");
  for (const Finding& finding : judgement.findings.kept())
    text += "violation of " + std::to_string(finding.promise) + ": " + finding.what + "\n";
  text += beyond(judgement.findings.count(), judgement.findings.kept().size(), "violations");
  for (const std::string& reason : judgement.missing.reasons) text += "missing: " + reason + "\n";
  text += beyond(judgement.missing.count, judgement.missing.reasons.size(), "that are missing");
  return text + "verdict: " + std::string(name(judgement.verdict)) + "\n";
}

nlohmann::ordered_json judgement_as_json(const Judgement& judgement) {
  const Ends& ends = judgement.ends;
  nlohmann::ordered_json violations = nlohmann::ordered_json::array();
  for (const Finding& finding : judgement.findings.kept())
    violations.push_back({{"promise", finding.promise}, {"what", finding.what}});
  nlohmann::ordered_json by_promise = nlohmann::ordered_json::object();
  for (unsigned promise = 1; promise <= kPromises; ++promise)
    by_promise[std::to_string(promise)] = judgement.findings.count(promise);
  return {{"verdict", name(judgement.verdict)},
          {"journals", judgement.journals},
          {"lines", judgement.lines},
          {"requests", ends.requests()},
          {"tries", judgement.tries},
          {"counted", ends.counted},
          {"accepted", ends.accepted},
          {"superseded", ends.superseded},
          {"no", ends.no},
          {"refused", ends.refused},
          {"unknown", ends.unknown},
          {"reads", judgement.reads},
          {"violations_by_promise", std::move(by_promise)},
          {"violations", std::move(violations)},
          {"missing_count", judgement.missing.count},
          {"missing", judgement.missing.reasons}};
}

}  // namespace vote::load
