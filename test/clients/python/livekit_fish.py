"""LiveKit's plugin for Fish Audio: an agent speaks through one plugin, an utterance after the other, over one socket."""

import asyncio
import logging

import aiohttp
from checks import INPUT, Checks, ground, version_of
from livekit.agents import APIStatusError
from livekit.agents.types import APIConnectOptions
from livekit.plugins import fishaudio

checks = Checks("livekit-plugins-fishaudio", version_of("livekit-plugins-fishaudio"))
UTTERANCES = [
    "Good morning. How can I help you today?",
    "Your order was sent on Tuesday.",
    "It should arrive tomorrow, before noon.",
    "Is there anything else?",
    "Thank you for calling. Goodbye!",
]
# What the origin's voice needs for a word.
SECONDS_PER_WORD = 0.3
ONCE = APIConnectOptions(max_retry=0, timeout=30)


class Warnings(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def at(url, session, key="any", **more):
    return fishaudio.TTS(api_key=key, base_url=url, http_session=session, **{"voice_id": "anna", **more})


async def speak(tts, text):
    """Seconds of audio of a text that comes word by word."""
    seconds = 0.0
    async with tts.stream(conn_options=ONCE) as stream:
        for word in text.split(" "):
            stream.push_text(word + " ")
        stream.end_input()
        async for event in stream:
            seconds += event.frame.duration
    return seconds


async def speak_whole(tts, text):
    seconds = 0.0
    async with tts.synthesize(text, conn_options=ONCE) as stream:
        async for event in stream:
            seconds += event.frame.duration
    return seconds


def assert_seconds(got, text):
    wanted = SECONDS_PER_WORD * len(text.split())
    assert abs(got - wanted) < 0.35 * wanted, f"{got} s of {text!r}, not {wanted}"


async def utterances(url):
    """Five utterances through one plugin, and how many sockets it opened for them."""
    opened = []

    async def note(*_):
        opened.append(1)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(note)
    warnings = Warnings()
    logging.getLogger().addHandler(warnings)
    try:
        async with aiohttp.ClientSession(trace_configs=[trace]) as session:
            tts = at(url, session)
            for text in UTTERANCES:
                assert_seconds(await speak(tts, text), text)
                await asyncio.sleep(0.5)  # somebody answers
            await tts.aclose()
    finally:
        logging.getLogger().removeHandler(warnings)
    assert not warnings.messages, warnings.messages
    return len(opened)


@checks.check("five utterances over one live socket, without a warning")
async def five():
    opened = await utterances(ground.open)
    assert opened == 1, f"{opened} sockets"


@checks.check("speech of a whole text")
async def whole():
    async with aiohttp.ClientSession() as session:
        assert_seconds(await speak_whole(at(ground.open, session), INPUT), INPUT)


@checks.check("pcm, mp3 and opus, live")
async def formats():
    async with aiohttp.ClientSession() as session:
        for form in ["pcm", "mp3", "opus"]:
            tts = at(ground.open, session, output_format=form)
            assert_seconds(await speak(tts, INPUT), INPUT)
            await tts.aclose()


@checks.check("wrong key: APIStatusError 401")
async def wrong_key():
    async with aiohttp.ClientSession() as session:
        for attempt in [speak_whole, speak]:
            try:
                await attempt(at(ground.locked, session, key="wrong"), INPUT)
            except APIStatusError as error:
                assert error.status_code == 401, error
            else:
                raise AssertionError("no error")


@checks.check("unknown voice: APIStatusError 404")
async def unknown():
    async with aiohttp.ClientSession() as session:
        try:
            await speak_whole(at(ground.open, session, voice_id="nobody"), INPUT)
        except APIStatusError as error:
            assert error.status_code == 404, error
        else:
            raise AssertionError("no error")


checks.run()
