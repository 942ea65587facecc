"""All faults that one running engine can take, mixed, for minutes."""
import dataclasses

from fault_rows import clocks, disks, messages, network, proxies
from fault_rows.row import MIXTURE, Fault, Promise, Row, apart, names
from fault_rows.servers import BROKERS

RATE = 1000
APIS, WORKERS = 3, 2
LEASE = "api.lease=5s"
# In half an hour, and in proportion.
FAULTS_MIN, ACKNOWLEDGED_MIN, OF_MINUTES = 100, 1_000_000, 30
DISK_MIB = {"embedded": 3072}
# A replay reads all that the queue holds, so it comes early.
REPLAYS_WITHIN = 0.2


@dataclasses.dataclass(frozen=True)
class Part:
    """One fault of these kinds at a time, one in every_s on average."""
    every_s: float
    kinds: tuple  # (kind, targets, the shortest and the longest it lasts)

    def draw(self, chance, seconds):
        count = max(1, int(seconds / self.every_s))
        found = []
        for moment in apart(chance, count, seconds, [""], "", one_at_a_time=True, rest_s=min(2, self.every_s / 4)):
            kind, targets, (shortest, longest) = chance.choice(self.kinds)
            found.append(Fault(moment.at_s, kind, chance.choice(targets), round(chance.uniform(shortest, longest), 2),
                               chance.randrange(2**16)))
        found.sort(key=lambda fault: fault.at_s)
        return [fault for before, fault in zip([None, *found], found)
                if before is None or fault.at_s > before.end_s + 0.3]


API, WORKER = names("api", APIS), names("worker", WORKERS)
BOTH = [
    Part(12, (("killed", API, (0.1, 2)), ("frozen", API, (0.5, 17)), ("restarted", API, (0, 0)),
              ("dies-at-call", API, (0.5, 1.5)))),
    Part(10, (("killed", WORKER, (0, 2)), ("frozen", WORKER, (0.5, 13)), ("restarted", WORKER, (0, 0)),
              ("dies-at-call", WORKER, (0.5, 1.5)))),
    Part(20, (("killed", ["reconcile1"], (0.1, 1)), ("frozen", ["reconcile1"], (0.5, 5)))),
    Part(30, tuple((kind, ["api1", "api2"], (0.3, 3)) for kind in proxies.KINDS)),
    Part(45, (("crowded", [""], (0, 0)), ("same-keys", [""], (0, 0)))),
    Part(60, (("closed-quietly", [""], (0, 0)), ("joined", ["worker9"], (0.5, 8)))),
    Part(120, (("poisoned", [""], (0, 0)),)),
]
OF = {
    "embedded": [Part(60, (("full", ["disk"], (0.5, 2)),)),
                 Part(45, (("failing-calls", [*API, *WORKER], (0.5, 2)),))],
    "distributed": [
        Part(20, (("killed", ["postgres"], (0, 3)), ("frozen", ["postgres"], (1, 4)), ("killed", ["redis"], (0, 3)),
                  ("frozen", ["redis"], (0.5, 3)), ("flushed", ["redis"], (0, 0)), ("killed", BROKERS, (5, 13)),
                  ("frozen", BROKERS, (3, 12)), ("killed", ["+".join(BROKERS)], (3, 8)))),
        Part(30, tuple((kind, ["store-of-api", "store-of-worker", *BROKERS, "cache-of-api1", "cache-of-worker1"],
                        (0.5, 3)) for kind in proxies.KINDS)),
        Part(25, (("clock-jumps", ["api2", "worker2"], (0, 0)),)),
        Part(60, (("failing-io", ["postgres"], (0.8, 2)), ("leaders-moved", ["+".join(BROKERS)], (0, 0)))),
    ],
}


def draw_on(engine):
    def draw(chance, _row, seconds):
        found = [fault for part in [*BOTH, *OF[engine]] for fault in part.draw(chance, seconds)]
        replays = [Fault(fault.at_s, "replayed", "") for fault in
                   apart(chance, 2, seconds * REPLAYS_WITHIN, [""], "replayed")]
        clock = [fault if fault.kind != "clock-jumps" else
                 dataclasses.replace(fault, detail=fault.detail % (2 * clocks.APART_S_MAX + 1)) for fault in found]
        return clock + replays
    return draw


def needs():
    """What any of its kinds lacks here."""
    all_needs = (proxies.needs, disks.straces, disks.mounts, clocks.needs)
    return next((lacking for each in all_needs if (lacking := each())), "")


def prepare(site):
    messages.with_voters(site)
    disks.with_straces(site)
    network.before_the_apis(site)
    if site.servers is None:
        disks.mount_for(site, "-t", "tmpfs", "-o", f"size={DISK_MIB['embedded']}m", "none")
        return
    for before in (network.before_the_store, network.before_the_queue, network.before_the_cache):
        before(site)
    clocks.with_clocks(site, "api2", "worker2")


def finish(site):
    messages.hand_in(site)
    messages.bury(site)


def row(minutes, engine):
    return Row(MIXTURE, "all of them", draw_on(engine), (engine,), apis=APIS, workers=WORKERS, reconciles=1,
               seconds=60 * minutes, rate=RATE, ends=("api", "worker", "reconcile"), flags={"api": (LEASE,)},
               needs=needs, prepare=prepare, finish=finish,
               promise=Promise(faults_min=int(FAULTS_MIN * minutes / OF_MINUTES),
                               acknowledged_min=int(ACKNOWLEDGED_MIN * minutes / OF_MINUTES)))
