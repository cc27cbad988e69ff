"""The real nats-server in operator mode, on loopback and a port of its own."""

import os
import re
import shutil
import signal
import ssl
import subprocess
import tempfile

from nats_client import NatsClient
from nkeys import Authority
from process import Process, is_stopped, wait_until


def find_nats_server():
    path = shutil.which("nats-server", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not path:
        raise RuntimeError("nats-server is not installed")
    return path


class NatsServer:
    """`authority` says who may connect; without one, `plain` config lines do. `jetstream`: it keeps streams too."""

    def __init__(self, *, authority=None, plain=None, tls=None, host="127.0.0.1", port=-1, max_payload=None,
                 max_connections=None, jetstream=False, extra="", variables=None):
        self.folder = tempfile.mkdtemp(prefix="hub-")
        self.authority = None if plain is not None else authority or Authority()
        self.plain, self.tls, self.host, self.port = plain, tls, host, port
        self.max_payload, self.max_connections = max_payload, max_connections
        self.jetstream, self.extra = jetstream, extra
        if jetstream and self.authority:
            self.authority.disk_storage = -1
        self.process = None
        self.variables = variables  # added to its environment
        self._credentials = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def config_text(self):
        text = f'listen: "{self.host}:{self.port}"\n'
        text += self.plain if self.plain is not None else self.authority.server_config()
        if self.max_payload:
            text += f"max_payload: {self.max_payload}\n"
        if self.max_connections:
            text += f"max_connections: {self.max_connections}\n"
        if self.tls:
            text += self.tls.server_config()
        if self.jetstream:
            text += f'jetstream {{\n  store_dir: "{self.store}"\n  max_file: 1GB\n  max_mem: 16MB\n}}\n'
        return text + self.extra

    @property
    def store(self):
        """What it keeps on disk."""
        return os.path.join(self.folder, "store")

    def lose_store(self):
        """Gives a server that is not running a new disk."""
        shutil.rmtree(self.store)

    def write_config(self):
        self.config = os.path.join(self.folder, "nats-server.conf")
        with open(self.config, "w") as file:
            file.write(self.config_text())

    def start(self, debug=False):
        self.write_config()
        environment = {**os.environ, **self.variables} if self.variables else None
        self.process = Process([find_nats_server(), "-c", self.config] + (["-DV"] if debug else []), env=environment)
        log = self.process.stderr.wait_for("Server is ready").decode()
        self.port = int(re.search(r"Listening for client connections on \S*:(\d+)", log).group(1))
        self.write_config()  # with the port, for reloads
        return self

    def restart(self, **options):
        self.kill()
        return self.start(**options)

    def kill(self):
        if self.process:
            self.process.signal(signal.SIGKILL)
            self.process.wait_exit()
            self.process.close()
            self.process = None

    def freeze(self):
        self.process.signal(signal.SIGSTOP)
        wait_until(lambda: is_stopped(self.process.pid), "every thread of the server stopped")

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def lame_duck(self):
        self.process.signal(signal.SIGUSR2)

    def reload(self):
        before = self.log.count("Reloaded server configuration")
        self.write_config()
        self.process.signal(signal.SIGHUP)
        wait_until(lambda: self.log.count("Reloaded server configuration") > before, "the server reloaded")

    def close(self):
        if self.process:
            self.process.signal(signal.SIGCONT)
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self):
        return self.process.stderr.text

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    @property
    def url(self):
        return f"nats://{self.address}"

    @property
    def credentials(self):
        """Credentials of a user who may do everything; for foreign nodes of tests that are not about permissions."""
        if self._credentials is None and self.authority:
            self._credentials = self.authority.user("everything").credentials
        return self._credentials

    def client(self, credentials=None):
        context = self.tls.client_context() if self.tls else None
        return NatsClient(self.url, credentials or self.credentials, tls=context)


class Certificates:
    """A CA, a server certificate and a client certificate, fresh from the openssl command."""

    def __init__(self, folder, *, names="IP:127.0.0.1,DNS:localhost", verify_clients=False, days=2):
        self.folder, self.names, self.verify_clients, self.days = folder, names, verify_clients, days
        os.makedirs(folder, exist_ok=True)
        self.ca, self.ca_key = self.path("ca.pem"), self.path("ca.key")
        self._openssl("req", "-x509", *self._new_key(self.ca_key), "-subj", "/CN=test authority", "-days", "2",
                      "-out", self.ca)
        self.server_cert, self.server_key = self.issue("server", f"subjectAltName={names}", days)
        self.client_cert, self.client_key = self.issue("client", "extendedKeyUsage=clientAuth", 2)

    def path(self, name):
        return os.path.join(self.folder, name)

    def _new_key(self, path):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]

    def _openssl(self, *words):
        done = subprocess.run(["openssl", *words], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"openssl {words}: {done.stderr}")

    def issue(self, name, extension, days):
        cert, key, request, ext = (self.path(name + end) for end in (".pem", ".key", ".csr", ".ext"))
        with open(ext, "w") as file:
            file.write(extension + "\n")
        self._openssl("req", *self._new_key(key), "-subj", f"/CN={name}", "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.ca_key, "-CAcreateserial",
                      "-days", str(days), "-extfile", ext, "-out", cert)
        return cert, key

    def server_config(self):
        verify = f'  ca_file: "{self.ca}"\n  verify: true\n' if self.verify_clients else ""
        return (f'tls {{\n  cert_file: "{self.server_cert}"\n  key_file: "{self.server_key}"\n{verify}'
                f"  timeout: 5\n}}\n")

    def client_context(self):
        context = ssl.create_default_context(cafile=self.ca)
        context.check_hostname = False
        context.load_cert_chain(self.client_cert, self.client_key)
        return context
