"""Finds browsers that Playwright can drive, and installs them where there are none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from builder.report import agrees

if TYPE_CHECKING:  # the installer runs where there is no Playwright yet
    from playwright.sync_api import Browser, Playwright

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# As root, Chromium needs --no-sandbox. The other flags turn off the GPU and requests of
# the browser itself.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def find_chromium() -> Path | None:
    """Return Playwright's own Chromium, else the system's, else None."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    if own.exists():
        return own
    found = next(filter(None, map(shutil.which, SYSTEM_NAMES)), None)
    return Path(found) if found else None


def install_chromium() -> Path:
    """Return a Chromium, installing it if needed; exit with advice if that fails."""
    found = find_chromium()
    if found is None:
        print("No Chromium here: trying `playwright install chromium`", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])
        found = find_chromium()
    if found is None and _install_package("chromium"):
        found = find_chromium()
    if found is None:
        raise SystemExit(
            "The browser tests need Chromium, and it could not be installed. Install "
            "your system's chromium package, or run: playwright install chromium"
        )
    return found


@contextmanager
def launching(
    playwright: Playwright, executable: str, *flags: str
) -> Iterator[Browser]:
    """Launch a browser and close it at the end."""
    arguments = [*ARGUMENTS, *flags]
    browser = playwright.chromium.launch(executable_path=executable, args=arguments)
    try:
        yield browser
    finally:
        browser.close()


def find_firefox() -> Path | None:
    """Return Firefox ESR if it is there, else None."""
    found = shutil.which("firefox-esr")
    return Path(found) if found else None


def install_firefox() -> None:
    """Install Firefox ESR where there is none and that is possible; else say so."""
    if find_firefox() is None and not _install_package("firefox-esr"):
        print(
            "There is no Firefox ESR here: its tests are skipped. To run them, install "
            "your system's firefox-esr package."
        )


def _install_package(name: str) -> bool:
    """Install a package of Debian's if that is possible and allowed; say whether."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    question = f"The tests need Debian's package {name}. Install it with apt-get?"
    if not (os.environ.get("CI") or agrees(question)):
        return False
    print(f"Installing Debian's package {name}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", name]):
        done = subprocess.run(["apt-get", "-qq", *command], env=environment)
        if done.returncode:
            return False
    return True
