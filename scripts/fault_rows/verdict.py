"""After a row: everything runs again, unanswered requests are sent again, polls are closed and become final; the judge
is asked before and after."""
import dataclasses
import json
import subprocess
import time

from cluster.process import Failure
from figures.house import BIN

JUDGED_S_MAX = 300
FINAL_S_MAX = 90
CLOSED_S_MAX = 30
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


def is_final(site, poll):
    status, text = site.get(f"/v1/polls/{poll}/results")
    return status == 200 and json.loads(text)["final"]


def finish(site, polls):
    """Closes the polls and waits until their results are final."""
    if not any(name.startswith("reconcile") for name in site.wanted):
        site.run("reconcile1")
    fields = {"Authorization": f"Bearer {site.admin_token()}"}
    for poll in polls:
        def closed(path=f"/v1/polls/{poll}/close"):
            status, text = site.ask("POST", path, None, fields)
            return status == 200 or json.loads(text).get("code") == "poll_not_active"
        wait_for(closed, f"poll {poll} is closed", CLOSED_S_MAX)
    for poll in polls:
        wait_for(lambda poll=poll: is_final(site, poll), f"the results of poll {poll} are final; reconcile1.log says "
                 "what they wait for", FINAL_S_MAX)


@dataclasses.dataclass
class Verdict:
    """first: the judgement of what happened. violations, missing: of all judgements. trouble: why there are no more."""
    first: dict
    violations: list = dataclasses.field(default_factory=list)
    missing: list = dataclasses.field(default_factory=list)
    superseded: int = 0
    trouble: str = ""

    def add(self, judgement):
        self.violations += judgement["violations"]
        self.missing += judgement["missing"]
        self.superseded = judgement["superseded"]


def of(site, journal, polls):
    """Before requests that have no answer are sent again, after that, and of the final results."""
    journals = [journal, *site.journals]
    verdict = Verdict(judged(site, "--verify", *journals))
    verdict.add(verdict.first)
    try:
        if verdict.violations:
            return verdict  # results that do not agree never become final
        if verdict.first["unknown"]:
            for each in journals:
                verdict.add(judged(site, "--replay", each))
        finish(site, polls)
        verdict.add(judged(site, "--verify", *journals))
    except Failure as failure:
        verdict.trouble = str(failure)
    return verdict
