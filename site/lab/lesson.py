"""
Reads the lessons: one Markdown file for each step of the lab.

A file begins with `# 3. graph: Sums and products that remember`, that is number, name
and title, and has these sections, in this order:

    ## Text       what the visitor reads (Markdown)
    ## Starter    a block of Python: what this step adds to the code of the step before
    ## Solution   a block of Python: the complete code after this step
    ## Hints      a list, from a nudge to nearly the line
    ## Checks     a block of Python, run by `lab.checking`
    ## Mistakes   usual mistakes, each under a heading `### Its title`

A mistake has a line `Says: part of the sentence` that answers it, and code: pairs of
blocks marked `replace` and `with`, applied to the solution, or one block
marked `code` with all of the code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

LESSONS = Path(__file__).parent / "lessons"
SECTIONS = ("Text", "Starter", "Solution", "Hints", "Checks", "Mistakes")
#: Code below this line is for trying things out; the next step doesn't carry it on.
TRY_LINE = "# ---- Try it: code below this line stays in this step ----"

_TITLE = re.compile(r"# (\d+)\. ([a-z_]+): (\S.*)")
_FENCE = "```"


class LessonError(ValueError):
    """Raised for a lesson's file that can't be read; says where and why."""


@dataclass(frozen=True)
class Mistake:
    """A usual mistake: code, and a part of the sentence that answers it."""

    title: str
    says: str
    code: str


@dataclass(frozen=True)
class Lesson:
    """One step of the lab."""

    number: int
    name: str
    title: str
    prose: str
    starter: str
    solution: str
    hints: list[str]
    checks: str
    mistakes: list[Mistake]

    def begin(self, previous: str = "") -> str:
        """
        Return what the cell of this step holds first.

        That is what the visitor wrote in the step before, down to its line `TRY_LINE`,
        followed by this step's starter.
        """
        kept = carry_on(previous)
        return f"{kept}\n\n\n{self.starter}" if kept else self.starter


def carry_on(code: str) -> str:
    """Return the part of a step's code that the next step begins with."""
    lines = code.splitlines()
    for k, line in enumerate(lines):
        if line.strip() == TRY_LINE:
            return "\n".join(lines[:k]).rstrip()
    return code.rstrip()


def list_lessons(folder: Path = LESSONS) -> list[Lesson]:
    """Return the lessons of a folder, numbered from 1 in the order of their files."""
    lessons = []
    for number, path in enumerate(sorted(folder.glob("*.md")), 1):
        try:
            lesson = read_lesson(path.read_text(encoding="utf-8"))
            stem = f"{lesson.number:02}_{lesson.name}"
            if path.stem != stem:
                raise LessonError(f"its title asks for the file name {stem}.md")
            if lesson.number != number:
                raise LessonError(f"it should be number {number}, got {lesson.number}")
        except LessonError as error:
            raise LessonError(f"{path.name}: {error}") from None
        lessons.append(lesson)
    return lessons


def read_lesson(text: str) -> Lesson:
    """Return the lesson that a file describes. Raises `LessonError`."""
    head, *rest = text.strip().split("\n", 1)
    match = _TITLE.fullmatch(head.strip())
    if match is None:
        raise LessonError(
            f"a lesson begins with a line such as '# 1. slope: A slope', got {head!r}"
        )
    number, name, title = match.groups()
    sections = _split_sections(rest[0] if rest else "")
    solution = _read_only_block("Solution", sections["Solution"])
    return Lesson(
        number=int(number),
        name=name,
        title=title,
        prose=sections["Text"],
        starter=_read_only_block("Starter", sections["Starter"]),
        solution=solution,
        hints=_read_list(sections["Hints"]),
        checks=_read_only_block("Checks", sections["Checks"]),
        mistakes=_read_mistakes(sections["Mistakes"], solution),
    )


# --- sections -------------------------------------------------------------------------


