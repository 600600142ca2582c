"""A small evaluator for the part of GN that V8's build files use.

V8 says in BUILD.gn which sources and macros a configuration has, so the recipe
asks BUILD.gn instead of repeating it: an update of V8 brings its own lists.

    gn = Gn(root, args)              # args override declare_args()
    gn.load("BUILD.gn")
    gn.target("v8_libbase")["sources"]

Blocks of targets and configs are evaluated when asked for; templates and
actions are never run. Anything unknown is an error that names the line.
"""
import os
import re

TOKEN = re.compile(r"""\s+|\#[^\n]*|(?P<string>"(?:\\.|[^"\\])*")|(?P<name>[A-Za-z_]\w*)
    |(?P<number>-?\d+)|(?P<op>\+=|-=|==|!=|<=|>=|&&|\|\||[-+=<>!(){}\[\],.])""", re.X)


class GnError(Exception):
    pass


class Parser:
    """Turns text into tuples; statements are (kind, line, ...)."""

    def __init__(self, text, file):
        self.file, self.tokens, at = file, [], 0
        line = 1
        while at < len(text):
            match = TOKEN.match(text, at)
            if not match:
                raise GnError(f"{file}:{line}: cannot read {text[at:at + 20]!r}")
            if match.lastgroup:
                self.tokens.append((match.lastgroup, match.group(), line))
            line += match.group().count("\n")
            at = match.end()
        self.tokens.append(("end", "", line))
        self.at = 0

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead][1] if self.at + ahead < len(self.tokens) else ""

    def next(self, want=None):
        kind, text, line = self.tokens[self.at]
        if want is not None and text != want:
            raise GnError(f"{self.file}:{line}: expected {want!r}, found {text!r}")
        self.at += 1
        return kind, text, line

    def block(self):
        self.next("{")
        out = []
        while self.peek() != "}":
            out.append(self.statement())
        self.next("}")
        return out

    def file_body(self):
        out = []
        while self.tokens[self.at][0] != "end":
            out.append(self.statement())
        return out

    def statement(self):
        line = self.tokens[self.at][2]
        if self.peek() == "if":
            return self.condition()
        if self.peek(1) == "(":
            name = self.next()[1]
            args = self.arguments()
            body = self.block() if self.peek() == "{" else None
            return ("call", line, name, args, body)
        name = self.next()[1]
        while self.peek() == ".":           # scope.member = value
            self.next()
            name += "." + self.next()[1]
        if self.peek() == "[":              # list[index] = value
            self.next()
            self.expression()
            self.next("]")
        return ("assign", line, name, self.next()[1], self.expression())

    def condition(self):
        line = self.next("if")[2]
        self.next("(")
        test = self.expression()
        self.next(")")
        then, other = self.block(), []
        if self.peek() == "else":
            self.next()
            other = [self.condition()] if self.peek() == "if" else self.block()
        return ("if", line, test, then, other)

    def arguments(self):
        self.next("(")
        args = []
        while self.peek() != ")":
            args.append(self.expression())
            if self.peek() == ",":
                self.next()
        self.next(")")
        return args

    LEVELS = [("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-")]

    def expression(self, level=0):
        if level == len(self.LEVELS):
            return self.unary()
        left = self.expression(level + 1)
        while self.peek() in self.LEVELS[level]:
            _, op, line = self.next()
            left = ("op", line, op, left, self.expression(level + 1))
        return left

    def unary(self):
        kind, text, line = self.next()
        if text == "!":
            return ("not", line, self.unary())
        if text == "(":
            inner = self.expression()
            self.next(")")
            return inner
        if text == "[":
            items = []
            while self.peek() != "]":
                items.append(self.expression())
                if self.peek() == ",":
                    self.next()
            self.next("]")
            return ("list", line, items)
        if text == "{":
            self.at -= 1
            return ("scope", line, self.block())
        if kind == "string":
            return ("string", line, text[1:-1])
        if kind == "number":
            return ("value", line, int(text))
        if kind == "name":
            if text in ("true", "false"):
                return ("value", line, text == "true")
            if self.peek() == "(":
                return ("fn", line, text, self.arguments())
            node = ("name", line, text)
            while self.peek() == ".":
                self.next()
                node = ("name", line, node[2] + "." + self.next()[1])
            return node
        raise GnError(f"{self.file}:{line}: unexpected {text!r}")


