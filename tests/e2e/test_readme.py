"""README.md: its commands for a newcomer, typed as written, with the programs of the build."""

import time

from case import BUILD, environment
from test_fleet import FleetCase

import readme


class Newcomer(FleetCase):
    def test_a_fleet_with_tls_a_late_node_and_a_lock_by_copy_and_paste(self):
        (install, *pasted), shown = readme.newcomer()
        self.assertIn("apt install ./remaphore_", install)
        self.assertEqual((len(pasted), len(shown)), (2, 4))
        script = "\n".join(pasted)
        for words in ("init fleet --tls ", "hub fleet", "--since", "--lock"):
            self.assertIn(words, script)
        self.assertIn("127.0.0.1:4223", script)
        script = script.replace("127.0.0.1:4223", f"127.0.0.1:{self.port}") + "\nkill $(jobs -p)\n"
        began = time.monotonic()
        path = f"{BUILD}:{environment()['PATH']}"
        process = self.start("/bin/bash", "-euc", script, cwd=self.folder, env=environment(PATH=path))
        process.expect_exit(0, within=readme.WITHIN)
        self.assertLess(time.monotonic() - began, readme.WITHIN)
        lines = process.stdout.lines
        self.assertEqual(sorted(lines[-4:]), sorted(shown), lines)
        self.dir = self.path("fleet")
        self.assertEqual(self.setting("com.example.left", "server"), [f"tls://127.0.0.1:{self.port}"])

    def test_the_block_for_the_service_finds_all_files_of_the_server(self):
        self.init("--tls", "com.a")
        line, = (line for line in readme.service().splitlines() if line.startswith("sed "))
        made = self.path("made.conf")
        line = line.replace("fleet/hub", f"{self.dir}/hub").replace("/etc/nats-server.conf", made)
        self.start("/bin/sh", "-euc", line).expect_exit(0)
        with open(made) as file:
            text = file.read()
        for name, value in (("store_dir", ""), ("cert_file", "/server.pem"), ("key_file", "/server.key")):
            self.assertIn(f'  {name}: "/var/lib/nats{value}"\n', text)
        self.assertNotIn(self.dir, text)
