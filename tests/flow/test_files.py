"""A store or queue file that is locked, read-only, full, newer, or no database: a message that names
the file and says what to do, an exit status from the catalogue, no crash."""
import contextlib
import ctypes
import errno
import os
import sqlite3
import subprocess

import pytest

from house import BIN, eventually

pytestmark = pytest.mark.embedded

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 0x4000, 0x40000
MNT_DETACH = 2


def made(house):
    """Makes both files, then leaves them alone."""
    api = house.start_api()
    house.poll()
    api.terminate()
    assert api.wait(30) == 0
    return {"store": house.store_file, "queue": house.queue_file}


def refuses(house, file, program="vote-api", arguments=(), status=10):
    done = house.run(program, *arguments)
    assert done.returncode == status, done
    said = done.stderr
    assert file.name in said, said
    assert "terminate called" not in said and "what()" not in said
    return said


@pytest.mark.parametrize("which", ["store", "queue"])
@pytest.mark.parametrize("program", ["vote-api", "vote-worker"])
def test_a_file_that_is_no_database_is_named_and_left_as_it_is(house, which, program):
    file = {"store": house.store_file, "queue": house.queue_file}[which]
    file.write_bytes(b"these are my holiday photographs\n" * 1000)
    refuses(house, file, program)
    assert file.read_bytes().startswith(b"these are my holiday photographs")


@pytest.mark.parametrize("which", ["store", "queue"])
def test_another_programs_database_is_named_and_left_as_it_is(house, which):
    file = {"store": house.store_file, "queue": house.queue_file}[which]
    with contextlib.closing(sqlite3.connect(file)) as base, base:
        base.execute("CREATE TABLE recipes (title TEXT)")
    refuses(house, file)
    assert [name for (name,) in house.sql("SELECT name FROM sqlite_master", file=file)] == ["recipes"]


@pytest.mark.parametrize("which", ["store", "queue"])
@pytest.mark.parametrize("program", ["vote-api", "vote-worker"])
def test_a_newer_schema_is_refused(house, which, program):
    file = made(house)[which]
    with contextlib.closing(sqlite3.connect(file)) as base, base:
        base.execute("PRAGMA user_version = 9999")
    assert "newer" in refuses(house, file, program)


def test_store_and_queue_in_each_others_place_are_refused(house):
    made(house)
    text = house.config_file.read_text().replace("/vote.db", "/other").replace("/queue.db", "/vote.db")
    house.config_file.write_text(text.replace("/other", "/queue.db"))
    refuses(house, house.queue_file)


def test_store_and_queue_in_one_file_are_refused(house):
    made(house)
    house.config_file.write_text(house.config_file.read_text().replace("/queue.db", "/vote.db"))
    refuses(house, house.store_file, status=9)


@pytest.mark.parametrize("program", ["vote-api", "vote-worker"])
def test_a_store_beside_another_queue_than_its_own_is_refused(house, program):
    """Votes that are acknowledged into a queue that no worker reads would be lost."""
    api = house.start_api()
    house.cast(house.poll(), 0, house.token())
    assert house.run("vote-worker", "--once").returncode == 0
    api.terminate()
    assert api.wait(30) == 0
    for file in house.folder.glob("queue.db*"):
        file.unlink()
    assert "put the queue file back" in refuses(house, house.queue_file, program)


def test_files_are_for_their_owner_alone(house):
    for file in made(house).values():
        assert file.stat().st_mode & 0o077 == 0, file


@pytest.mark.parametrize("which", ["store", "queue"])
def test_a_folder_that_is_not_there_is_named(house, which):
    file = {"store": house.store_file, "queue": house.queue_file}[which]
    text = house.config_file.read_text()
    house.config_file.write_text(text.replace(str(file), str(file.parent / "no-such-folder" / file.name)))
    assert "no-such-folder" in refuses(house, file)


@pytest.mark.parametrize("which", ["store", "queue"])
def test_a_file_that_is_a_folder_is_named(house, which):
    file = {"store": house.store_file, "queue": house.queue_file}[which]
    file.mkdir()
    refuses(house, file)


LIBC = ctypes.CDLL(None, use_errno=True)


@pytest.fixture
def in_own_mounts(house):
    """Runs a command where `mounts` are made in a mount namespace of its own."""
    targets = []

    def check(result, but=None):
        if result != 0 and ctypes.get_errno() != but:
            raise OSError(ctypes.get_errno(), "mount namespace")

    def prepare(mounts):
        check(LIBC.unshare(CLONE_NEWNS if os.geteuid() == 0 else CLONE_NEWNS | CLONE_NEWUSER))
        # In a chroot "/" is no mount: then what is mounted may be seen outside, and goes at the end.
        check(LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), but=errno.EINVAL)
        for mount in mounts:
            check(LIBC.mount(*mount))

    def run(mounts, command, **more):
        targets.extend(target for _, target, *_ in mounts)
        house.processes.append(subprocess.Popen(command, preexec_fn=lambda: prepare(mounts), **more))
        return house.processes[-1]

    yield run
    for target in targets:
        LIBC.umount2(target, MNT_DETACH)


