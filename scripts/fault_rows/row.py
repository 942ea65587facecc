"""A row of the table: what is broken, when, on what, and what has to hold meanwhile. Schedules are drawn whole, before
anything is started: a seed, a row and an engine always give the same one."""
import dataclasses
import random

# Of how schedules are drawn: a seed of another version would silently mean other faults.
VERSION = 3
ENGINES = ("embedded", "distributed")
DISTRIBUTED = ("distributed",)
GAP_S_MAX = 5
APART_DRAWS_MAX, APART_TRIES_MAX = 50, 1000
MIXTURE = "mixture"  # the row of all faults together


class BadSeed(ValueError):
    """A seed that is none, or is of another version: which, and what to do."""


def seed_of(text):
    """The number in "3:12345", or in "12345", which is of this version."""
    version, _, number = text.rpartition(":")
    if not number.isdecimal() or not (version == "" or version.isdecimal()):
        raise BadSeed(f"'{text}' is no seed: it is a number, or {VERSION}:NUMBER as a run prints it")
    if version and int(version) != VERSION:
        raise BadSeed(f"seed {text} is of version {version} of the schedule, and this draws version {VERSION}: take "
                      "the scripts/faults that printed it, or another seed")
    return int(number)


@dataclasses.dataclass(frozen=True)
class Fault:
    """at_s: after the load's first acknowledgement. kind: one of kinds.KINDS. for_s: until its end, where it has one.
    detail: what else was drawn."""
    at_s: float
    kind: str
    target: str
    for_s: float = 0.0
    detail: int = 0

    @property
    def end_s(self):
        return self.at_s + self.for_s

    def words(self):
        lasts = f" for {self.for_s:.1f} s" if self.for_s else ""
        return f"{self.kind} {self.target}{lasts}"


@dataclasses.dataclass(frozen=True)
class Promise:
    """What has to hold beside the five invariants. None or False: nothing is promised."""
    gap_s_max: float | None = None  # the longest time in which no vote is acknowledged that was not before
    errors_s_max: float | None = None  # no answer is a 5xx, except for so long after a fault began
    # On these engines no API dies or sleeps, and APIs share the cache: 0 unless one answers 503 or says it lost it.
    no_superseded: tuple = ()
    recovered_s_max: float | None = None  # after a fault's end, until all that waited then is counted
    faults_min: int = 0
    acknowledged_min: int = 0


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the table of faults. draw(chance, row, seconds): its Faults.

    prepare(site): before the daemons start. finish(site): after the load, before the judge. needs(): why it cannot run
    here, or nothing. ends: kinds of daemons that may end by themselves, but not by a signal; they are started again, as
    systemd would. shows: notes of the site that have to be there and above 0, else the faults broke nothing; never:
    those that must not."""
    name: str
    hazard: str
    draw: object
    engines: tuple = ENGINES
    apis: int = 1
    workers: int = 2
    reconciles: int = 0
    servers: str = "three"  # of the distributed engine: a name in engines.SETS
    seconds: float = 16
    rate: int = 600
    mix: str = "votes=76,retries=10,seconds=5,changes=3,revocations=1,reads=5"
    watchers: int = 8
    promise: Promise = Promise()
    settings: str = ""  # more tables of vote.toml
    flags: dict = dataclasses.field(default_factory=dict)  # kind of daemon: settings, as --set takes them
    of_kafka: dict = dataclasses.field(default_factory=dict)  # the same, on the distributed engine alone
    ends: tuple = ()
    needs: object = None
    prepare: object = None
    finish: object = None
    shows: tuple = ()
    never: tuple = ()

    def schedule(self, seed, engine):
        chance = random.Random(f"{VERSION}:{seed}:{engine}:{self.name}")
        return sorted(self.draw(chance, self, self.seconds), key=lambda fault: (fault.at_s, fault.target))


def apart(chance, count, seconds, targets, kind, for_s=(0.0, 0.0), one_at_a_time=False, rest_s=0.3):
    """So many faults of a kind at random moments, each on one of the targets and over before another one on the same
    target begins, or on any where only one may be missing at a time; rest_s lies between them."""
    for _ in range(APART_DRAWS_MAX):
        found = apart_once(chance, count, seconds, targets, kind, for_s, one_at_a_time, rest_s)
        if len(found) == count:
            return found
    raise ValueError(f"{count} times {kind} on {targets} do not fit into {seconds} s")


def apart_once(chance, count, seconds, targets, kind, for_s, one_at_a_time, rest_s):
    """As many as fit beside those that were drawn before."""
    found = []
    for _ in range(APART_TRIES_MAX):
        if len(found) == count:
            break
        length = round(chance.uniform(*for_s), 2)
        fault = Fault(round(chance.uniform(0.5, max(0.6, seconds - length)), 2), kind, chance.choice(targets), length)
        near = [other for other in found if (one_at_a_time or other.target == fault.target)
                and fault.at_s < other.end_s + rest_s and other.at_s < fault.end_s + rest_s]
        if not near:
            found.append(fault)
    return found


def names(kind, count):
    return [f"{kind}{number}" for number in range(1, count + 1)]
