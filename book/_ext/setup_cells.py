"""What do the exercises of a chapter need of its cells?

The cells are read, never run. A statement is needed if it binds or
changes a name that a needed statement after it, or an exercise, loads.
Where the text leaves it open whether a name is changed, it counts as
changed.
"""

import ast
import re
import symtable

SHOWS = {"print", "glue", "display"}


def needed(cells, wanted):
    """Return the code of `cells` that makes the names `wanted`.

    Settings such as `torch.set_num_threads(1)` are kept, too. What only
    shows something is left out.
    """
    cells = [trimmed(cell) for cell in cells]
    aliases, modules = aliases_in(cells), imported_in(cells)
    kept, wanted = [], set(wanted)
    for text in reversed([x for cell in cells for x in pieces(cell)]):
        found = Effects(text, aliases)
        makes = found.binds | (found.changes - modules)
        if makes & wanted or is_setting(text, modules):
            kept.append(text)
            wanted = (wanted - found.sure) | found.loads
    return joined(kept[::-1])


def pieces(cell):
    """Cut a cell into its statements, with the comments above them.

    A cell that seeds the global generator is one piece: any of its
    statements may draw from it, seen or unseen.
    """
    if "manual_seed" in re.sub(r"Generator\(\)\.manual_seed", "", cell):
        return ["\n" + cell]
    lines, start, parts = cell.split("\n"), 0, []
    for one in ast.parse(cell).body:
        parts.append("\n".join(lines[start:one.end_lineno]))
        start = one.end_lineno
    return ["\n" + parts[0], *parts[1:]] if parts else []


def joined(parts):
    """Put the pieces in one cell, with space around functions."""
    text, was_block = "", False
    for part in parts:
        block = is_definition(ast.parse(part).body[0])
        gap = 3 if block or was_block else 1 + part.startswith("\n")
        text += "\n" * (gap if text else 0) + part.strip("\n")
        was_block = is_definition(ast.parse(part).body[-1])
    return text


def is_definition(one):
    """Say whether a statement makes a function or a class."""
    return isinstance(one, ast.FunctionDef | ast.ClassDef)


def plainly_bound(cells):
    """Return the names that `cells` bind outside loops and conditions."""
    return {
        name for cell in cells for one in ast.parse(trimmed(cell)).body
        if is_definition(one) or isinstance(one, ast.Assign | ast.ImportFrom)
        for name in names_in(one)[1]
    }


def is_setting(text, modules):
    """Say whether a piece is a call like `torch.set_num_threads(1)`."""
    match ast.parse(text).body[0]:
        case ast.Expr(ast.Call(ast.Attribute(ast.Name(name)), args, words)):
            given = [*args, *(k.value for k in words)]
            return name in modules and all(
                isinstance(x, ast.Constant) for x in given
            )
    return False


def imported_in(cells):
    """Return the names that import statements bind."""
    return {
        name.asname or name.name
        for cell in cells for one in ast.walk(ast.parse(cell))
        if isinstance(one, ast.Import | ast.ImportFrom)
        for name in one.names
    }


def imported_packages(source):
    """Return the packages that a cell imports from."""
    found = set()
    for one in ast.walk(ast.parse(pythonic(source))):
        if isinstance(one, ast.ImportFrom):
            found.add(one.module.split(".")[0])
        elif isinstance(one, ast.Import):
            found |= {name.name.split(".")[0] for name in one.names}
    return found


def without_magics(source):
    """Leave out lines like `%config ...`, which are no Python."""
    lines = source.split("\n")
    return "\n".join(x for x in lines if not x.startswith("%"))


def pythonic(source):
    """Empty such lines, so that Python's parser counts the others."""
    return re.sub(r"(?m)^%.*", "", source)


# What a cell reads, binds and changes -------------------------------------


