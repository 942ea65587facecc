"""The one judge, vote-loadgen --verify, for journals of tests that send votes themselves."""
import json
import tempfile

import house  # noqa: F401  from here on, scripts/ is where modules are looked for
from fault_rows.journal import Journal

__all__ = ["Journal", "violations"]
WAIT = "30s"


def violations(house, journal, poll):
    """What breaks a promise in one poll; an empty list is an acquittal."""
    with tempfile.NamedTemporaryFile("w", dir=house.folder, suffix=".ndjson") as file:
        for line in journal.lines([poll], house.url):
            print(json.dumps(line), file=file)
        file.flush()
        done = house.run("vote-loadgen", "--json", "--wait", WAIT, "--verify", file.name)
    assert done.stdout, done
    judgement = json.loads(done.stdout)["judgement"]
    assert judgement["missing"] == [], judgement
    assert (done.returncode == 0) == (judgement["violations"] == []), done
    return [violation["what"] for violation in judgement["violations"]]
