"""The rules of the house as functions over sources: each gives the complaints, one a line. They
take {path: Source}, so that the tests of the rules can feed them bad samples."""

import re

# What the core may include of the outside: the language and its arithmetic.
CORE_HEADERS = {"<assert.h>", "<float.h>", "<limits.h>", "<math.h>", "<stdbool.h>", "<stddef.h>",
                "<stdint.h>", "<stdlib.h>", "<string.h>"}

CORE_WORDS = re.compile(
    r"^(_mm\w*|__m(64|128|256|512)\w*|__builtin_ia32\w*|vector_size|__vector|asm|__asm|__asm__"
    r"|_Pragma|target|target_clones|__target__|optimize|__optimize__|simd"
    r"|exit|abort|_Exit|quick_exit|atexit|printf|fprintf|puts|putchar|getenv|rand|srand|time|clock"
    r"|_Thread_local|_Atomic|__thread|pthread_\w+)$")

# A library's header, and the files that may include it.
LIBRARIES = {
    "<microhttpd.h>": re.compile(r"^server/http/"),
    "<sqlite3.h>": re.compile(r"^server/store/db/"),
    "<jansson.h>": re.compile(r"^server/(tools/spec|api/codec/codec_)\w*\.[ch]$"),
    "<protobuf-c": re.compile(r"^server/api/export/\w*onnx\w*\.[ch]$"),
    "<onnx.pb-c.h>": re.compile(r"^server/api/export/\w*onnx\w*\.[ch]$"),
    "<zlib.h>": re.compile(r"^server/(ingest/gunzip|api/present)\.c$"),
    "<gnutls/": re.compile(r"^server/(tools/(digest|healthcheck)|http/tls)\.c$"),
}

# Which folders a file may include from: only what lies below it, and its own.
BELOW = {
    "core": {"core"},
    "tools": {"tools"},
    "state": {"tools", "state", "core"},
    "store": {"tools", "state", "store", "core"},
    "ingest": {"tools", "ingest", "core"},
    "services": {"tools", "state", "store", "services", "core"},
    "worker": {"tools", "state", "store", "services", "worker", "core"},
    "tokens": {"tools", "state", "store", "tokens", "core"},
    "api": {"tools", "state", "store", "services", "ingest", "tokens", "api", "core"},
    "http": {"tools", "state", "store", "services", "ingest", "api", "http", "core"},
    "app": {"tools", "state", "store", "services", "ingest", "worker", "tokens", "api", "http",
            "app", "core"},
    "commands": {"tools", "state", "store", "tokens", "commands", "core"},
    "main": {"tools", "commands", "app", "main", "core"},
}

FUNCTION_LINES, FUNCTION_LINES_GOOD, SHARE_OVER_GOOD = 60, 40, 0.05
DEPTH, PARAMETERS, FILE_LINES, HEADER_LINES, COLUMNS = 3, 5, 400, 90, 100
FOREIGN = {"MHD_Result", "SQLITE_CALLBACK"}


def layer(path):
    """core/net.c -> core; server/store/store.h -> store; server/app.c -> app."""
    parts = path.parts
    if parts[0] == "core":
        return "core"
    return parts[1] if len(parts) > 2 else path.stem


def included_layer(name):
    """Of an include in quotes: "core/net.h" -> core; "store/store.h" -> store; "app.h" -> app."""
    head, slash, _ = name.removeprefix("server/").partition("/")
    return head if slash else head.removesuffix(".h")


def core_stands_alone(sources):
    for path, source in sources.items():
        for name, line in source.includes():
            inside = not name.startswith("<")
            if inside and not name.startswith("core/") or not inside and name not in CORE_HEADERS:
                yield f"{path}:{line}: the core includes {name}"


def core_is_plain(sources):
    for path, source in sources.items():
        for token in source.code:
            if token.kind == "word" and CORE_WORDS.match(token.text):
                yield f"{path}:{token.line}: {token.text} in the core"
        for token in source.directives:
            if re.match(r"\s*#\s*pragma", token.text):
                yield f"{path}:{token.line}: a pragma in the core"


def libraries_stay_in_their_rooms(sources):
    for path, source in sources.items():
        for name, line in source.includes():
            for header, rooms in LIBRARIES.items():
                if name.startswith(header) and not rooms.match(str(path)):
                    yield f"{path}:{line}: {name} is not included here"


