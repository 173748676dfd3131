"""The integration tests that fish-audio-python is published with, as they are, but for the address of the cloud."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import fishaudio
import pytest
from checks import CannotTry, Checks, ground, version_of

VERSION = version_of("fish-audio-sdk")
checks = Checks("fish-audio-python's own tests", VERSION)
cache = Path(os.environ["CLIENTS_CACHE"])


def source():
    """The folder of its source distribution, which holds the tests; fetched once."""
    archive = cache / f"fish_audio_sdk-{VERSION}.tar.gz"
    if not archive.exists():
        args = ["-q", "--no-deps", "--no-build-isolation", "--no-binary", ":all:", "--dest", str(cache)]
        command = [sys.executable, "-m", "pip", "download", *args, f"fish-audio-sdk=={VERSION}"]
        got = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if got.returncode != 0:
            raise CannotTry(f"not fetched here: {got.stderr.strip().splitlines()[-1]}")
    with tarfile.open(archive) as file:
        file.extractall(cache, filter="data")
    return cache / f"fish_audio_sdk-{VERSION}"


class Elsewhere:
    """Points every client at our server, and keeps what came of each test."""

    def __init__(self):
        self.outcomes = {}

    def pytest_configure(self):
        for client in [fishaudio.FishAudio, fishaudio.AsyncFishAudio]:
            assert client.__init__.__kwdefaults__["base_url"] == "https://api.fish.audio"
            client.__init__.__kwdefaults__["base_url"] = ground.embedded

    def pytest_runtest_logreport(self, report):
        name = report.nodeid.split("::")[-1]
        if report.outcome == "passed" and report.when != "call":
            return
        told = report.longrepr[-1] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        why = "" if report.outcome == "passed" else told.strip().splitlines()[-1]
        outcome = None if report.outcome == "skipped" and not hasattr(report, "wasxfail") else report.outcome != "failed"
        self.outcomes[report.nodeid] = (name, outcome, why)


def main():
    if not ground.embedded:
        return checks.report("everything", None, "the embedded voice and recogniser are not installed")
    try:
        folder = source()
    except CannotTry as reason:
        return checks.report("everything", None, str(reason))
    os.environ["FISH_API_KEY"] = "any"
    os.chdir(folder)
    seen = Elsewhere()
    # a busy machine speaks its longest text in minutes; arguments of ours narrow the run, as `-k name` does
    options = ["-q", "-p", "no:cacheprovider", "--tb=line", "--timeout=240", *sys.argv[1:]]
    pytest.main(["tests/integration", *options], plugins=[seen])
    passed = sum(outcome is True for _, outcome, _ in seen.outcomes.values())
    if passed:
        checks.report(f"{passed} of {len(seen.outcomes)} integration tests", True)
    for name, outcome, why in seen.outcomes.values():
        if outcome is not True:
            checks.report(name, outcome, why[:300])
    if not seen.outcomes:
        checks.report("everything", False, "no test was found")


main()
