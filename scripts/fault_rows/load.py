"""The load of a row, its journal, and what the journal says of availability."""
import collections
import dataclasses
import datetime
import json
import re
import subprocess
import time

from cluster.process import Failure
from figures.house import BIN

BEGUN_S_MAX = 30
# Beyond its length: kAnswerTimeMax of lib/load/drive.h, and time to write.
OVER_S_MAX = 60
SEND = re.compile(r'\{"send":(\d+),"at":\d+,"kind":"cast",.*"key":"([^"]+)"')
ANSWER = re.compile(r'\{"answer":(\d+),"at":(\d+),"status":(\d+)')
FAILED_READ = re.compile(r'\{"read":\d+,"at":(\d+),"connection":\d+,"status":5')
ACKNOWLEDGED = ("200", "201", "202")


class Load:
    """vote-loadgen against all APIs of a site, from the constructor on."""

    def __init__(self, site, row, seed, seconds):
        self.site, self.seconds = site, seconds
        self.journal = site.folder / "journal.ndjson"
        command = [BIN / "vote-loadgen", "-c", site.config, "--json", "--mix", row.mix, "--rate", row.rate,
                   "--for", f"{int(seconds * 1000)}ms", "--connections", site.engine.connections, "--watchers",
                   row.watchers, "--seed", seed, "--journal", self.journal]
        polls = site.wanted_polls() if site.wanted_polls else []
        command += ["--poll", *polls] if polls else ["--polls", 2, "--choices", 2]
        for url in site.urls():
            command += ["--url", url]
        with open(site.folder / "load.log", "wb") as log:
            self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=log,
                                            stdin=subprocess.DEVNULL, text=True, start_new_session=True)
        self.started_at, self.polls = None, []
        site.load = self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def await_begun(self):
        """Until the first vote is acknowledged."""
        end = time.monotonic() + BEGUN_S_MAX
        while True:
            if self.journal.exists() and '"status":20' in (text := self.journal.read_text()):
                header = json.loads(text.partition("\n")[0])
                self.polls = [poll["poll_id"] for poll in header["polls"]]
                self.started_at = datetime.datetime.fromisoformat(header["started_at"]).timestamp()
                return
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failure(f"no vote was acknowledged within {BEGUN_S_MAX} s: see load.log, which ends with "
                              + (self.site.folder / "load.log").read_text()[-500:])
            time.sleep(0.05)

    def is_over(self):
        """Whether the time is over in which it sends."""
        return time.time() > self.started_at + self.seconds

    def report(self):
        """Waits for its end."""
        try:
            out, _ = self.process.communicate(timeout=self.seconds + OVER_S_MAX)
            return json.loads(out)
        except (subprocess.TimeoutExpired, ValueError):
            raise Failure("vote-loadgen ended without a report: see load.log") from None


def asked_after(journal, poll_id, moment):
    """Of the requests of a poll of which every try was due after that time: how many were acknowledged, and how many
    were refused and never acknowledged."""
    firsts, number_of, statuses = {}, {}, collections.defaultdict(set)
    with open(journal, encoding="utf-8") as lines:
        header = json.loads(next(lines))
        polls = [poll["poll_id"] for poll in header["polls"]]
        began = datetime.datetime.fromisoformat(header["started_at"]).timestamp()
        for line in map(json.loads, lines):
            if "send" in line and polls[line["poll"]] == poll_id:
                request = (line["voter"], line["key"], line["kind"], tuple(line.get("options", ())))
                number_of[line["send"]] = request
                firsts.setdefault(request, began + line["at"] / 1e6)
            elif "answer" in line and line["answer"] in number_of:
                statuses[number_of[line["answer"]]].add(str(line["status"]))
    late = [statuses[request] for request, first in firsts.items() if first > moment]
    others = [found for found in late if found.isdisjoint(ACKNOWLEDGED)]
    return len(late) - len(others), sum(any(status[0] == "4" for status in found) for found in others)


@dataclasses.dataclass
class Answers:
    """Of a journal, in seconds since its run began. acknowledged: of the first try of each vote, for later ones may be
    answered from memory alone. server_errors: also of reads."""
    acknowledged: list
    server_errors: list

    @staticmethod
    def of(journal):
        found, keys, firsts = Answers([], []), set(), set()
        with open(journal, encoding="utf-8") as lines:
            for line in lines:
                if match := ANSWER.match(line):
                    at, status = int(match[2]) / 1e6, match[3]
                    if status in ACKNOWLEDGED and match[1] in firsts:
                        found.acknowledged.append(at)
                    elif status[0] == "5":
                        found.server_errors.append(at)
                elif match := FAILED_READ.match(line):
                    found.server_errors.append(int(match[1]) / 1e6)
                elif (match := SEND.match(line)) and match[2] not in keys:
                    keys.add(match[2])
                    firsts.add(match[1])
        found.acknowledged.sort()
        return found

    def gap(self, seconds):
        """The longest time without an acknowledgement, while the load was sent: (when it began, its length)."""
        within = [at for at in self.acknowledged if at <= seconds]
        steps = zip(within, [*within[1:], max(seconds, within[-1])])
        return max(((begun, end - begun) for begun, end in steps), key=lambda gap: gap[1])

    def next_after(self, moment):
        return next((at for at in self.acknowledged if at >= moment), None)