def arrows_point_down(sources):
    for path, source in sources.items():
        own = layer(path)
        if own not in BELOW:
            yield f"{path}: no layer of this name is known"
            continue
        for name, line in source.includes():
            if not name.startswith("<") and included_layer(name) not in BELOW[own]:
                yield f"{path}:{line}: {own} includes {name}"


def functions_keep_their_budgets(sources):
    """The parameters of a callback of libmicrohttpd (it returns an MHD_Result) or of SQLite (it is
    marked as one) are not ours."""
    for path, source in sources.items():
        for f in source.functions():
            place = f"{path}:{f.first}: {f.name}"
            if f.lines > FUNCTION_LINES:
                yield f"{place} has {f.lines} lines"
            if f.depth > DEPTH:
                yield f"{place} is nested {f.depth} deep"
            if f.parameters > PARAMETERS and not FOREIGN.intersection(f.head):
                yield f"{place} takes {f.parameters} parameters"


def long_functions_are_few(sources):
    every = [(path, f) for path, source in sources.items() for f in source.functions()]
    long = [f"{path}:{f.first}: {f.name} has {f.lines} lines"
            for path, f in every if f.lines > FUNCTION_LINES_GOOD]
    if len(long) > SHARE_OVER_GOOD * len(every):
        yield (f"{len(long)} of {len(every)} functions are over {FUNCTION_LINES_GOOD} lines: "
               + "; ".join(long))


def files_keep_their_budgets(sources):
    for path, source in sources.items():
        room = HEADER_LINES if path.suffix == ".h" else FILE_LINES
        if len(source.lines) > room:
            yield f"{path}: {len(source.lines)} lines, room for {room}"


def lines_keep_their_width(texts):
    for path, text in texts.items():
        for number, line in enumerate(text.splitlines(), 1):
            if len(line.expandtabs(4)) > COLUMNS:
                yield f"{path}:{number}: {len(line.expandtabs(4))} columns"


# What would make markup, or code, of data.
MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
                    r"|setAttribute\('(?:style|on)")


def modules_keep_their_rules(modules):
    """Of {path: text} of JavaScript: size, charter, and that data never become markup."""
    for path, text in modules.items():
        if text.count("\n") > FILE_LINES:
            yield f"{path}: {text.count(chr(10))} lines"
        if not text.startswith("// "):
            yield f"{path}: does not begin with its charter"
        for number, line in enumerate(text.splitlines(), 1):
            if MARKUP.search(line):
                yield f"{path}:{number}: data as markup or code"


def files_begin_with_their_charter(sources):
    for path, source in sources.items():
        if source.first is None or source.first.kind != "comment" or source.first.line != 1:
            yield f"{path}: does not begin with a comment that says what it is"


def routes_are_in_one_table(sources):
    for path, source in sources.items():
        if str(path) in ("server/api/route.c", "server/api/api_guide.c",  # people read these two
                         "server/tokens/token_start.c"):
            continue
        for token in source.strings:
            if "/v1/" in token.text:
                yield f"{path}:{token.line}: {token.text} belongs in server/api/route.c"


def tokens_are_compared_in_constant_time(source):
    """The one place that looks a token up walks all of them, whatever it finds on the way."""
    (lookup,) = [f for f in source.functions() if f.name == "access_scope"]
    body = "\n".join(source.lines[lookup.first - 1:lookup.first - 1 + lookup.lines])
    words = re.findall(r"\w+", body)
    if words.count("digest_equal") != 1 or words.count("return") != 1:
        yield "access_scope does not compare by digest_equal to the end"
    for word in sorted({"strcmp", "strncmp", "memcmp", "break", "goto"} & set(words)):
        yield f"{word} in access_scope"


def schema_is_commented(path, text):
    """Each table begins with a comment, so that the store itself shows it, and each column has one
    at the end of its lines."""
    table = re.compile(r"^CREATE TABLE (\w+) \(\n(.*?)^\)", re.MULTILINE | re.DOTALL)
    column = re.compile(r"^ {4}(\w+) (?:INTEGER|REAL|TEXT|BLOB|ANY)\b", re.MULTILINE)
    found = list(table.finditer(text))
    if len(found) != text.count("CREATE TABLE"):
        yield f"{path}: a table that this test cannot read"
    for match in found:
        name, body = match.groups()
        if not body.lstrip().startswith("--"):
            yield f"{path}: the table {name} does not begin with a comment"
        columns = list(column.finditer(body))
        ends = [c.start() for c in columns[1:]] + [len(body)]
        for c, end in zip(columns, ends):
            if "--" not in body[c.start():end]:
                yield f"{path}: no comment on {name}.{c.group(1)}"
