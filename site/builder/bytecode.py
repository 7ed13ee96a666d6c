"""
Compiles the Python files of zip archives; runs in Pyodide, started by bytecode.mjs.

`JOBS` is a JSON list of {"source", "target", "prefix"}: two archives, and the folder in
which the first one's files will lie when they run, which tracebacks name.
"""

import importlib.util
import json
import marshal
import zipfile

UNCHECKED = (1).to_bytes(4, "little")  # PEP 552: a hash that need not be compared
MADE = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever this is run


def compile_archive(source, target, prefix):
    with (
        zipfile.ZipFile(source) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new,
    ):
        for name in sorted(old.namelist()):
            data = old.read(name)
            if name.endswith(".py"):
                # optimize=2 leaves out docstrings and assertions.
                code = compile(
                    data, prefix + name, "exec", dont_inherit=True, optimize=2
                )
                digest = importlib.util.source_hash(data)
                header = importlib.util.MAGIC_NUMBER + UNCHECKED + digest
                name, data = name + "c", header + marshal.dumps(code)
            info = zipfile.ZipInfo(name, MADE)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, data)


for job in json.loads(JOBS):  # noqa: F821  given by bytecode.mjs
    compile_archive(**job)
