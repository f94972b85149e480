"""A small reader of C for the structure tests: comments and strings told from code, the functions
with their lengths, parameters and nesting, the includes. It knows the C that this project writes,
not all there is."""

import re

TOKEN = re.compile(r"""
      (?P<comment> /\*.*?\*/ | //[^\n]* )
    | (?P<string>  "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )
    | (?P<directive> ^[ \t]*\#(?:\\\n|[^\n])* )
    | (?P<word> [A-Za-z_]\w* )
    | (?P<number> \.?\d(?:[eEpP][+-]|[\w.])* )
    | (?P<newline> \n )
    | (?P<blank> [ \t]+ | \\\n )
    | (?P<sign> . )
""", re.VERBOSE | re.DOTALL | re.MULTILINE)

CONTROL = ("if", "for", "while", "switch")
PAIRS = {"(": ")", "[": "]", "{": "}"}


class Token:
    def __init__(self, kind, text, line):
        self.kind, self.text, self.line = kind, text, line


def tokens(text):
    """All of the text but blanks, each with the line that it begins on."""
    line = 1
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        if kind not in ("newline", "blank"):
            yield Token(kind, match.group(), line)
        line += match.group().count("\n")


class Function:
    def __init__(self, name, head, lines, parameters, depth):
        self.name, self.head, (self.first, self.last) = name, head, lines
        self.parameters, self.depth = parameters, depth

    @property
    def lines(self):
        return self.last - self.first + 1


class Source:
    def __init__(self, text):
        self.text = text
        self.lines = text.splitlines()
        everything = list(tokens(text))
        self.comments = [t for t in everything if t.kind == "comment"]
        self.strings = [t for t in everything if t.kind == "string" and t.text[0] == '"']
        self.directives = [t for t in everything if t.kind == "directive"]
        self.code = [t for t in everything if t.kind in ("word", "number", "sign", "string")]
        self.first = everything[0] if everything else None

    def words(self):
        return {t.text for t in self.code if t.kind == "word"}

    def includes(self):
        """[(path, line)], <...> and "..." alike; a path in angle brackets keeps its brackets."""
        found = []
        for t in self.directives:
            match = re.match(r'\s*#\s*include\s*(?:"([^"]+)"|(<[^>]+>))', t.text)
            if match:
                found.append((match.group(1) or match.group(2), t.line))
        return found

    def functions(self):
        """The functions that are defined here."""
        found, i, code = [], 0, self.code
        while i < len(code):
            if code[i].text == "{":
                end = self.close(i)
                head = self.head_of(i)
                if head is not None:
                    found.append(self.function(head, i, end))
                i = end
            i += 1
        return found

    def close(self, i):
        """The index of the sign that closes the one at i."""
        opening, closing, depth = self.code[i].text, PAIRS[self.code[i].text], 0
        for j in range(i, len(self.code)):
            if self.code[j].text == opening:
                depth += 1
            elif self.code[j].text == closing:
                depth -= 1
                if depth == 0:
                    return j
        raise ValueError(f"line {self.code[i].line}: {opening} is never closed")

    def head_of(self, brace):
        """The index of the name of the function whose body opens at brace; None for what is no
        function: the parameters end right before the brace and the name stands before them."""
        i = brace - 1
        if i < 1 or self.code[i].text != ")":
            return None
        depth = 0
        while i >= 0:
            depth += {")": 1, "(": -1}.get(self.code[i].text, 0)
            if depth == 0:
                break
            i -= 1
        return i - 1 if i > 0 and self.code[i - 1].kind == "word" else None

    def function(self, head, opening, closing):
        first = head
        while first > 0 and self.code[first - 1].text not in (";", "}"):
            first -= 1
        walk = Walk(self, opening + 1, closing)
        before = [t.text for t in self.code[first:head]]
        return Function(self.code[head].text, before, (self.code[first].line,
                        self.code[closing].line), self.parameters(head + 1), walk.deepest)

    def parameters(self, opening):
        inside = self.code[opening + 1:self.close(opening)]
        if not inside or [t.text for t in inside] == ["void"]:
            return 0
        depth, count = 0, 1
        for t in inside:
            depth += (t.text in "([{") - (t.text in ")]}")
            count += t.text == "," and depth == 0
        return count


class Walk:
    """How deep the statements of a body are nested: `if (a) { for (...) b; }` is 2 deep, braces or
    not, and `else if` is no deeper than its `if`."""

    def __init__(self, source, start, end):
        self.source, self.code, self.end = source, source.code, end
        self.deepest = 0
        i = start
        while i < end:
            i = self.statement(i, 0)

    def statement(self, i, depth):
        """Reads the statement at i; returns where the next begins."""
        self.deepest = max(self.deepest, depth)
        word = self.code[i].text
        if word == "{":
            return self.block(i, depth)
        if word in CONTROL or self.is_loop_macro(i):
            i = self.statement(self.source.close(i + 1) + 1, depth + 1)
            return self.otherwise(i, depth) if word == "if" else i
        if word == "do":
            i = self.statement(i + 1, depth + 1)
            return self.source.close(i + 1) + 2
        if word in ("case", "default") or (i + 1 < self.end and self.code[i].kind == "word"
                                           and self.code[i + 1].text == ":"):
            return self.label(i, depth)
        return self.simple(i)

    def is_loop_macro(self, i):
        if self.code[i].kind != "word" or i + 1 >= self.end or self.code[i + 1].text != "(":
            return False
        after = self.source.close(i + 1) + 1
        return after < self.end and self.code[after].text == "{"

    def block(self, i, depth):
        end = self.source.close(i)
        i += 1
        while i < end:
            i = self.statement(i, depth)
        return end + 1

    def otherwise(self, i, depth):
        if i >= self.end or self.code[i].text != "else":
            return i
        if self.code[i + 1].text == "if":
            return self.statement(i + 1, depth)
        return self.statement(i + 1, depth + 1)

    def label(self, i, depth):
        while self.code[i].text != ":":
            i += 1
        return i + 1 if self.code[i + 1].text == "}" else self.statement(i + 1, depth)

    def simple(self, i):
        while i < self.end and self.code[i].text != ";":
            i = self.source.close(i) + 1 if self.code[i].text in PAIRS else i + 1
        return i + 1
