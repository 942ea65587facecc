"""scripts/faults, once its flags are read."""
import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time

from cluster.process import Failure
from cluster.servers import not_installed
from fault_rows import (brokers, caches, clocks, closings, daemons, disks, messages, mixture, network, postgres_io,
                        servers, stores, topics)
from fault_rows.engines import ENGINES, SETS, Shared
from fault_rows.row import VERSION
from fault_rows.runner import Outcome
from fault_rows.runner import run as run_row
from fault_rows.table import line, table
from figures.house import ROOT

PARTS = (daemons, disks, postgres_io, servers, caches, brokers, messages, closings, network, clocks, stores, topics)
ROWS = {row.name: row for part in PARTS for row in part.ROWS}
# Of --short: on each engine within two minutes.
SHORT = {"embedded": ("all-killed", "worker-killed-at-points", "replay"),
         "distributed": ("all-killed", "postgres-killed", "redis-killed")}
SEEDS = 2**32
NONE_RAN = 3


def say(what):
    print(what, file=sys.stderr, flush=True)


def build():
    subprocess.run([ROOT / "scripts" / "install-dependencies", "--faults"], check=True)
    subprocess.run([ROOT / "scripts" / "build", "release"], check=True, stdout=subprocess.DEVNULL)


def lacking_for(row, engine):
    """Why the row cannot run on this machine, or nothing."""
    if engine == "distributed" and (absent := not_installed(replica=SETS[row.servers].get("replica", False))):
        return f"not installed: {', '.join(absent)}; scripts/install-dependencies --servers installs it"
    return row.needs() if row.needs is not None else ""


def tried(row, engine, shared, flags, keep):
    """The Outcome, also where it could not be tried."""
    try:
        if lacking := lacking_for(row, engine):
            return Outcome(row.name, engine, not_run=lacking)
        servers = shared.servers(row.servers, say) if engine == "distributed" else None
        say(f"{row.name} on the {engine} engine")
        return run_row(row, ENGINES[engine], servers, flags.seed, say, keep / f"{row.name}-{engine}")
    except (Failure, OSError, subprocess.CalledProcessError) as failure:
        return Outcome(row.name, engine, broken=[f"could not be tried to its end: {failure}"])
    finally:
        shared.end_private(row.servers)


def chosen(flags, engine):
    if flags.minutes is not None:
        return [mixture.row(flags.minutes, engine)]
    names = SHORT[engine] if flags.short else dict.fromkeys(flags.only) or ROWS
    return [ROWS[name] for name in names if engine in ROWS[name].engines]


def outcomes(flags, keep):
    found = []
    with Shared() as shared:
        for engine in [flags.engine] if flags.engine else ENGINES:
            for row in chosen(flags, engine):
                found.append(tried(row, engine, shared, flags, keep))
                say(line(found[-1]))
    return found


def write_json(file, seed, found):
    rows = [{**dataclasses.asdict(each), "state": each.state} for each in found]
    file.write_text(json.dumps({"seed": seed, "rows": rows}, indent=1, allow_nan=False) + "\n")


def exit_status(found):
    states = [each.state for each in found]
    return 1 if "broken" in states else 0 if "held" in states else NONE_RAN


def run(flags):
    if flags.list:
        for row in ROWS.values():
            print(f"{row.name:<26} {', '.join(row.engines):<22} {row.hazard}")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not flags.no_build:
        build()
    for setting in [name for name in os.environ if name.startswith("VOTE_")]:
        del os.environ[setting]  # what is broken has its own
    if flags.seed is None:
        flags.seed = random.randrange(SEEDS)
    seed = f"{VERSION}:{flags.seed}"
    say(f"seed {seed}")
    keep = (flags.keep or ROOT / "build" / "faults") / time.strftime("%Y%m%d-%H%M%S")
    found = outcomes(flags, keep)
    print(f"seed {seed}\n\n{table(found)}")
    if flags.json:
        write_json(flags.json, seed, found)
    return exit_status(found)
