"""PostgreSQL with the database and the roles of the system, and a standby that follows it."""
import contextlib
import os
import signal

from cluster.process import Failure, Process
from cluster.programs import as_servant, give, need, servant
from cluster.server import Server, text_of
from cluster.state import BASE, ROLES, write_private

OWNER = ROLES[0]
SLOT = "replica"
CONNECT_S_MAX = 2


class PostgreSql(Server):
    programs = ("initdb", "postgres", "psql", "setpriv")
    end_signal = signal.SIGINT  # "fast": sessions are cut off, what is committed is written
    ended_s_max = 20  # of which writing a full cache may take the most

    def user(self):
        return servant().pw_name

    def prefix(self):
        return as_servant(self.state.folder)

    def tool(self, program, *arguments, **more):
        return self.tools.run([*self.prefix(), need(program), *arguments], **more)

    def make(self):
        secret = self.state.folder / "postgres.password"
        write_private(secret, self.state.password("postgres"))
        give(secret)
        self.data.mkdir(mode=0o700)
        give(self.data)
        try:
            # Unsynced: the power that could fail during these seconds loses nothing that anyone has.
            self.tool("initdb", "-D", self.data, "-U", "postgres", "--pwfile", secret, "--auth", "scram-sha-256",
                      "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
        finally:
            secret.unlink()
        self.write_settings()
        # One statement a line, as this mode wants it.
        roles = [f"CREATE ROLE {role} LOGIN PASSWORD '{self.state.password(role)}'" for role in ROLES]
        self.tool("postgres", "--single", "-D", self.data, "-c", "shared_buffers=16MB", "-c", "fsync=off", "postgres",
                  text="\n".join([*roles, f"ALTER ROLE {OWNER} CREATEROLE", f"CREATE DATABASE {BASE} OWNER {OWNER}"])
                  + "\n")

    def write_settings(self):
        file = self.data / "postgresql.conf"
        file.write_text(text_of("postgresql.conf", {"port": self.port}))
        give(file)

    def command(self):
        return [need("postgres"), "-D", self.data]

    def ask(self, statement):
        return ask(self.tools, self.state.store_url("postgres", self.name, "postgres"), statement)

    def listens(self):
        """What pg_ctl goes by: to ask before that would fill the log with refusals."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready"
        except (FileNotFoundError, IndexError):
            return False

    def is_ready(self):
        try:
            return self.ask("SELECT 1") == "1"
        except Failure:
            return False

    def clear(self):
        """Without its parent each session ends by itself, unless it is stopped. The parent's pid, which stands in a
        file, may be another's by now, or that of a zombie: PostgreSQL would take either for itself."""
        if self.data.exists() and not self.state.running(self.name):
            here = self.data.stat()
            for pid in filter(str.isdigit, os.listdir("/proc")):
                process = Process.of(int(pid))
                with contextlib.suppress(OSError):
                    if process and os.path.samestat(os.stat(f"/proc/{pid}/cwd"), here):
                        process.kill()
            (self.data / "postmaster.pid").unlink(missing_ok=True)


class Replica(PostgreSql):
    """Asynchronous: it may lack the last commits."""
    programs = (*PostgreSql.programs, "pg_basebackup")
    after = ("postgres",)

    def make(self):
        self.data.mkdir(mode=0o700)
        give(self.data)
        primary = self.state.store_url("postgres", "postgres", "postgres")
        ask(self.tools, primary, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
                                 f"WHERE slot_name = '{SLOT}'")
        self.tool("pg_basebackup", "-D", self.data, "-d", primary, "-R", "-C", "-S", SLOT, "-X", "stream",
                  "--checkpoint", "fast", "--no-sync")
        self.write_settings()

    def is_ready(self):
        """It streams, if there is someone to stream from and it was not promoted."""
        try:
            if self.ask("SELECT pg_is_in_recovery()") == "f" or not self.state.awake("postgres"):
                return True
            return self.ask("SELECT status FROM pg_stat_wal_receiver") == "streaming"
        except Failure:
            return False


def ask(tools, url, statement):
    """The answer as text; Failure if there is none."""
    return tools.run([need("psql"), "-XAtq", "-d", f"{url}?connect_timeout={CONNECT_S_MAX}", "-c", statement]).strip()
