"""After a row: everything runs again, unanswered requests are sent again, polls are closed and become final; the judge
is asked before and after."""
import dataclasses
import json
import subprocess
import time

from cluster.process import Failure
from fault_rows.journal import Journal
from figures.house import BIN

JUDGED_S_MAX = 300
FINAL_S_MAX = 90
CLOSED_S_MAX = 30
REPLAYS_MAX = 3
# Of vote-loadgen: clean, violated, inconclusive.
JUDGED = (0, 11, 14)


def judged(site, *flags):
    """The judgement; requests that were never answered are sent again by --replay."""
    done = subprocess.run([BIN / "vote-loadgen", "-c", site.config, "--json", "--wait", f"{JUDGED_S_MAX}s", *flags],
                          capture_output=True, text=True)
    try:
        return json.loads(done.stdout)["judgement"]
    except (ValueError, KeyError):
        raise Failure(f"vote-loadgen {flags[0]} ended with status {done.returncode} and no judgement: "
                      + done.stderr.strip()[-500:]) from None


def wait_for(check, what, within_s):
    end = time.monotonic() + within_s
    while not check():
        if time.monotonic() > end:
            raise Failure(f"not within {within_s} s: {what}")
        time.sleep(0.1)


def is_final(site, poll, journal):
    """Whatever is shown goes to the journal."""
    status, text = site.get(f"/v1/polls/{poll}/results")
    if status != 200:
        return False
    journal.shown(poll, results := json.loads(text))
    return results["final"]


def finish(site, polls):
    """Closes the polls and waits until their results are final. A journal of what was shown."""
    if not any(name.startswith("reconcile") for name in site.wanted):
        site.run("reconcile1")
    fields = {"Authorization": f"Bearer {site.admin_token()}"}
    for poll in polls:
        def closed(path=f"/v1/polls/{poll}/close"):
            status, text = site.ask("POST", path, None, fields)
            return status == 200 or json.loads(text).get("code") == "poll_not_active"
        wait_for(closed, f"poll {poll} is closed", CLOSED_S_MAX)
    journal, shown = Journal(), []
    for poll in polls:
        wait_for(lambda poll=poll: is_final(site, poll, journal), f"the results of poll {poll} are final; "
                 "reconcile1.log says what they wait for", FINAL_S_MAX)
        shown.append(json.loads(site.get(f"/v1/polls/{poll}")[1]))
    file = site.folder / "finals.ndjson"
    file.write_text("".join(json.dumps(line) + "\n" for line in journal.lines(shown, site.url())))
    return file


@dataclasses.dataclass
class Verdict:
    """first: the judgement of what happened. violations, missing: of all judgements. troubles: why there are no more,
    and what else is wrong."""
    first: dict
    violations: list = dataclasses.field(default_factory=list)
    missing: list = dataclasses.field(default_factory=list)
    superseded: int = 0
    troubles: list = dataclasses.field(default_factory=list)

    def add(self, judgement):
        self.violations += judgement["violations"]
        self.missing += judgement["missing"]
        self.superseded = judgement["superseded"]


def of(site, journal, polls):
    """Before requests that have no answer are sent again, after that, until all have one, and of the final results."""
    journals = [journal, *site.journals]
    verdict = Verdict(judged(site, "--verify", *journals))
    verdict.add(verdict.first)
    try:
        if verdict.violations:
            return verdict  # results that do not agree never become final
        unknown = verdict.first["unknown"]
        for _ in range(REPLAYS_MAX):
            if unknown:
                unknown = 0
                for each in journals:
                    verdict.add(again := judged(site, "--replay", each))
                    unknown += again["unknown"]
        if unknown:
            verdict.troubles.append(f"{unknown} requests have no answer, however often they are sent again")
        verdict.add(judged(site, "--verify", *journals, finish(site, polls)))
    except Failure as failure:
        verdict.troubles.append(str(failure))
    verdict.troubles += site.engine.defects()
    return verdict
