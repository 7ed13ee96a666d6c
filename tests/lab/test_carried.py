"""Code carried away as a script, a notebook or a link, and what comes back."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import nbformat
import pytest

LAB = Path(__file__).parents[2] / "site" / "lab"

CELLS = [
    {"name": "01_slope", "title": "A slope by nudging", "code": "h = 0.001\nprint(h)"},
    {"name": "02", "title": "", "code": ""},
    {"name": "", "title": "+ and * {that} “remember”", "code": "\n\nclass V:\n\t…\n\n"},
    {
        "name": 'a "b" {"name":"c"}\n',
        "title": "# %% x",
        "code": "# %%\n# \\%% y\n#%% z",
    },
    {"name": "e", "title": 't {"name":"u"}', "code": "'''\n# %% [markdown]\n'''\n"},
    {"name": "f", "title": "z", "code": "# Written in the lab of moongrad, version 7."},
    {"name": "g", "title": "last", "code": "x = '\U0001f319 é \\\\n'\n\n\n"},
]


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """Return a function that calls functions of the modules, each with arguments."""
    program = shutil.which("node") or shutil.which(
        "node", path=str(Path(sys.executable).parent)
    )
    folder = tmp_path_factory.mktemp("carried")
    (folder / "package.json").write_text('{"type": "module"}')
    for name in ("carried.js", "code-link.js"):
        (folder / name).write_text((LAB / name).read_text())
    (folder / "call.js").write_text(
        """
        import { readFileSync } from "node:fs";
        import * as carried from "./carried.js";
        import * as link from "./code-link.js";
        const functions = { ...carried, ...link };
        const results = [];
        for (const [name, ...given] of JSON.parse(readFileSync(0, "utf-8"))) {
          const read = (v) => (v?.hex == null ? v : Buffer.from(v.hex, "hex"));
          try {
            results.push({ result: await functions[name](...given.map(read)) });
          } catch (error) {
            const isOurs = error instanceof carried.CarriedError;
            results.push({ error: error.message, isOurs });
          }
        }
        console.log(JSON.stringify(results));
        """
    )

    def call(*calls):
        done = subprocess.run(
            [program, "call.js"],
            cwd=folder,
            input=json.dumps(calls),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return call


def file(content):
    content = content.encode() if isinstance(content, str) else content
    return {"hex": content.hex()}


def results(answers):
    assert [a for a in answers if "error" in a] == []
    return [answer["result"] for answer in answers]


def sentences(answers):
    assert all(answer["isOurs"] for answer in answers), answers
    return [answer["error"] for answer in answers]


# --- there and back -------------------------------------------------------------------


def test_scripts_and_notebooks_come_back_exactly(node):
    choices = [[], CELLS[:1], CELLS[1:2], CELLS[:2], CELLS, CELLS[::-1]]
    choices += [[cell] for cell in CELLS]
    scripts = results(node(*[["toScript", cells] for cells in choices]))
    notebooks = results(node(*[["toNotebook", cells] for cells in choices]))
    assert results(node(*[["fromScript", text] for text in scripts])) == choices
    assert results(node(*[["fromNotebook", text] for text in notebooks])) == choices


def test_a_script_is_python_with_cells_that_editors_know(node):
    cells = [CELLS[0], {"name": "b", "title": "Two", "code": "from lab import moons"}]
    (script,) = results(node(["toScript", cells]))
    assert script == (
        '# Written in the lab of moongrad, version 1. Cells begin with "# %%".\n'
        "# The module lab is there on the page only. Elsewhere, leave out what uses it."
        '\n\n# %% A slope by nudging {"name":"01_slope"}\nh = 0.001\nprint(h)\n'
        '\n\n# %% Two {"name":"b"}\nfrom lab import moons\n'
    )
    compile(script, "lab.py", "exec")


def test_notebooks_are_valid(node):
    for cells in ([], CELLS):
        (text,) = results(node(["toNotebook", cells]))
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
        code = [c.source for c in notebook.cells if c.cell_type == "code"]
        assert code == [cell["code"] for cell in cells]


def test_line_ends_of_windows_are_read(node):
    (script,) = results(node(["toScript", CELLS[:1]]))
    script = script.replace("\n", "\r\n")
    assert results(node(["readCarried", "a.py", file(script)])) == [CELLS[:1]]


def test_a_bom_is_no_code(node):
    read = ["readCarried", "a.py", file("\ufeffx = 1\n")]
    assert results(node(read))[0][0]["code"] == "x = 1"


# --- from elsewhere -------------------------------------------------------------------


def test_a_plain_script_is_one_cell(node):
    (cells,) = results(node(["readCarried", "a.py", file("\n\nx = 1\n\ny = 2\n\n")]))
    assert cells == [{"name": "", "title": "", "code": "x = 1\n\ny = 2"}]


def test_scripts_with_cells_of_others_are_read(node):
    script = (
        "# made by somebody\n\n# %% [markdown]\n# Words\n\n# %% A title tags=['x']\n"
        'a = 1\n\n# %%\n\nif a:\n    b = 2\n\n#%% Other {"k": 1}\n  \n# In[ ]:\nc\n'
    )
    (cells,) = results(node(["readCarried", "a.py", file(script)]))
    assert [(c["title"], c["code"]) for c in cells] == [
        ("", "# made by somebody"),
        ("A title", "a = 1"),
        ("", "if a:\n    b = 2"),
        ("", "c"),
    ]


def test_code_cells_of_a_notebook_of_jupyter_are_read(node):
    v4 = nbformat.v4
    cells = [v4.new_markdown_cell("# Words"), v4.new_code_cell("%matplotlib inline")]
    cells += [v4.new_code_cell(""), v4.new_code_cell("x = 1\ny"), v4.new_raw_cell("r")]
    text = nbformat.writes(v4.new_notebook(cells=cells))
    single = json.loads(text)
    single["cells"][3]["source"] = "x = 1\ny"  # the other way to write it
    for written in (text, json.dumps(single)):
        (read,) = results(node(["readCarried", "any.json", file(written)]))
        assert [cell["code"] for cell in read] == ["%matplotlib inline", "x = 1\ny"]


def notebook(**fields):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}} | fields)


BAD_FILES = [
    ("a.ipynb", "{", "it isn’t JSON, or its end is missing"),
    ("a.ipynb", "x = 1", "it isn’t JSON"),
    ("a.ipynb", "[1]", "JSON, but no notebook"),
    ("a.ipynb", "null", "JSON, but no notebook"),
    ("a.ipynb", notebook(nbformat=3, worksheets=[]), "an older format than 4"),
    ("a.ipynb", notebook(nbformat=5), "another format than 4"),
    ("a.ipynb", notebook(nbformat=None), "format than 4"),
    ("a.ipynb", notebook(), "no list of cells"),
    ("a.ipynb", notebook(cells={}), "no list of cells"),
    ("a.ipynb", notebook(cells=[None, 1, [], {}]), "no code"),
    ("a.ipynb", notebook(cells=[{"cell_type": "code"}]), "a cell has no text"),
    (
        "a.ipynb",
        notebook(cells=[{"cell_type": "code", "source": [1]}]),
        "a cell has no text",
    ),
    (
        "a.ipynb",
        notebook(cells=[], metadata={"moongrad": {"version": 2}}),
        "from a later version",
    ),
    (
        "a.ipynb",
        notebook(cells=[], metadata={"moongrad": {"version": "x"}}),
        "never was",
    ),
    (
        "a.py",
        "# Written in the lab of moongrad, version 2. And more",
        "a later vers",
    ),
    ("a.py", "# Written in the lab of moongrad, version 0.", "never was"),
    ("a.py", "", "no code"),
    ("a.py", " \n\n\t\n", "no code"),
    ("a.py", b"\x89PNG\r\n\x1a\n", "isn’t text"),
    ("a.py", "x = 1".encode("utf-16"), "isn’t text"),
    ("a.py", b"x = 1\0", "isn’t text"),
    ("a.py", b"#" * 1_500_000, "has 1.5 MB, and at most 1 MB"),
    ("a.ipynb", b"[" * 900_000, "it isn’t JSON"),
]


def test_a_bad_file_is_refused_with_a_sentence(node):
    calls = [["readCarried", name, file(content)] for name, content, _ in BAD_FILES]
    said = sentences(node(*calls))
    for (_, content, part), sentence in zip(BAD_FILES, said, strict=True):
        assert part in sentence, content[:80]
        assert sentence.endswith(".")


def test_odd_properties_of_cells_are_ignored(node):
    odd = [
        {"cell_type": "code", "source": "a", "metadata": {"moongrad": m}}
        for m in (None, 1, [], {"name": 1, "title": []}, {"title": "x" * 1000})
    ]
    (cells,) = results(node(["fromNotebook", notebook(cells=odd)]))
    assert [cell["code"] for cell in cells] == ["a"] * 5
    assert [len(cell["title"]) for cell in cells] == [0, 0, 0, 0, 200]


# --- links ----------------------------------------------------------------------------

CODE = "class Value:\n    def __init__(self, data):\n        self.data = data  # é🌙\n"


def test_code_comes_back_from_a_link(node):
    codes = [
        "",
        CODE,
        "\ufeffx",
        "\r\n",
        "x" * 100_000,
        "".join(map(chr, range(1, 999))),
    ]
    texts = results(node(*[["packCode", code] for code in codes]))
    assert results(node(*[["unpackCode", text] for text in texts])) == codes
    for text in texts:
        assert set(text) <= set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
        )
    assert len(texts[1]) < 1.5 * len(CODE)
    assert len(texts[4]) < 300


def test_every_cut_of_a_link_is_noticed(node):
    (text,) = results(node(["packCode", CODE]))
    cuts = [text[:n] for n in range(1, len(text))]
    assert all(
        "cut off" in s for s in sentences(node(*[["unpackCode", c] for c in cuts]))
    )


def test_every_changed_letter_of_a_link_is_noticed(node):
    (text,) = results(node(["packCode", CODE]))
    start = text.index(".") + 1
    changed = []
    for k in range(start, len(text)):
        other = "A" if text[k] != "A" else "B"
        changed.append(text[:k] + other + text[k + 1 :])
    answers = node(*[["unpackCode", c] for c in [*changed, f"{text}A", f"{text}AAAA"]])
    for answer in answers:  # the last letter may have bits that stand for nothing
        assert answer.get("result") == CODE or "damaged" in answer["error"]
    assert sum("error" in answer for answer in answers) >= len(answers) - 1


def test_a_bad_link_is_refused_with_a_sentence(node):
    long = sentences(node(["packCode", "x" * 100_001]))[0]
    assert "Save it as a file" in long

    def pack(content):
        text = base64.urlsafe_b64encode(zlib.compress(content)).decode().rstrip("=")
        return f"a{len(text)}.{text}"

    cases = {
        "": "no code in this link",
        "hello": "no code in this link",
        "a3.%3C": "no code in this link",
        "b3.eNo": "a later version",
        "a2.eN": "damaged",
        "a0.": "damaged",
        pack(b"\xff\xfe"): "damaged",
        pack(b"x" * 100_001): "more code than fits",
        pack(b"x" * 50_000_000): "more code than fits",
        f"a900000.{'A' * 900_000}": "more code than fits",
    }
    said = sentences(node(*[["unpackCode", text] for text in cases]))
    for (text, part), sentence in zip(cases.items(), said, strict=True):
        assert part in sentence, text[:40]
