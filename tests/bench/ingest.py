"""How fast rows get into a running daemon, beside programs that read the same file."""

import json
import pathlib
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

COLUMNS, BLOCK = 10, 1000

PANDAS = """
import sys, time, pandas
for line in sys.stdin:
    began = time.perf_counter()
    table = pandas.read_csv(sys.argv[1])
    print(time.perf_counter() - began, flush=True)
"""


class Format:
    def __init__(self, name, content_type, text, jq=True):
        self.name, self.type, self.text, self.jq = name, content_type, text, jq


def rows(digits):
    draw = random.Random(1)
    return [[format(draw.gauss(0, 1), f".{digits}g") for _ in range(COLUMNS)]
            for _ in range(BLOCK)]


def csv_of(block, blocks):
    yield ",".join(f"c{i}" for i in range(COLUMNS)) + "\n"
    text = "".join(",".join(row) + "\n" for row in block)
    for _ in range(blocks):
        yield text


def json_of(block, blocks):
    for member, part in (('{"x": [', slice(0, -1)), ('], "y": [', slice(-1, None))):
        yield member
        text = ", ".join(f"[{', '.join(row[part])}]" for row in block)
        for i in range(blocks):
            yield ", " * (i > 0) + text
    yield "]}"


def flat_of(block, blocks):
    text = "".join("{" + ", ".join(f'"c{i}": {v}' for i, v in enumerate(row)) + "}\n"
                   for row in block)
    for _ in range(blocks):
        yield text


def pairs_of(block, blocks):
    text = "".join(f'{{"x": [{", ".join(row[:-1])}], "y": {row[-1]}}}\n' for row in block)
    for _ in range(blocks):
        yield text


def formats(blocks):
    six, all_digits = rows(6), rows(17)
    return [Format("CSV", "text/csv", csv_of(six, blocks), jq=False),
            Format("CSV, 17 digits", "text/csv", csv_of(all_digits, blocks), jq=False),
            Format("JSON", "application/json", json_of(six, blocks)),
            Format("NDJSON, flat", "application/x-ndjson", flat_of(six, blocks)),
            Format("NDJSON, x and y", "application/x-ndjson", pairs_of(six, blocks))]


class Daemon:
    def __init__(self, program, folder):
        self.child = subprocess.Popen(
            [program, "--listen=127.0.0.1:0", f"--data-dir={folder}/store", "--max-body=4GiB"],
            stderr=subprocess.PIPE, text=True)
        for line in self.child.stderr:
            if '"listening"' in line:
                host, _, port = json.loads(line)["address"].rpartition(":")
                self.address = (host, int(port))
                return
        sys.exit("bench: the daemon did not start")

    def upload(self, file, content_type, query, status):
        """Seconds from the first byte sent to the reply."""
        with open(file, "rb") as text, socket.create_connection(self.address) as connection:
            began = time.perf_counter()
            connection.sendall(
                f"POST /v1/datasets{query} HTTP/1.1\r\nHost: {self.address[0]}\r\n"
                f"Content-Type: {content_type}\r\nConnection: close\r\n"
                f"Content-Length: {file.stat().st_size}\r\n\r\n".encode())
            connection.sendfile(text)
            reply = connection.recv(65536)
            took = time.perf_counter() - began
        if int(reply.split()[1]) != status:
            sys.exit(f"bench: {content_type}{query}: {reply.decode()}")
        return took

    def memory(self, field):
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"^{field}:\s+(\d+) kB", status, re.M).group(1)) * 1024

    def begin_peak(self):
        """Bytes held now, above which memory("VmHWM") is the most from here on."""
        pathlib.Path(f"/proc/{self.child.pid}/clear_refs").write_text("5", encoding="ascii")
        return self.memory("VmRSS")

    def close(self):
        self.child.terminate()
        self.child.stderr.close()
        self.child.wait()


def run(command, file):
    began = time.perf_counter()
    subprocess.run([*command, file], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def ask(pandas):
    print("go", file=pandas.stdin, flush=True)
    return float(pandas.stdout.readline())


def measure(daemon, form, file, rounds):
    """{what: seconds, round by round}. A wrong query is refused once all is parsed."""
    pandas = None
    if form.type == "text/csv":
        pandas = subprocess.Popen([sys.executable, "-c", PANDAS, file], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    took = {"stored": [], "parsed": [], "cat": [], "jq": [], "pandas": []}
    held = []
    for _ in range(rounds):
        idle = daemon.begin_peak()
        took["stored"].append(daemon.upload(file, form.type, "", 201))
        held.append(daemon.memory("VmHWM") - idle)
        took["parsed"].append(daemon.upload(file, form.type, "?target=none", 422))
        took["cat"].append(run(["cat"], file))
        took["jq"] += [run(["jq", "-c", "."], file)] if form.jq else []
        took["pandas"] += [ask(pandas)] if pandas else []
    if pandas:
        pandas.communicate()
    return took, max(held)


def row_of(form, took, size, held):
    """Rates are medians of the rounds; a ratio is the median of the rounds' own."""
    peer = took["jq"] or took["pandas"]
    cells = [form.name, f"{size:.0f}"]
    cells += [f"{size / statistics.median(s):,.0f}" if s else "" for s in took.values()]
    cells += [f"{statistics.median(p / s for p, s in zip(peer, took[what])):.2f}"
              for what in ("stored", "parsed")]
    return f"| {' | '.join([*cells, f'{held:.2f}'])} |"


def table(program, rounds, blocks, wanted):
    """blocks: thousands of rows; wanted: names of formats, None for all."""
    numbers = blocks * BLOCK * COLUMNS
    print(f"\nUploads of {blocks * BLOCK:,} rows of {COLUMNS} numbers, MB/s:\n")
    print("| format | MB | stored | parsed | cat | jq -c | pandas.read_csv | stored : peer "
          "| parsed : peer | memory : numbers |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "rows"
        daemon = Daemon(program, folder)
        for form in formats(blocks):
            if wanted and form.name not in wanted:
                continue
            with open(file, "w", encoding="ascii") as text:
                text.writelines(form.text)
            took, held = measure(daemon, form, file, rounds)
            print(row_of(form, took, file.stat().st_size / 1e6, held / (8 * numbers)), flush=True)
        daemon.close()
