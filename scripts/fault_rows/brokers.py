"""Rows about Kafka's brokers: their disks fill up, and Kafka's own tools move who leads."""
import dataclasses
import json
import random
import subprocess

from cluster.programs import need
from cluster.tools import Tools
from fault_rows import disks
from fault_rows.kinds import add
from fault_rows.proxies import each_of
from fault_rows.row import DISTRIBUTED, Fault, Row
from fault_rows.servers import BROKERS, NO_5XX_AFTER
from fault_rows.topics import tool
from fault_rows.verdict import wait_for

ROOM_MIB = 48  # beside what a broker has already
IN_PLACE_S_MAX = 60
MOVES = 4
# One of three copies is given up in one of so many moves of a partition, and made anew in a later one.
COPY_GIVEN_UP_IN = 3


# Full disks.

def on_small_disks(site):
    sizes = {name: int(subprocess.check_output(["du", "-sm", site.servers.folder / name]).split()[0]) + ROOM_MIB
             for name in BROKERS}
    disks.mount_under(site, {name: ("-t", "tmpfs", "-o", f"size={size}m", "none") for name, size in sizes.items()})
    site.await_in_sync()


def fill(site, fault):
    for name in each_of(fault):
        disks.fill_up(site.servers.folder / name)


def make_room(site, fault):
    """Those that ended are started again, as systemd would."""
    for name in each_of(fault):
        disks.make_room(site.servers.folder / name)
    if ended := [name for name in each_of(fault) if not site.servers.state.running(name)]:
        site.note("brokers_ended", len(ended))
        site.servers.start(ended)


def fills(chance, _row, _seconds):
    """One, and later all."""
    return [Fault(round(chance.uniform(1, 3), 2), "broker-full", chance.choice(BROKERS),
                  round(chance.uniform(3, 5), 2)),
            Fault(round(chance.uniform(12, 15), 2), "broker-full", "+".join(BROKERS),
                  round(chance.uniform(5, 8), 2))]


def by_the_store(site):
    """Without brokers votes go on by the store's path."""
    site.note("recorded_by_the_store", sum(site.casts(name).get("recorded", 0) for name in site.ports))


# Leadership.

def shown_partitions(site):
    told = json.loads(Tools().run([need("kcat"), "-b", site.servers.state.bootstrap(), "-L", "-J", "-t",
                                   site.engine.name]))
    return {each["partition"]: each for each in told["topics"][0]["partitions"]}


def drawn_copies(chance):
    """Where a partition's copies are to be; who is first is to lead."""
    copies = chance.sample(range(1, len(BROKERS) + 1), len(BROKERS))
    return copies[:-1] if chance.randrange(COPY_GIVEN_UP_IN) == 0 else copies


def are_in_place(found, wanted):
    return all([copy["id"] for copy in found[number]["replicas"]] == copies
               and {copy["id"] for copy in found[number]["isrs"]} >= set(copies)
               for number, copies in wanted.items())


def move_leaders(site, fault):
    chance, before = random.Random(fault.detail), shown_partitions(site)
    wanted = {number: drawn_copies(chance) for number in sorted(before)}
    plan = site.folder / "leaders.json"
    places = [{"topic": site.engine.name, "partition": number} for number in wanted]
    plan.write_text(json.dumps({"version": 1, "partitions": [{**place, "replicas": wanted[place["partition"]]}
                                                             for place in places]}))
    tool(site, "reassign.ReassignPartitionsCommand", "--reassignment-json-file", plan, "--execute")
    wait_for(lambda: are_in_place(shown_partitions(site), wanted), "the copies of all partitions are where Kafka's "
             "tool was told to have them", IN_PLACE_S_MAX)
    plan.write_text(json.dumps({"partitions": places}))
    tool(site, "LeaderElectionCommand", "--election-type", "PREFERRED", "--path-to-json-file", plan)
    after = shown_partitions(site)
    site.note("leaders_moved", sum(after[number]["leader"] != before[number]["leader"] for number in before))


def moves(chance, _row, seconds):
    step = seconds / MOVES
    return [Fault(round(number * step + chance.uniform(0, step / 2), 2), "leaders-moved", "topic",
                  detail=chance.randrange(2**32)) for number in range(MOVES)]


add("broker-full", fill, make_room)
add("leaders-moved", move_leaders)

ROWS = [
    Row("broker-disk-full", "disk full: that of one broker, and later of all three", fills, DISTRIBUTED, apis=2,
        seconds=30, needs=disks.mounts, prepare=on_small_disks, finish=by_the_store,
        shows=("brokers_ended", "recorded_by_the_store"),
        promise=dataclasses.replace(NO_5XX_AFTER, no_superseded=DISTRIBUTED)),
    Row("leaders-moved", "leadership moved: by Kafka's own tools, copies too", moves, DISTRIBUTED, apis=2, seconds=28,
        promise=dataclasses.replace(NO_5XX_AFTER, no_superseded=DISTRIBUTED), shows=("leaders_moved",)),
]
