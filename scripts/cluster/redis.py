"""Redis, which forgets all when it ends."""
import socket

from cluster.programs import need
from cluster.server import Server, text_of
from cluster.state import write_private


class Redis(Server):
    programs = ("redis-server",)

    def make(self):
        self.data.mkdir()
        write_private(self.data / "redis.conf", text_of("redis.conf", {
            "port": self.port, "folder": self.data, "password": self.state.password("redis")}))

    def command(self):
        return [need("redis-server"), self.data / "redis.conf"]

    def is_ready(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                line.sendall(f"AUTH {self.state.password('redis')}\r\nPING\r\n".encode())
                said = b""
                while said.count(b"\r\n") < 2 and (more := line.recv(100)):
                    said += more
            return said == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False
