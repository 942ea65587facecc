"""PgBouncer in front of PostgreSQL."""
from cluster.postgres import ask
from cluster.process import Failure
from cluster.programs import as_servant, give, need, servant
from cluster.server import Server, text_of
from cluster.state import ROLES, write_private


class PgBouncer(Server):
    programs = ("pgbouncer", "psql")
    after = ("postgres",)  # it is ready when it has passed a query on

    def user(self):
        return servant().pw_name

    def prefix(self):
        return as_servant(self.state.folder)

    def make(self):
        self.data.mkdir()
        users = self.data / "users.txt"
        # As they are, not as hashes: PgBouncer itself logs in with them.
        write_private(users, "".join(f'"{role}" "{self.state.password(role)}"\n' for role in ("postgres", *ROLES)))
        give(users)
        (self.data / "pgbouncer.ini").write_text(text_of("pgbouncer.ini", {
            "port": self.port, "postgres_port": self.state.port("postgres"), "users": users}))

    def command(self):
        return [need("pgbouncer"), self.data / "pgbouncer.ini"]

    def is_ready(self):
        """Without PostgreSQL, once it listens."""
        try:
            return not self.state.awake("postgres") or ask(
                self.tools, self.state.store_url(server=self.name), "SELECT 1") == "1"
        except Failure:
            return False
