"""Texts with `${…}` in them: taken apart, parsed by the jmespath library, compiled. All that is wrong becomes findings at their column."""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from jmespath.exceptions import JMESPathError
from jmespath.parser import Parser

from gateway.model import TEXT

from .compiler import Built, Compiler
from .documents import Documents
from .findings import Findings, Place
from .functions import Tables
from .nodes import OPENING, Text
from .paths import Path, Run
from .shapes import ANY, Shape, words
from .values import ABSENT, EvaluationError, bounded, holds

MAX_LENGTH: Final = 2_000
MAX_DEPTH: Final = 40
MAX_EXPRESSIONS: Final = 100
"""In one text."""
_ESCAPED: Final = "$" + OPENING
_SKIP: Final = re.compile(r"'(?:[^'\\]|\\.)*+'?|\"(?:[^\"\\]|\\.)*+\"?|`(?:[^`\\]|\\.)*+`?|[{}]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds an expression when it is compiled: the tables it may name, the shape it is evaluated in, where findings go.

    refuses: shapes that may not stand as a value here, each with the finding's code. documents: the parsers lent to from_json and from_xml.
    """

    tables: Tables
    shape: Shape
    findings: Findings
    refuses: tuple[tuple[Callable[[Shape], bool], str], ...] = ()
    documents: Documents | None = None


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression. evaluate: its typed value in a tree, or ABSENT; raises EvaluationError. paths: plain paths it reads from the root.

    place: where it is written.
    """

    source: str
    shape: Shape = field(repr=False)
    evaluate: Run = field(repr=False, compare=False)
    paths: tuple[Path, ...] = field(repr=False)
    place: Place = field(repr=False, compare=False)

    def read(self, tree: Any) -> Any:
        """Its value in an answer; ABSENT where it cannot be evaluated."""
        try:
            return self.evaluate(tree)
        except EvaluationError:
            return ABSENT

    def holds(self, tree: Any) -> bool:
        """Whether it holds in an answer; where it cannot be evaluated it does not."""
        return holds(self.read(tree))


@dataclass(frozen=True, slots=True)
class TextOf:
    """A text put together from literals and expressions. evaluate: the text, or ABSENT when a part is absent; raises EvaluationError."""

    source: str
    evaluate: Run = field(repr=False, compare=False)
    paths: tuple[Path, ...] = field(repr=False)
    place: Place = field(repr=False, compare=False)

    def read(self, tree: Any) -> str:
        """The text as far as the answer gives it; empty when it does not."""
        try:
            text = self.evaluate(tree)
        except EvaluationError:
            return ""
        return text if isinstance(text, str) else ""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a text. offset: of the expression in the scalar's value; -1 for a literal."""

    text: str
    offset: int = -1


def compile_value(node: Text, around: Around) -> Expression | TextOf | str:
    """A scalar: its text when it has no expression, the expression when it is exactly one, else the parts put together."""
    pieces = _split(node, around.findings)
    if all(piece.offset < 0 for piece in pieces):
        return "".join(piece.text for piece in pieces)
    if len(pieces) == 2 and pieces[1].offset < 0 and not pieces[1].text.strip("\n"):
        around.findings.add(node.at(pieces[0].offset), "expression.line-break")
    if len(pieces) == 1:
        return _expression(pieces[0], node, around)
    parts = [piece.text if piece.offset < 0 else _text_part(piece, node, around) for piece in pieces]
    paths = tuple(path for part in parts if isinstance(part, Expression) for path in part.paths)
    return TextOf(node.value, _together(tuple(part if isinstance(part, str) else part.evaluate for part in parts)), paths, node.place)


def compile_expression(node: Text, around: Around) -> Expression:
    """A scalar that must be exactly one expression."""
    value = compile_value(node, around)
    if isinstance(value, Expression):
        return value
    around.findings.add(node.place, "expression.wanted")
    return Expression("", ANY, _absent, (), node.place)


def compile_text(node: Text, around: Around) -> TextOf:
    """A scalar that gives a text, whatever it is made of."""
    value = compile_value(node, around)
    if isinstance(value, TextOf):
        return value
    if isinstance(value, str):
        return TextOf(value, lambda _tree: value, (), node.place)
    return TextOf(value.source, value.evaluate, value.paths, value.place)


def _split(node: Text, findings: Findings) -> list[_Piece]:
    """Literals and expressions in turn; an expression's end is found past quotes and inner braces."""
    text, pieces, done, expressions = node.value, [], 0, 0
    literal = ""
    while True:
        opening = text.find(OPENING, done)
        if opening < 0:
            literal += text[done:]
            break
        if text.startswith(_ESCAPED, opening - 1) and opening > done:
            literal += text[done : opening - 1] + OPENING
            done = opening + len(OPENING)
            continue
        end = _closing(text, opening + len(OPENING))
        if end is None:
            findings.add(node.at(opening), "expression.cut" if node.cut_off else "expression.unclosed")
            return [_Piece("")]
        literal += text[done:opening]
        if literal:
            pieces.append(_Piece(literal))
        literal = ""
        pieces.append(_Piece(text[opening + len(OPENING) : end], opening + len(OPENING)))
        expressions += 1
        if expressions > MAX_EXPRESSIONS:
            findings.add(node.place, "expression.too-many", limit=MAX_EXPRESSIONS)
            return [_Piece("")]
        done = end + 1
    if literal or not pieces:
        pieces.append(_Piece(literal))
    return pieces


def _closing(text: str, start: int) -> int | None:
    depth = 0
    for match in _SKIP.finditer(text, start):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            if depth == 0:
                return match.start()
            depth -= 1
    return None


def _expression(piece: _Piece, node: Text, around: Around) -> Expression:
    source, findings = piece.text, around.findings

    def complain(code: str, *, word: str, hint: str | None = None, **about: object) -> None:
        findings.add(node.at(piece.offset + max(0, _find_word(source, word))), code, hint=hint, **about)

    failed = Expression(source, ANY, _absent, (), node.at(piece.offset))
    if len(source) > MAX_LENGTH:
        findings.add(node.at(piece.offset), "expression.too-long", limit=MAX_LENGTH)
        return failed
    ast = _parse(piece, node, findings)
    if ast is None:
        return failed
    if _depth(ast) > MAX_DEPTH:
        findings.add(node.at(piece.offset), "expression.too-deep", limit=MAX_DEPTH)
        return failed
    compiler = Compiler(around.tables, around.documents, complain)
    built: Built = compiler.build(ast, around.shape)
    for refused, code in around.refuses:
        if refused(built.shape):
            findings.add(node.at(piece.offset), code)
    return Expression(source.strip(), built.shape, built.run, tuple(compiler.paths), node.at(piece.offset))


def _text_part(piece: _Piece, node: Text, around: Around) -> Expression:
    part = _expression(piece, node, around)
    if part.shape not in (TEXT, ANY):
        zh, en = words(part.shape)
        around.findings.add(node.at(piece.offset), "expression.not-text", given_zh=zh, given_en=en)
    return part


def _parse(piece: _Piece, node: Text, findings: Findings) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PendingDeprecationWarning)
            return Parser().parse(piece.text).parsed
    except PendingDeprecationWarning:
        findings.add(node.at(piece.offset + max(0, piece.text.find("`"))), "expression.literal")
    except RecursionError:
        findings.add(node.at(piece.offset), "expression.too-deep", limit=MAX_DEPTH)
    except JMESPathError as error:
        position = getattr(error, "lex_position", None)
        offset = min(position if isinstance(position, int) else 0, max(0, len(piece.text) - 1))
        findings.add(node.at(piece.offset + offset), "expression.syntax", hint=_syntax_hint(piece.text))
    return None


