"""A daemon whose allocations fail when a test says so, and what it may answer then.

The library of tests/faults/alloc.c counts the allocations of all threads. `Starved.ask` lets those
of some numbers fail while it asks: the reply is the usual one, a 503 that says so, or none, where
the connection closes; and the next one is the usual one again.
"""

import contextlib
import dataclasses
import http.client
import mmap
import pathlib
import re
import signal
import sqlite3
import struct
import subprocess
import tempfile
import time
import typing

from harness import BUILD, PROGRAM, SANITIZED, Daemon, Reply, die_with_parent

LIBRARY = BUILD / "tests" / "faults" / "alloc.so"
SKIP = "a sanitizer has the allocations to itself" if SANITIZED else ""

PLACES = {name: i for i, name in enumerate(("calls", "from", "until", "failed", "blocks", "bytes"))}
# Questions to the store, and what is right.
SOUND = {
    "damaged": ("PRAGMA integrity_check", [("ok",)]),
    "parts of nothing": ("PRAGMA foreign_key_check", []),
    "numbers of nobody": (
        "SELECT id FROM blobs EXCEPT SELECT blob FROM datasets EXCEPT SELECT blob FROM models"
        " EXCEPT SELECT blob FROM checkpoints EXCEPT SELECT initial FROM jobs", []),
    "numbers in part": (
        "SELECT id, size, sum(length(bytes)) FROM blobs JOIN blob_chunks ON blob = id GROUP BY id"
        " HAVING sum(length(bytes)) <> size", []),
    "jobs under way": ("SELECT id, state FROM jobs WHERE state IN ('queued', 'running')", []),
    "jobs that failed for another reason": (
        "SELECT id, error FROM jobs WHERE state = 'failed' AND error_status <> 'out-of-memory'",
        []),
    "weights that are not those of the same job": (
        "SELECT hyperparameters, count(DISTINCT m.digest) FROM jobs JOIN models m ON m.job = id"
        " GROUP BY hyperparameters, dataset_digest, initial IS NULL HAVING count(DISTINCT m.digest)"
        " > 1", []),
}

TOKEN = "f" * 64  # the administrator's, who may ask everything
BURST = 20  # failures in a row, so that saying so fails too