@pytest.mark.parametrize("which", ["store", "queue"])
def test_a_read_only_file_is_named(house, in_own_mounts, which):
    """On a read-only mount, for whoever runs the tests as root."""
    file = made(house)[which]
    folder = house.folder / "read-only"
    folder.mkdir()
    for part in house.folder.glob(file.name + "*"):
        part.rename(folder / part.name)
    moved = folder / file.name
    house.config_file.write_text(house.config_file.read_text().replace(str(file), str(moved)))
    place = os.fsencode(folder)
    process = in_own_mounts([(place, place, None, MS_BIND, None),
                             (place, place, None, MS_BIND | MS_REMOUNT | MS_RDONLY, None)],
                            [BIN / "vote-api", "-c", house.config_file], env=house.environment(),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 10
    assert str(moved) in said and "read" in said, said


@pytest.mark.parametrize("which", ["store", "queue"])
def test_a_full_disk_acknowledges_nothing_and_nothing_acknowledged_is_lost(house, in_own_mounts, which):
    folder = house.folder / "small"
    folder.mkdir()
    file = {"store": house.store_file, "queue": house.queue_file}[which]
    text = house.config_file.read_text()
    house.config_file.write_text(text.replace(str(file), str(folder / file.name)))
    with open(house.folder / "vote-api.log", "wb") as log:
        api = in_own_mounts([(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, b"size=1m")],
                            [BIN / "vote-api", "-c", house.config_file], env=house.environment(), stderr=log)
    eventually(house.is_ready, "vote-api ready")
    poll = house.poll()
    acknowledged = []
    outside = f"/proc/{api.pid}/root{folder}"
    with open(f"{outside}/ballast", "wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while ballast.write(b"x" * 4096):
            pass
    for _ in range(50):
        answer = house.cast(poll, 0, house.token())
        assert answer.status in (201, 202, 503), answer
        acknowledged.append(answer.status in (201, 202))
    assert api.poll() is None, "a full disk does not end the daemon"
    os.unlink(f"{outside}/ballast")
    assert eventually(lambda: house.cast(poll, 1, house.token()).status in (201, 202), "space again")
    if which == "store":
        kept = house.sql("SELECT count(*) FROM messages", file=house.queue_file)[0][0]
    else:
        kept = house.sql("SELECT count(*) FROM votes")[0][0]
        # SQLite follows /proc/…/root, a link to "/", out of the daemon's mounts: it is asked inside.
        kept += int(subprocess.check_output(["nsenter", f"--target={api.pid}", "--mount", "--root", "sqlite3",
                                             folder / file.name, "SELECT count(*) FROM messages"]))
    assert kept >= sum(acknowledged) + 1


@pytest.mark.parametrize("program", ["vote-api", "vote-worker"])
def test_a_full_disk_at_the_start_is_named(house, in_own_mounts, program):
    folder = house.folder / "small"
    folder.mkdir()
    text = house.config_file.read_text()
    house.config_file.write_text(text.replace(str(house.store_file), str(folder / "vote.db")))
    process = in_own_mounts([(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, b"size=12k")],
                            [BIN / program, "-c", house.config_file], env=house.environment(),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 10, said
    assert "vote.db" in said and ("space" in said or "full" in said), said


@pytest.mark.parametrize("which", ["store", "queue"])
def test_a_locked_file_is_named_by_the_command_line(house, which):
    """`votectl db migrate` reaches the store itself; the daemons wait for a lock (test_votes.py)."""
    file = made(house)[which]
    base = sqlite3.connect(file, isolation_level=None)
    base.execute("PRAGMA locking_mode = EXCLUSIVE")
    base.execute("BEGIN EXCLUSIVE")
    try:
        said = refuses(house, file, "votectl", ["db", "status"])
        refuses(house, file, "vote-api")
    finally:
        base.close()
    assert "lock" in said or "busy" in said or "another program" in said, said


@pytest.mark.parametrize("content", [None, "", "short\n"])
def test_a_secret_file_that_cannot_serve_is_named_with_how_to_make_one(house, content):
    house.secret_file.unlink()
    if content is not None:
        house.secret_file.touch(mode=0o600)
        house.secret_file.write_text(content)
    said = refuses(house, house.secret_file, status=9)
    assert "head -c" in said or "openssl rand" in said or "/dev/urandom" in said, said


def test_a_secret_that_others_can_read_is_refused(house):
    house.secret_file.chmod(0o644)
    assert "chmod" in refuses(house, house.secret_file, status=9)