class Effects:
    """The names that a cell loads from before, binds, and changes.

    `sure` are those that it binds whatever happens: what an earlier cell
    made of them is gone.
    """

    def __init__(self, source, aliases=None):
        self.loads, self.binds, self.sure = set(), set(), set()
        self.changes, self.aliases = set(), aliases or {}
        self._run(ast.parse(source).body, set())

    def _run(self, statements, seen, sure=True):
        for one in statements:
            self._step(one, seen, sure)

    def _step(self, one, seen, sure):
        """Follow one statement; parts that may not happen see a copy."""
        body = [b for _, b in ast.iter_fields(one) if _is_body(b)]
        if not body or is_definition(one):
            self._simple(one, seen, sure)
            return
        head = [n for n in ast.iter_child_nodes(one) if _is_head(n)]
        for part in head:
            self._simple(part, seen, sure)
        happens = isinstance(one, ast.For | ast.With)
        for block in body:
            inner = seen if happens else set(seen)
            for part in block:
                if isinstance(part, ast.ExceptHandler):
                    inner.add(part.name)
                    self._run(part.body, inner, False)
                else:
                    self._step(part, inner, sure and happens)

    def _simple(self, one, seen, sure):
        loads, binds = names_in(one)
        self.loads |= loads - seen
        self.binds |= binds
        changes = set(changed_in(one))
        while more := {
            root for name in changes for root in self.aliases.get(name, ())
        } - changes:
            changes |= more
        self.changes |= changes
        seen |= binds
        if sure:
            self.sure |= binds


def _is_body(field):
    return isinstance(field, list) and bool(field) and isinstance(
        field[0], ast.stmt | ast.ExceptHandler
    )


def _is_head(node):
    return isinstance(node, ast.expr | ast.withitem)


def names_in(one):
    """Return the names that a statement loads and those that it binds."""
    if isinstance(getattr(one, "ctx", None), ast.Store):  # of a loop
        return set(), {n.id for n in ast.walk(one) if _is_name(n)}
    if isinstance(one, ast.withitem):
        one = ast.With(items=[one], body=[ast.Pass()])
    code = ast.parse(ast.unparse(ast.fix_missing_locations(one)))
    code = ast.unparse(AsGenerators().visit(code))
    top = symtable.symtable(code, "cell", "exec")
    loads = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    binds = {
        s.get_name() for s in top.get_symbols()
        if s.is_assigned() or s.is_imported()
    }
    inside = list(top.get_children())
    for table in inside:
        inside += table.get_children()
        loads |= {s.get_name() for s in table.get_symbols() if s.is_global()}
    if isinstance(one, ast.AugAssign):
        loads |= binds
    return loads, binds


class AsGenerators(ast.NodeTransformer):
    """Writes comprehensions as generators.

    From Python 3.12 on, the names of a comprehension count as names of
    the cell, except for those of a generator.
    """

    def visit_ListComp(self, node):
        """Keep the element."""
        self.generic_visit(node)
        return ast.GeneratorExp(node.elt, node.generators)

    visit_SetComp = visit_ListComp

    def visit_DictComp(self, node):
        """Make key and value a pair."""
        self.generic_visit(node)
        pair = ast.Tuple([node.key, node.value], ast.Load())
        return ast.GeneratorExp(pair, node.generators)


def _is_name(node):
    return isinstance(node, ast.Name)


def _root(node):
    """Return the name at the left end of `name.a[b].c(d)`."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if _is_name(node) else None


def _walk(node):
    """Walk through what runs at once, not into functions."""
    yield node
    if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _walk(child)


def changed_in(one):
    """Yield names whose objects a statement may change in place.

    A call whose result nobody takes is made for what it changes. A
    generator changes whenever it is handed to somebody.
    """
    for node in _walk(one):
        if isinstance(node, ast.AugAssign):
            yield _root(node.target)
        elif isinstance(node, ast.Attribute | ast.Subscript):
            if not isinstance(node.ctx, ast.Load):
                yield _root(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield from _changed_by(node.value)
        elif isinstance(node, ast.Call):
            if getattr(node.func, "attr", "").endswith("_"):
                yield _root(node.func)
            given = [*node.args, *(k.value for k in node.keywords)]
            yield from (f"generator {x.id}" for x in given if _is_name(x))


def _changed_by(call):
    """Yield the receiver of a call, or else its first argument."""
    if isinstance(call.func, ast.Attribute):
        yield _root(call.func)
    elif call.args:
        yield _root(call.args[0])


def aliases_in(cells):
    """Map names to names whose objects they share, as far as one sees.

    After `a = b.c[d]`, `a = SGD(b.parameters())` or `for a in b` a change
    of `a` may be one of `b`.
    """
    shared = {}
    for node in (n for cell in cells for n in _walk(ast.parse(cell))):
        if isinstance(node, ast.Assign):
            targets, roots = node.targets, _shared_by(node.value)
            if "Generator" in ast.unparse(node.value):
                name = _root(node.targets[0])
                shared[f"generator {name}"] = {name}
        elif isinstance(node, ast.For):
            targets = [node.target]
            roots = _shared_by(node.iter, "values", "items")
        else:
            continue
        for name in (n for x in targets for n in ast.walk(x) if _is_name(n)):
            if isinstance(name.ctx, ast.Store):
                shared.setdefault(name.id, set()).update(roots - {name.id})
    return shared


def _shared_by(value, *methods):
    """Return the names whose objects `value` is a part of, or holds."""
    if not isinstance(value, ast.Call):
        return {_root(value)} - {None}
    return {
        _root(n) for n in ast.walk(value)
        if isinstance(n, ast.Attribute) and n.attr in ("parameters", *methods)
    } - {None}


# What only shows something ------------------------------------------------


def trimmed(source):
    """Leave out of a cell what only shows or asserts."""
    return cut(without_magics(source), is_shown)


def without_glue(source):
    """Leave the page's own bookkeeping out of a cell."""
    return cut(without_magics(source), is_glued)