class Memory:
    """The test's end of the file that alloc.c maps."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="backpropd-memory-")
        self.path = pathlib.Path(self.folder.name) / "state"
        self.path.write_bytes(bytes(8 * len(PLACES)))
        with open(self.path, "r+b") as file:
            self.numbers = mmap.mmap(file.fileno(), 0)
        self.environment = {"LD_PRELOAD": str(LIBRARY), "ALLOC_FAULTS": str(self.path)}

    def __getitem__(self, name):
        return struct.unpack_from("<q", self.numbers, 8 * PLACES[name])[0]

    def __setitem__(self, name, number):
        struct.pack_into("<q", self.numbers, 8 * PLACES[name], number)

    def fail(self, first, count=1):
        """From now, `count` allocations fail, the first of them number `first`, from 0."""
        self.mend()
        self["failed"] = self["calls"] = 0
        self["from"] = first
        self["until"] = first + count

    def mend(self):
        """All succeed again; whether any failed."""
        self["until"] = 0
        return self["failed"] > 0


def exactly(reply):
    """What of a reply is the same each time, where it has no time and no id of its own. Without
    memory for a tag or for gzip, the same comes without or with another."""
    return reply.status, reply.type, reply.headers.get("Location"), reply.plain


@dataclasses.dataclass
class Ask:
    """A request, and how its reply is known to be the usual one."""

    name: str
    method: str
    path: str
    body: typing.Optional[bytes] = None
    headers: dict = dataclasses.field(default_factory=dict)
    same: typing.Callable = exactly  # what of its reply is the same each time
    also: typing.Callable = lambda reply: False  # a reply that is right too, without memory
    prepare: typing.Callable = lambda daemon: ""  # makes what it is about: {} in the path
    makes: str = ""  # a table of the store that has one row more then
    every: int = 1  # of so many allocations one is tried, where there are thousands
    tight: bool = True  # what is allocated is the same each time, or soon


class Starved(Daemon):
    def __init__(self, *options):
        self.memory = Memory()
        super().__init__(*options, token=TOKEN,
                         environment={**self.memory.environment, "BACKPROPD_TOKEN": TOKEN})

    def close(self):
        try:
            super().close()
        finally:
            self.memory.folder.cleanup()

    def answer(self, ask, about):
        """The reply, None where the connection closed without one."""
        connection = http.client.HTTPConnection(*self.address, timeout=20)
        path = ask.path.replace("{}", about)
        shown = {"Authorization": f"Bearer {self.token}"}
        try:
            headers = {name: text.replace("{}", about) for name, text in ask.headers.items()}
            connection.request(ask.method, path, ask.body, {**shown, **headers})
            response = connection.getresponse()
            body = response.read()
        except (http.client.HTTPException, ConnectionError):
            return None
        finally:
            connection.close()
        return Reply(ask.method, path, response.status, response.headers, body)

    def ask(self, ask, first=0, count=0):
        """The reply while allocations fail, and whether any did."""
        about = ask.prepare(self)
        self.memory.fail(first, count)
        try:
            return self.answer(ask, about), self.memory["failed"] > 0
        finally:
            self.memory.mend()

    def usual(self, ask):
        """The reply, with caches that are warm."""
        for _ in range(3):
            reply, _ = self.ask(ask)
        if reply is None or reply.status >= 400:
            raise AssertionError(f"{ask.name}: {reply}")
        return reply

    def blocks(self, usual=None, seconds=0.03):
        """What is allocated; waits a moment for `usual`, as a connection ends after its reply."""
        until = time.monotonic() + seconds
        while self.memory["blocks"] != usual and time.monotonic() < until:
            time.sleep(0.001)
        return self.memory["blocks"]

    def sweep(self, ask, count=1, first=0, step=1):
        """Lets allocations fail in the midst of a request, from `first` on every `step`-th, until
        it has no more; how many were tried, and what was wrong, as sentences."""
        usual = self.usual(ask)
        blocks = self.blocks()
        wrong, failed, at = [], True, first
        while failed and not self.ended():
            sentences, failed = self.try_one(ask, usual, at, count)
            now = self.blocks(blocks)
            if ask.tight and now > blocks and self.leaks(ask, at, count):
                sentences.append("leaks")
            blocks = now
            wrong += [f"{ask.name}, {count} from allocation {at}: {what}" for what in sentences]
            at += step
        return (at - first) // step - 1, wrong

    def try_one(self, ask, usual, first, count):
        before = self.rows(ask.makes)
        reply, failed = self.ask(ask, first, count)
        if self.ended():
            return [f"exit status {self.process.returncode}"], failed
        made = self.rows(ask.makes) - before
        if made > 1 or (ask.makes and made == 0 and reply is not None and reply.status < 300):
            return [f"{reply}, and {made} made"], failed
        again, _ = self.ask(ask)
        return [*wrong_reply(ask, usual, reply, failed),
                *(f"and then {what}" for what in wrong_reply(ask, usual, again, False))], failed

    def rows(self, table):
        """How many a table of the store has; 0 for none."""
        if not table:
            return 0
        with contextlib.closing(self.store()) as store:
            return store.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def store(self):
        return sqlite3.connect(f"file:{self.directory}/backpropd.db?mode=ro", uri=True)

    def halves(self):
        """What is wrong with the store, as sentences: it is to be sound, and nothing in parts."""
        with contextlib.closing(self.store()) as store:
            for what, (sql, right) in SOUND.items():
                found = store.execute(sql).fetchall()
                if found != right:
                    yield f"{what}: {found[:5]}"

    def leaks(self, ask, first, count):
        """Whether more is allocated each time that it fails there, and never where nothing fails,
        as while the store's cache is not yet full."""
        return self.grows(ask, first, count) == 5 and self.grows(ask) == 0

    def grows(self, ask, first=0, count=0):
        """In how many of five repetitions more is allocated than before."""
        seen = []
        for _ in range(6):
            self.ask(ask, first, count)
            seen.append(self.blocks(seen[-1] if seen else None, 0.5))
        return sum(a < b for a, b in zip(seen, seen[1:]))


def wrong_reply(ask, usual, reply, failed):
    if reply is None:
        if not failed:
            yield "no answer, though nothing failed"
    elif ask.same(reply) == ask.same(usual) or (failed and ask.also(reply)):
        return
    elif not failed or reply.status != 503:
        yield f"{reply}, not {usual}"
    elif reply.headers.get("Retry-After") is None:
        yield f"{reply} without Retry-After"
    elif reply.json and reply.json["type"] != "/problems/out-of-memory":
        yield f"{reply}, not for lack of memory"


def start(memory, directory, first, count=1):
    """Starts a daemon whose allocations fail, and stops it if it did start. Its exit status, what
    it said, whether it started, and whether any allocation failed."""
    command = [str(PROGRAM), "--listen=127.0.0.1:0", f"--data-dir={directory}"]
    memory.fail(first, count)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, env=memory.environment,
                          preexec_fn=die_with_parent) as process:
        said = []
        for line in process.stderr:
            said.append(line.decode())
            if '"event":"listening"' in said[-1]:
                memory.mend()
                process.send_signal(signal.SIGTERM)
        started = any('"event":"listening"' in line for line in said)
        return process.wait(timeout=20), "".join(said), started, memory["failed"] > 0


def starts(memory, directory, step=1):
    """Starts a daemon with a failure at every `step`-th allocation until it has no more; what was
    wrong, as sentences. It either starts, or exits with 1 and says why on its last line."""
    wrong, failed, at = [], True, 0
    start(memory, directory, 0, 0)  # makes the store
    while failed:
        status, said, started, failed = start(memory, directory, at)
        why = said.strip().splitlines()[-1:] if not started else []
        silent = not started and not re.match(r"backpropd: .+\w$", *why)
        if status != (0 if started else 1) or silent:
            wrong.append(f"allocation {at}: exit status {status}: {said[-500:]}")
        at += step
    return wrong
