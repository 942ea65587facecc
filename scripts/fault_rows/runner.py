"""Runs a row: a site under load, the row's faults, then the judge."""
import contextlib
import dataclasses
import json
import threading
import time
import traceback

from cluster.process import Failure
from fault_rows import verdict
from fault_rows.kinds import KINDS
from fault_rows.load import Answers, Load
from fault_rows.row import MIXTURE, names
from fault_rows.site import TEND_EVERY_S, TERM_S_MAX, Site, kind_of

# The load begins before the faults and goes on after the last of them.
LEAD_S, TAIL_S = 1.0, 3.0
LOOK_EVERY_S = 0.5
JUDGED = ("requests", "tries", "counted", "accepted", "no", "refused", "unknown", "reads")
DIED_OF_SIGNAL = 128  # what a shell or a wrapper makes of it, and more


@dataclasses.dataclass
class Outcome:
    """Of one row on one engine. broken: why it did not hold; not_run: why it could not be tried."""
    row: str
    engine: str
    faults_done: int = 0
    faults_drawn: int = 0
    judgement: dict = dataclasses.field(default_factory=dict)
    violations: list = dataclasses.field(default_factory=list)
    broken: list = dataclasses.field(default_factory=list)
    not_run: str = ""
    gap_s: float = 0.0
    recovery_s: float | None = None
    server_errors: int = 0
    statuses: dict = dataclasses.field(default_factory=dict)
    acknowledged: int = 0
    seconds: float = 0.0
    endings: list = dataclasses.field(default_factory=list)
    notes: dict = dataclasses.field(default_factory=dict)
    schedule: list = dataclasses.field(default_factory=list)
    kept: str = ""

    @property
    def state(self):
        return "not run" if self.not_run else "broken" if self.broken or self.violations else "held"