class Gn:
    SKIP = {"template", "action", "generated_file", "print", "not_needed", "set_defaults"}

    def __init__(self, root, args):
        self.root, self.args = root, args
        self.vars = dict(args)
        self.targets = {}

    def load(self, path):
        self.file = path
        with open(os.path.join(self.root, path), encoding="utf-8") as f:
            body = Parser(f.read(), path).file_body()
        self.run(body, self.vars)
        return self

    def target(self, name):
        """The variables that the block of target or config `name` sets."""
        if name not in self.targets:
            raise GnError(f"{self.file}: no target {name!r}; V8 renamed it: fix the recipe's lists")
        scope = dict(self.vars)
        before = dict(scope)
        self.run(self.targets[name], scope)
        return {k: v for k, v in scope.items() if k not in before or before[k] is not v}

    def run(self, body, scope, declaring=False):
        for node in body:
            if node[0] == "if":
                _, _, test, then, other = node
                self.run(then if self.value(test, scope) else other, scope, declaring)
            elif node[0] == "assign":
                self.assign(node, scope, declaring)
            else:
                self.call(node, scope)

    def assign(self, node, scope, declaring):
        _, line, name, op, expr = node
        if declaring and name in self.args:
            return
        value = self.value(expr, scope)
        if op == "=":
            scope[name] = value
        elif name not in scope:
            raise GnError(f"{self.file}:{line}: {name} {op} before it has a value")
        elif op == "+=":
            add = [value] if isinstance(scope[name], list) and not isinstance(value, list) else value
            scope[name] = scope[name] + add
        else:
            scope[name] = [x for x in scope[name] if x not in value]

    def call(self, node, scope):
        _, line, name, args, body = node
        if name == "import":
            path = self.value(args[0], scope)
            if not path.startswith("//"):       # //build is Chromium's: the arguments stand in for it
                file, here = self.file, os.path.dirname(self.file)
                # Imports inside gni/ are relative to it, those of BUILD.gn to the root.
                self.load(os.path.join(here, path))
                self.file = file
        elif name == "declare_args":
            self.run(body, scope, declaring=True)
        elif name == "assert":
            if not self.value(args[0], scope):
                why = self.value(args[1], scope) if len(args) > 1 else "assertion failed"
                raise GnError(f"{self.file}:{line}: V8 refuses these settings: {why}")
        elif name == "foreach":
            for item in self.value(args[1], scope):
                scope[args[0][2]] = item
                self.run(body, scope)
        elif name in self.SKIP or body is None:
            pass
        else:
            self.targets[self.value(args[0], scope)] = body

    def value(self, node, scope):
        kind, line = node[0], node[1]
        if kind == "value":
            return node[2]
        if kind == "string":
            return re.sub(r"\$\{?(\w+)\}?", lambda m: self.text(m.group(1), line, scope), node[2])
        if kind == "name":
            if node[2] not in scope:
                raise GnError(f"{self.file}:{line}: {node[2]} is not set: give it in the arguments")
            return scope[node[2]]
        if kind == "list":
            return [self.value(item, scope) for item in node[2]]
        if kind == "scope":
            inner = {}
            self.run(node[2], inner)
            return inner
        if kind == "not":
            return not self.value(node[2], scope)
        if kind == "fn":
            return self.function(node, scope)
        return self.operate(node, scope)

    def text(self, name, line, scope):
        value = self.value(("name", line, name), scope)
        return str(value).lower() if isinstance(value, bool) else str(value)

    def function(self, node, scope):
        _, line, name, args = node
        if name == "defined":
            return args[0][2] in scope
        if name in ("rebase_path", "get_label_info", "get_path_info"):
            return self.value(args[0], scope)
        if name == "string_replace":
            text, old, new = (self.value(a, scope) for a in args)
            return text.replace(old, new)
        if name == "filter_include":
            return []
        raise GnError(f"{self.file}:{line}: function {name} is not known to gn.py")

    def operate(self, node, scope):
        _, _, op, left, right = node
        a = self.value(left, scope)
        if op == "&&":                          # the right side may name what is not set
            return a and self.value(right, scope)
        if op == "||":
            return a or self.value(right, scope)
        b = self.value(right, scope)
        if op == "+":
            return a + b
        if op == "-":
            return [x for x in a if x not in b]
        return {"==": a == b, "!=": a != b}[op] if op in ("==", "!=") else \
               {"<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}[op]