def _split(text: str, mark: str) -> tuple[str, list[tuple[str, str]]]:
    """Return what is above the first heading, and each heading with its text."""
    above: list[str] = []
    parts: list[tuple[str, list[str]]] = []
    is_code = False
    for line in text.splitlines():
        if line.startswith(_FENCE):
            is_code = not is_code
        if line.startswith(f"{mark} ") and not is_code:
            parts.append((line[len(mark) :].strip(), []))
        else:
            (parts[-1][1] if parts else above).append(line)
    if is_code:
        raise LessonError(f"a block of code is not closed by {_FENCE}")
    joined = [(heading, "\n".join(lines).strip()) for heading, lines in parts]
    return "\n".join(above).strip(), joined


def _split_sections(text: str) -> dict[str, str]:
    above, parts = _split(text, "##")
    headings = [heading for heading, _ in parts]
    for heading in headings:
        if heading not in SECTIONS:
            raise LessonError(
                f"unknown section '## {heading}', use {', '.join(SECTIONS)}"
            )
    for section in SECTIONS:
        if headings.count(section) != 1:
            state = "is missing" if section not in headings else "occurs twice"
            raise LessonError(f"section '## {section}' {state}")
    if headings != list(SECTIONS):
        raise LessonError(f"the sections' order is {', '.join(SECTIONS)}")
    if above:
        raise LessonError(f"text before '## {SECTIONS[0]}': {above[:40]!r}")
    for heading, body in parts:
        if not body:
            raise LessonError(f"section '## {heading}' is empty")
    return dict(parts)


def _read_blocks(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the text outside of blocks of code, and each block with its marks."""
    outside: list[str] = []
    blocks: list[tuple[str, list[str]]] = []
    is_code = False
    for line in text.splitlines():
        if line.startswith(_FENCE):
            is_code = not is_code
            if is_code:
                blocks.append((line.removeprefix(_FENCE).strip(), []))
        else:
            (blocks[-1][1] if is_code else outside).append(line)
    found = [(marks, "\n".join(lines)) for marks, lines in blocks]
    return "\n".join(outside).strip(), found


def _read_only_block(section: str, text: str) -> str:
    outside, blocks = _read_blocks(text)
    if outside or [marks for marks, _ in blocks] != ["python"]:
        raise LessonError(f"section '## {section}' needs one block of python, no more")
    return f"{blocks[0][1].strip()}\n"


def _read_list(text: str) -> list[str]:
    """Return the items of a Markdown list; an indented line continues its item."""
    items: list[str] = []
    for line in text.splitlines():
        if line.startswith("* "):
            items.append(line[2:].strip())
        elif line.startswith("  ") and items:
            items[-1] += f"\n{line[2:]}" if line.strip() else ""
        elif line.strip():
            raise LessonError(f"a hint begins with '* ', got {line!r}")
    return items


# --- mistakes -------------------------------------------------------------------------


def _read_mistakes(text: str, solution: str) -> list[Mistake]:
    above, parts = _split(text, "###")
    if above:
        raise LessonError(f"a mistake begins with '### ', got {above[:40]!r}")
    return [_read_mistake(title, body, solution) for title, body in parts]


def _read_mistake(title: str, body: str, solution: str) -> Mistake:
    outside, blocks = _read_blocks(body)
    if not outside.startswith("Says: ") or "\n" in outside:
        raise LessonError(f"mistake {title!r} needs one line 'Says: ...'")
    marks = [mark for mark, _ in blocks]
    says = outside.removeprefix("Says: ").strip()
    if marks == ["code"]:
        return Mistake(title, says, f"{blocks[0][1]}\n")
    if not marks or marks != ["replace", "with"] * (len(marks) // 2):
        raise LessonError(
            f"mistake {title!r} needs blocks 'replace' and 'with', or one block 'code'"
        )
    code = solution
    for (_, old), (_, new) in zip(blocks[::2], blocks[1::2], strict=True):
        if code.count(old) != 1:
            raise LessonError(
                f"mistake {title!r} replaces code that occurs {code.count(old)} times "
                f"in the solution, and should occur once: {old.strip()!r}"
            )
        code = code.replace(old, new)
    return Mistake(title, says, code)