class Watch(threading.Thread):
    """Beside the load: keeps the daemons running, and looks how far the queue is processed."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site, self.over = site, threading.Event()
        self.seen = []  # (time, what the queue holds, what of it is processed)
        self.looking = threading.Thread(target=self.look, daemon=True)

    def __enter__(self):
        self.start()
        self.looking.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
        self.looking.join()

    def run(self):
        while not self.over.wait(TEND_EVERY_S):
            self.site.tend()

    def look(self):
        while not self.over.wait(LOOK_EVERY_S):
            began = time.time()
            with contextlib.suppress(OSError, Exception):
                if found := self.site.lag():
                    self.seen.append((began, *found))

    def counted_after(self, moment):
        """How long after it all was processed that the queue held then; None: it was not seen."""
        held = next((held for at, held, _ in self.seen if at >= moment), None)
        if held is None:
            return None
        return next((at - moment for at, _, done in self.seen if at >= moment and done >= held), None)


class Faults:
    """Does what a schedule says while a load runs: each fault in a thread of its own, for the end of one must not wait
    for another to succeed. Of those on the same target one begins when the one before has ended."""

    def __init__(self, site, load, schedule, say):
        self.site, self.load, self.schedule, self.say = site, load, schedule, say
        self.targets = {name: threading.Lock() for fault in schedule for name in fault.target.split("+")}
        self.begun = {}  # number: when
        self.ended = []  # when
        self.errors = []

    def run(self):
        began = time.time()
        threads = [threading.Thread(target=self.do, args=(number, fault, began))
                   for number, fault in enumerate(self.schedule)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.errors:
            raise self.errors[0]

    def do(self, number, fault, began):
        time.sleep(max(0.0, began + fault.at_s - time.time()))
        with contextlib.ExitStack() as stack:
            for name in sorted(fault.target.split("+")):
                stack.enter_context(self.targets[name])
            if self.load.is_over() or self.errors:
                return
            try:
                self.begin_and_end(number, fault, began)
            except Exception as error:  # raised by run(), once all others have ended
                self.errors.append(error)

    def begin_and_end(self, number, fault, began):
        kind = KINDS[fault.kind]
        self.say(f"{time.time() - began:6.1f} s  {fault.words()}")
        self.begun[number] = time.time()
        try:
            kind.begin(self.site, fault)
            if kind.end is not None:
                time.sleep(max(0.0, self.begun[number] + fault.for_s - time.time()))
        finally:
            self.ended.append(time.time())
            if kind.end is not None:
                kind.end(self.site, fault)


def judge_promises(row, outcome, answers, faults, load):
    """What beside the invariants does not hold."""
    promise, broken = row.promise, []
    if promise.gap_s_max is not None and outcome.gap_s > promise.gap_s_max:
        broken.append(f"{outcome.gap_s:.1f} s without an acknowledgement, more than {promise.gap_s_max:g} s")
    if promise.errors_s_max is not None:
        begun = [moment - load.started_at for moment in faults.begun.values()]
        late = [at for at in answers.server_errors
                if not any(moment <= at <= moment + promise.errors_s_max for moment in begun)]
        if late:
            broken.append(f"{len(late)} answers were a 5xx, the first {late[0]:.1f} s after the start")
    excused = outcome.statuses.get("503", 0) or load.site.lost_cache()
    if outcome.engine in promise.no_superseded and not excused and outcome.judgement["superseded"]:
        broken.append(f"{outcome.judgement['superseded']} superseded, though the cache kept its marks")
    if promise.recovered_s_max is not None and (outcome.recovery_s is None
                                                or outcome.recovery_s > promise.recovered_s_max):
        recovered = "not recovered" if outcome.recovery_s is None else f"recovered after {outcome.recovery_s:.1f} s"
        broken.append(f"{recovered}, which was to be within {promise.recovered_s_max:g} s")
    acknowledged = outcome.judgement["counted"] + outcome.judgement["accepted"]
    if outcome.faults_done < promise.faults_min or acknowledged < promise.acknowledged_min:
        broken.append(f"{outcome.faults_done} faults and {acknowledged:,} acknowledged requests, fewer than "
                      f"{promise.faults_min} and {promise.acknowledged_min:,}")
    return broken


def judge_effects(row, outcome, notes):
    """Whether the faults were done, and broke something."""
    broken = [f"the faults had no effect: no {name.replace('_', ' ')}" for name in row.shows if not notes.get(name)]
    broken += [f"{notes[name]} {name.replace('_', ' ')}" for name in row.never if notes.get(name)]
    if outcome.faults_drawn and not outcome.faults_done:
        broken.append("no fault was done while the load ran")
    elif outcome.faults_done < outcome.faults_drawn and row.name != MIXTURE:
        broken.append(f"only {outcome.faults_done} of {outcome.faults_drawn} faults were done while the load ran")
    return broken


def recovery(faults, answers, watch, load):
    """The longest, over all ends of faults, until a vote was acknowledged and all was counted that waited then. None
    where that was not seen after each."""
    parts = []
    for moment in faults.ended:
        acknowledged = answers.next_after(moment - load.started_at)
        parts += [acknowledged and acknowledged - (moment - load.started_at), watch.counted_after(moment)]
    return None if None in parts else max(parts, default=None)


def start(site, row):
    for settings in (row.flags, row.of_kafka if site.servers is not None else {}):
        for kind, more in settings.items():
            site.more[kind] = (*site.more.get(kind, ()), *more)
    if site.servers is not None:
        site.await_in_sync()
    if row.prepare is not None:
        row.prepare(site)
    for name in [*names("api", row.apis), *names("worker", row.workers), *names("reconcile", row.reconciles)]:
        site.run(name)
    site.await_listening(*site.ports)


def load_and_break(site, row, outcome, schedule, seed, say):
    seconds = LEAD_S + row.seconds + TAIL_S
    with Load(site, row, seed, seconds) as load, Watch(site) as watch:
        load.await_begun()
        faults = Faults(site, load, schedule, say)
        try:
            faults.run()
        finally:
            outcome.faults_done = len(faults.begun)
        outcome.statuses = load.report()["statuses"]
        site.bring_servers_back()
        site.await_listening(*[name for name in site.ports if name in site.wanted])
        if row.finish is not None:
            row.finish(site)
        found = verdict.of(site, load.journal, load.polls)
        outcome.judgement = {**{name: found.first[name] for name in JUDGED}, "superseded": found.superseded}
        outcome.violations = found.violations
        outcome.broken += [f"evidence is missing: {reason}" for reason in found.missing[:3]]
        outcome.broken += found.troubles
    answers = Answers.of(load.journal)
    outcome.gap_s, outcome.acknowledged = answers.gap(seconds)[1], len(answers.acknowledged)
    outcome.server_errors = len(answers.server_errors)
    outcome.recovery_s = recovery(faults, answers, watch, load)
    outcome.broken += judge_promises(row, outcome, answers, faults, load)


def check_ends(site, row, outcome):
    outcome.endings = [f"{name} {status}" for name, status in site.endings]

    def unasked_of(endings):
        return [f"{name} with status {status}" for name, status in endings
                if kind_of(name) not in row.ends or status < 0 or status >= DIED_OF_SIGNAL]
    if unasked := unasked_of(site.endings):
        outcome.broken.append(f"ended by themselves: {', '.join(unasked[:5])}")
    if unwell := unasked_of(site.ended_badly):
        outcome.broken.append(f"ended otherwise than well after SIGTERM: {', '.join(unwell[:5])}")
    if site.notes.get("killed_after_sigterm") and row.name != MIXTURE:
        outcome.broken.append(f"a daemon did not end within {TERM_S_MAX} s of SIGTERM")
    outcome.broken += judge_effects(row, outcome, site.notes)


def run(row, engine, servers, seed, say, keep):
    """Tries the row; its Outcome. engine: makes what the site stands on. keep: a folder for what tells what happened,
    where it did not hold."""
    schedule = row.schedule(seed, engine.kind)
    outcome = Outcome(row.name, engine.kind, faults_drawn=len(schedule),
                      schedule=[dataclasses.asdict(fault) for fault in schedule])
    began = time.monotonic()
    with Site(engine(servers), servers, row.settings) as site:
        try:
            start(site, row)
            load_and_break(site, row, outcome, schedule, seed, say)
        except Failure as failure:
            outcome.broken.append(str(failure))
        except Exception as error:  # the row's own mistake: the others are still worth trying
            traceback.print_exc()
            outcome.broken.append(f"scripts/faults itself: {type(error).__name__}: {error}")
        check_ends(site, row, outcome)
        outcome.notes = site.notes
        outcome.seconds = time.monotonic() - began
        if outcome.state == "broken":
            (site.folder / "outcome.json").write_text(json.dumps(dataclasses.asdict(outcome), indent=1))
            site.keep(keep)
            outcome.kept = str(keep)
    return outcome
