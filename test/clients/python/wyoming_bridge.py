"""wyoming-openai, which Home Assistant speaks to: it finds out by itself what kind of server it is in front of."""

import asyncio
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path

from checks import INPUT, Checks, assert_heard, ground, speech_pcm, version_of
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.error import Error
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped, SynthesizeVoice

checks = Checks("wyoming-openai", version_of("wyoming-openai"))


@asynccontextmanager
async def bridge(url, *more, key="any", hears=False):
    """The bridge in front of a server, and a client of it."""
    for_hearing = ["--stt-openai-url", f"{url}/v1", "--stt-openai-key", key, "--stt-models", "whisper-1"]
    for_speech = ["--tts-openai-url", f"{url}/v1", "--tts-openai-key", key, "--tts-models", "tts-1"]
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "bridge.sock"
        args = ["-m", "wyoming_openai", "--uri", f"unix://{socket}", *(for_hearing if hears else for_speech), *more]
        process = await asyncio.create_subprocess_exec(sys.executable, *args)
        try:
            while not socket.exists():
                assert process.returncode is None, f"it ended with {process.returncode}"
                await asyncio.sleep(0.1)
            async with AsyncClient.from_uri(f"unix://{socket}") as client:
                yield client
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def until(client, kind):
    """The events up to the first of this kind."""
    events = []
    while not events or not kind.is_type(events[-1].type):
        event = await client.read_event()
        assert event is not None, f"it hung up after {[each.type for each in events]}"
        assert kind is Error or not Error.is_type(event.type), Error.from_event(event).text
        events.append(event)
    return events


def seconds(events):
    chunks = [AudioChunk.from_event(event) for event in events if AudioChunk.is_type(event.type)]
    return sum(len(chunk.audio) / chunk.width / chunk.channels / chunk.rate for chunk in chunks)


def assert_seconds(events, wanted):
    got = seconds(events)
    assert abs(got - wanted) < 0.25 * wanted, f"{got} s, not {wanted}"


@checks.check("finds the voices that the server has")
async def voices():
    async with bridge(ground.open) as client:
        await client.write_event(Describe().event())
        info = Info.from_event((await until(client, Info))[-1])
        names = [voice.name for program in info.tts for voice in program.voices]
        assert "anna" in names, names


@checks.check("speech")
async def speech():
    async with bridge(ground.open) as client:
        await client.write_event(Synthesize(text=INPUT, voice=SynthesizeVoice(name="anna")).event())
        assert_seconds(await until(client, AudioStop), 0.9)


@checks.check("speech of sentences as they are written")
async def streamed():
    async with bridge(ground.open, "--tts-streaming-models", "tts-1") as client:
        await client.write_event(SynthesizeStart(voice=SynthesizeVoice(name="anna")).event())
        for text in ["One two three. Four ", "five six. Seven ", "eight nine."]:
            await client.write_event(SynthesizeChunk(text=text).event())
        await client.write_event(SynthesizeStop().event())
        assert_seconds(await until(client, SynthesizeStopped), 2.7)


@checks.check("transcription")
async def transcription():
    audio, rate = speech_pcm()
    async with bridge(ground.embedded, hears=True) as client:
        about = {"rate": rate, "width": 2, "channels": 1}
        await client.write_event(Transcribe(language="en").event())
        await client.write_event(AudioStart(**about).event())
        await client.write_event(AudioChunk(audio=audio, **about).event())
        await client.write_event(AudioStop().event())
        assert_heard(Transcript.from_event((await until(client, Transcript))[-1]).text)


@checks.check("wrong key: says that it failed")
async def wrong_key():
    async with bridge(ground.locked, "--tts-voices", "alloy", key="wrong") as client:
        await client.write_event(Synthesize(text=INPUT).event())
        await until(client, Error)


checks.run()
