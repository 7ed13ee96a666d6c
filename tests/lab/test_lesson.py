"""How a lesson's file is read, what the next step carries on, and what is refused."""

from __future__ import annotations

import pytest

from lab.lesson import (
    LESSONS,
    TRY_LINE,
    LessonError,
    Mistake,
    carry_on,
    list_lessons,
    read_lesson,
)

TEXT = """# 1. one: The first step

## Text

Some *prose*:

```python
## this is code, not a heading
```

## Starter

```python
x = ...
```

## Solution

```python
x = 1
```

## Hints

* A nudge.
* Nearly
  the line.

## Checks

```python
need("x", "write it.")
```

## Mistakes

### Two
Says: two
```replace
x = 1
```
```with
x = 2
```

### All of it
Says: nothing
```code
y = 3
```
"""


def test_every_section_of_a_file_is_read():
    lesson = read_lesson(TEXT)
    assert (lesson.number, lesson.name, lesson.title) == (1, "one", "The first step")
    assert lesson.prose.startswith("Some *prose*:") and "## this is" in lesson.prose
    assert (lesson.starter, lesson.solution) == ("x = ...\n", "x = 1\n")
    assert lesson.hints == ["A nudge.", "Nearly\nthe line."]
    assert lesson.checks == 'need("x", "write it.")\n'
    assert lesson.mistakes == [
        Mistake("Two", "two", "x = 2\n"),
        Mistake("All of it", "nothing", "y = 3\n"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# 1. one: The first step", "# One", "begins with a line such as"),
        ("## Hints", "## Tips", "unknown section '## Tips', use Text, Starter"),
        (
            "## Hints\n\n* A nudge.\n* Nearly\n  the line.\n",
            "",
            "'## Hints' is missing",
        ),
        ("## Text", "## Hints\n\n* One\n\n## Text", "'## Hints' occurs twice"),
        ("## Text", "Stray\n\n## Text", "text before '## Text': 'Stray'"),
        ("* A nudge.\n* Nearly\n  the line.\n", "", "'## Hints' is empty"),
        ("* A nudge.", "A nudge.", "a hint begins with '* ', got 'A nudge.'"),
        ("```python\nx = 1\n```", "x = 1", "'## Solution' needs one block of python"),
        ("y = 3\n```", "y = 3", "a block of code is not closed"),
        ("Says: two\n", "", "mistake 'Two' needs one line 'Says: ...'"),
        ("```with", "```without", "mistake 'Two' needs blocks 'replace' and 'with'"),
        ("```replace\nx = 1", "```replace\nz", "occurs 0 times in the solution"),
        ("### Two\n", "Two\n", "a mistake begins with '### '"),
    ],
)
def test_malformed_file_is_refused_with_the_reason(old, new, said):
    assert TEXT.count(old) == 1
    with pytest.raises(LessonError) as error:
        read_lesson(TEXT.replace(old, new))
    assert said in str(error.value)


def test_order_of_sections_is_fixed():
    starter, solution = "```python\nx = ...\n```\n\n## Solution", "\n\n## Solution"
    text = TEXT.replace(starter, "").replace("## Checks", f"{starter[14:]}\n## Checks")
    assert solution in text
    with pytest.raises(LessonError):
        read_lesson(text)
    swapped = TEXT.replace("## Hints", "## ?").replace("## Starter", "## Hints")
    with pytest.raises(LessonError, match="order is Text, Starter"):
        read_lesson(swapped.replace("## ?", "## Starter"))


def test_file_with_another_number_or_name_is_named_in_the_error(tmp_path):
    path = tmp_path / "01_one.md"
    path.write_text(TEXT)
    assert [lesson.name for lesson in list_lessons(tmp_path)] == ["one"]
    path.rename(tmp_path / "01_two.md")
    with pytest.raises(LessonError, match=r"01_two\.md: .* file name 01_one\.md"):
        list_lessons(tmp_path)
    (tmp_path / "01_two.md").unlink()
    (tmp_path / "02_one.md").write_text(TEXT.replace("# 1. one", "# 2. one"))
    with pytest.raises(LessonError, match=r"02_one\.md: it should be number 1, got 2"):
        list_lessons(tmp_path)


def test_next_step_begins_with_what_was_written_above_the_try_line():
    lesson = read_lesson(TEXT)
    written = f"class Mine:\n    pass\n\n\n{TRY_LINE}\nprint(Mine())\n"
    assert carry_on(written) == "class Mine:\n    pass"
    assert lesson.begin(written) == "class Mine:\n    pass\n\n\nx = ...\n"
    assert lesson.begin() == lesson.begin(f"{TRY_LINE}\nf = 1\n") == "x = ...\n"


def test_without_a_try_line_everything_is_carried_on():
    assert carry_on("a = 1\nb = 2\n\n") == "a = 1\nb = 2"


def test_folder_has_nothing_but_lessons():
    assert {path.suffix for path in LESSONS.iterdir()} == {".md"}
    assert len(list_lessons()) == len(list(LESSONS.iterdir())) == 12