def live_code(source):
    """Leave out of a cell what serves the page alone.

    A value that would come to stand last gets a semicolon: it would be
    shown where the page shows nothing.
    """
    text = cut(source, is_of_the_page)
    before, after = (ast.parse(pythonic(x)).body for x in (source, text))
    if not after or ast.dump(before[-1]) == ast.dump(after[-1]):
        return text
    last = after[-1]
    if isinstance(last, ast.Expr) and _root(last.value) not in SHOWS:
        lines = text.encode().split(b"\n")
        row, column = last.end_lineno - 1, last.end_col_offset
        lines[row] = lines[row][:column] + b";" + lines[row][column:]
        return b"\n".join(lines).decode()
    return text


def is_glued(one):
    """Say whether a statement imports or calls `glue`."""
    if isinstance(one, ast.ImportFrom):
        return one.module == "myst_nb"
    return isinstance(one, ast.Expr) and _root(one.value) == "glue"


def is_of_the_page(one):
    """Say whether a statement glues, or closes a figure that is glued."""
    return is_glued(one) or (
        isinstance(one, ast.Expr)
        and ast.unparse(one).startswith("plt.close(")
    )


def is_shown(one):
    """Say whether a statement has no other use than to show something."""
    if is_glued(one) or isinstance(one, ast.Assert):
        return True
    if isinstance(one, ast.Try):  # shows an error that one would get
        return all(is_shown(x) for h in one.handlers for x in h.body)
    if not isinstance(one, ast.Expr):
        return False
    return not isinstance(one.value, ast.Call) or (
        _root(one.value) in SHOWS
    )


def cut(source, unwanted):
    """Cut the unwanted statements out of a cell, and what they empty."""
    lines = source.split("\n")
    body = ast.parse(pythonic(source)).body
    for first, last in _spans(body, unwanted):
        lines[first:last] = [None] * (last - first)
    text = "\n".join(x for x in lines if x is not None)
    while "\n\n\n\n" in text:
        text = text.replace("\n\n\n\n", "\n\n\n")
    return text.strip("\n")


def _spans(statements, unwanted):
    """Yield the lines of unwanted statements, as slices."""
    for one in statements:
        blocks = [b for _, b in ast.iter_fields(one) if _is_body(b)]
        if _all_unwanted(one, unwanted):
            yield one.lineno - 1, one.end_lineno
        elif not is_definition(one):
            for block in blocks:
                if not all(_all_unwanted(x, unwanted) for x in block):
                    yield from _spans(block, unwanted)
                elif isinstance(one, ast.If) and block is one.orelse:
                    yield one.body[-1].end_lineno, block[-1].end_lineno


def _all_unwanted(one, unwanted):
    if unwanted(one):
        return True
    if not isinstance(one, ast.For | ast.If | ast.Try | ast.With):
        return False
    parts = [
        part for _, b in ast.iter_fields(one) if _is_body(b) for x in b
        for part in (x.body if isinstance(x, ast.ExceptHandler) else [x])
    ]
    return all(_all_unwanted(x, unwanted) for x in parts)
