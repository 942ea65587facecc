"""Where the servers' programs are, and as whom they run."""
import os
import pathlib
import pwd
import shutil

from cluster.process import Failure

PACKAGES = {"initdb": "postgresql", "postgres": "postgresql", "pg_basebackup": "postgresql",
            "psql": "postgresql-client", "redis-server": "redis-server", "pgbouncer": "pgbouncer",
            "java": "openjdk-17-jre-headless", "mvn": "maven", "kcat": "kcat", "setpriv": "util-linux", "wrk": "wrk"}
# root may run neither PostgreSQL nor PgBouncer; Debian's packages make this user.
SERVANT = "postgres"


def found(program):
    """PostgreSQL's programs are outside PATH, a folder a version: the newest."""
    versions = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{program}"),
                      key=lambda path: float(path.parts[4]))
    return str(versions[-1]) if versions else shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def missing(programs):
    """What is not installed, by name."""
    return [f"{program} (Debian's {PACKAGES[program]})" for program in programs if not found(program)]


def need(program):
    """Where it is."""
    if absent := missing([program]):
        raise Failure(f"not installed: {absent[0]}; scripts/install-dependencies --servers installs it")
    return found(program)


def servant():
    """As whom PostgreSQL and PgBouncer run: an entry of the user database."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    try:
        return pwd.getpwnam(SERVANT)
    except KeyError:
        raise Failure(f"there is no user {SERVANT}, as whom root runs PostgreSQL: scripts/install-dependencies "
                      "--tests installs what makes it") from None


def as_servant(folder):
    """What goes before a command that may not run as root. Where others may not enter `folder` (a test's, in /tmp) the
    command may none the less: to open that folder to everyone would be worse."""
    if os.getuid() != 0:
        return []
    folder = pathlib.Path(folder).resolve()
    closed = any(not path.stat().st_mode & 0o001 for path in [folder, *folder.parents])
    leave = ["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"] if closed else []
    user = servant()
    return [need("setpriv"), "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups", *leave]


def give(path):
    """To whoever runs PostgreSQL and PgBouncer."""
    if os.getuid() == 0:
        os.chown(path, servant().pw_uid, servant().pw_gid)