def _syntax_hint(source: str) -> str | None:
    if re.search(r"(?<![=!<>])=(?!=)", source):
        return "比较用 == / compare with =="
    if re.search(r"\b(and|or|not)\b", source):
        return "逻辑运算写 &&、||、! / write &&, ||, !"
    if re.search(r"[^`\w.\[-][0-9]+(?:[^\w`\]]|$)", source):
        return "数字写在反引号之间,例如 `1` / numbers stand between backticks: `1`"
    return None


def _depth(ast: Any) -> int:
    deepest, waiting = 0, [(ast, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(child, depth + 1) for child in node.get("children", ()) if isinstance(child, dict)]
    return deepest


def _find_word(source: str, word: str) -> int:
    match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)" if word.isidentifier() else re.escape(word), source)
    return match.start() if match else 0


def _together(parts: tuple[str | Run, ...]) -> Run:
    def run(scope: Any) -> Any:
        texts = []
        for part in parts:
            value = part if isinstance(part, str) else part(scope)
            if value is ABSENT:
                return ABSENT
            if not isinstance(value, str):
                raise EvaluationError("只能拼接文本", "only texts can be put together")
            texts.append(value)
        return bounded("".join(texts))

    return run


def _absent(_tree: Any) -> Any:
    return ABSENT
