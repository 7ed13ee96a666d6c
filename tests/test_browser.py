"""Nothing is installed on somebody's machine unless they say so."""

from __future__ import annotations

import subprocess

import pytest

import browser


@pytest.fixture
def machine(monkeypatch):
    """A machine of Debian's without browsers, whose root we are; gives what it ran."""
    commands = []

    def run(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    has = {"apt-get": "/usr/bin/apt-get"}
    monkeypatch.setattr(browser.subprocess, "run", run)
    monkeypatch.setattr(browser.shutil, "which", has.get)
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(browser, "find_chromium", lambda: None)
    monkeypatch.delenv("CI", raising=False)
    return commands


def is_apt(command):
    return command[0] == "apt-get"


def test_without_a_terminal_it_says_what_to_install_and_stops(machine, monkeypatch):
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(SystemExit, match="Install your system's chromium package"):
        browser.install_chromium()
    assert not any(map(is_apt, machine))


def test_without_firefox_its_tests_are_skipped_and_that_is_said(machine, capsys):
    browser.install_firefox()
    assert not any(map(is_apt, machine))
    assert "install your system's firefox-esr" in capsys.readouterr().out


@pytest.mark.parametrize("is_allowed", [True, False])
def test_at_a_terminal_it_asks(machine, monkeypatch, is_allowed):
    questions = []

    def agrees(question):
        questions.append(question)
        return is_allowed

    monkeypatch.setattr(browser, "agrees", agrees)
    browser.install_firefox()
    assert len(questions) == 1 and "firefox-esr" in questions[0]
    assert any(map(is_apt, machine)) == is_allowed


def test_ci_is_not_asked(machine, monkeypatch):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(browser, "agrees", pytest.fail)
    browser.install_firefox()
    assert ["apt-get", "-qq", "install", "-y", "firefox-esr"] in machine
