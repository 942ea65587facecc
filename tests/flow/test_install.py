"""What `cmake --install` puts where, and that it runs from there."""
import os
import pathlib
import re
import signal
import subprocess

import pytest

from house import BIN, House, eventually

pytestmark = pytest.mark.embedded

BUILD = BIN.parent
SOURCE = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A root folder with nothing but the installation in it."""
    folder = tmp_path_factory.mktemp("root")
    subprocess.run(["cmake", "--install", BUILD, "--prefix", folder / "usr"], check=True,
                   capture_output=True, text=True)
    return folder


def programs():
    return sorted(path.stem for path in (SOURCE / "cmd").glob("*.cpp"))


def names(root, folder):
    return sorted(path.name for path in (root / "usr" / folder).iterdir())


def test_each_program_its_page_and_its_completions_are_where_debian_looks(root):
    assert names(root, "bin") == programs()
    pages = {re.sub(r"\.\d$", "", name) for section in (1, 5, 7, 8)
             for name in names(root, f"share/man/man{section}")}
    assert pages == {*programs(), "vote", "vote-metrics", "vote-postgresql", "vote-recovery", "vote.toml"}
    assert names(root, "share/bash-completion/completions") == programs()
    assert names(root, "share/zsh/vendor-completions") == sorted("_" + name for name in programs())
    assert names(root, "share/fish/vendor_completions.d") == sorted(name + ".fish" for name in programs())


def test_the_scripts_of_the_schema_are_there_to_be_read(root):
    assert names(root, "share/vote/sql/sqlite/store")[0] == "0001-store.sql"


def test_the_example_configuration_is_one(root):
    example = root / "usr/share/doc/vote/examples/vote.toml"
    done = subprocess.run([root / "usr/bin/vote-api", "-c", example, "--print-config"], capture_output=True,
                          text=True, timeout=30, env={"HOME": str(root)})
    assert (done.returncode, done.stderr) == (0, "")
    assert 'url = "sqlite:///var/lib/vote/vote.db"' in done.stdout


def units(root):
    return sorted((root / "usr/lib/systemd/system").glob("vote-*"))


def test_systemd_finds_nothing_wrong_with_the_units(root):
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units(root)], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_each_daemon_has_a_unit_that_is_told_when_it_is_ready(root):
    for daemon in ("vote-api", "vote-worker"):
        unit = (root / f"usr/lib/systemd/system/{daemon}.service").read_text()
        assert "\nType=notify\n" in unit and f"\nExecStart={root}/usr/bin/{daemon}\n" in unit
        assert "\nUser=vote\n" in unit
    assert re.search(r"^u vote ", (root / "usr/lib/sysusers.d/vote.conf").read_text(), re.M)


def test_several_apis_of_one_machine_are_instances_by_their_ports(root):
    unit = (root / "usr/lib/systemd/system/vote-api@.service").read_text()
    assert f"\nExecStart={root}/usr/bin/vote-api --listen 127.0.0.1:%i\n" in unit


EXPOSURE_MAX = 2.0


def test_the_units_leave_little_exposed(root):
    for unit in units(root):
        if unit.suffix != ".service":
            continue
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
                              capture_output=True, text=True, env={**os.environ, "SYSTEMD_EMOJI": "0"})
        found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
        assert found and float(found[1]) <= EXPOSURE_MAX, done.stdout[-2000:]


def test_the_installed_programs_hold_a_poll(root, tmp_path):
    house = House(tmp_path, programs=root / "usr/bin")
    try:
        api = house.start_api()
        worker = house.start_worker()
        poll = house.poll()
        for _ in range(3):
            assert house.cast(poll, 1, house.token()).status == 202
        assert house.counted(poll, 3) == {"yes": 0, "no": 3, "maybe": 0}
        for daemon in (api, worker):
            daemon.send_signal(signal.SIGTERM)
        eventually(lambda: api.poll() is not None and worker.poll() is not None, "both daemons ended")
        assert (api.returncode, worker.returncode) == (0, 0)
    finally:
        house.stop()
