"""What all scripts here share: a check is a function; each prints one line of JSON that the runner reads."""

import asyncio
import inspect
import io
import json
import os
import re
import signal
import urllib.error
import urllib.request
import wave
from types import SimpleNamespace

ground = SimpleNamespace(**json.loads(os.environ["CLIENTS_GROUND"]))
# Three words: the origin's voice needs 0.9 s for them.
INPUT = "One two three."
SECONDS = 0.9
OUT = os.fdopen(os.dup(1), "w")  # clients that print do so elsewhere
os.dup2(2, 1)


# A check that hangs is a failure, and the next one has its turn.
DEADLINE = 60


class CannotTry(Exception):
    pass


class Hangs(BaseException):  # so that no client takes it for a reason to try again
    pass


def hangs(*_):
    raise Hangs(f"no end within {DEADLINE} s")


signal.signal(signal.SIGALRM, hangs)


class Checks:
    def __init__(self, client, version):
        self.client, self.version, self.all = client, version, []

    def check(self, name):
        def keep(function):
            self.all.append((name, function))
            return function

        return keep

    def report(self, check, ok, why=""):
        line = {"client": self.client, "version": self.version, "check": check, "ok": ok, "why": why}
        print(json.dumps(line), file=OUT, flush=True)

    def run(self):
        for name, function in self.all:
            signal.alarm(DEADLINE)
            try:
                result = function()
                if inspect.isawaitable(result):
                    asyncio.run(result)
                self.report(name, True)
            except CannotTry as reason:
                self.report(name, None, str(reason))
            except BaseException as error:  # a client may raise anything
                self.report(name, False, f"{type(error).__name__}: {error}"[:300])
            finally:
                signal.alarm(0)


def raises(kind, function):
    """The error of this kind that the function raises."""
    try:
        function()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


def assert_format(audio, form):
    starts = {"mp3": rb"\xff[\xe0-\xff]", "aac": rb"\xff[\xf0-\xff]", "opus": b"OggS", "flac": b"fLaC", "wav": b"RIFF....WAVE"}
    assert len(audio) > 2000, f"{len(audio)} bytes of {form}"
    assert form == "pcm" or re.match(starts[form], audio, re.DOTALL), f"no {form}: {audio[:12]!r}"


def assert_pcm(audio, rate, seconds=SECONDS):
    got = len(audio) / 2 / rate
    assert abs(got - seconds) < 0.2 * max(1, seconds), f"{got} s at {rate} Hz, not {seconds}"


def speech():
    """The bytes of a WAV in which `ground.sentence` is said."""
    if not ground.speechFile:
        raise CannotTry("the embedded voice and recogniser are not installed")
    with open(ground.speechFile, "rb") as file:
        return file.read()


def speech_pcm():
    """Its samples, and their rate."""
    with wave.open(io.BytesIO(speech())) as file:
        return file.readframes(file.getnframes()), file.getframerate()


def assert_heard(text):
    def words(of):
        return set(re.findall("[a-z]+", of.lower()))

    missed = words(ground.sentence) - words(text)
    assert len(missed) <= 2, f"heard {text!r}"


def make_busy():
    """From now on `ground.busy` answers 503 for some seconds."""
    urllib.request.urlopen(urllib.request.Request(ground.makeBusy, method="POST")).read()


def use_up(client):
    """A key with no request left this minute."""
    key = f"limited-{client}"
    for _ in range(2 * ground.requestsAllowed):
        request = urllib.request.Request(f"{ground.locked}/v1/models", headers={"authorization": f"Bearer {key}"})
        try:
            urllib.request.urlopen(request).read()
        except urllib.error.HTTPError as error:
            if error.code == 429:
                return key
            raise
    raise AssertionError("the limit was never reached")


def version_of(*packages):
    from importlib.metadata import version

    return version(packages[0]) if len(packages) == 1 else ", ".join(f"{name} {version(name)}" for name in packages)
