"""LiveKit's plugin for Fish Audio (livekit-plugins-fishaudio) against a running server.

    python livekit_fish.py http://127.0.0.1:8080 [key]

Five utterances through one plugin, as an agent speaks them. Prints one line of JSON: how many sockets it opened, how much
audio each utterance had in seconds, and what it warned of. Exits with 1 unless that was one socket and no warning.
"""

import asyncio
import json
import logging
import sys

import aiohttp
from livekit.plugins import fishaudio

UTTERANCES = [
    "Good morning. How can I help you today?",
    "Your order was sent on Tuesday.",
    "It should arrive tomorrow, before noon.",
    "Is there anything else?",
    "Thank you for calling. Goodbye!",
]

warnings: list[str] = []


class Collector(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        warnings.append(record.getMessage())


async def speak(tts: fishaudio.TTS, text: str) -> float:
    seconds = 0.0
    async with tts.stream() as stream:
        for word in text.split(" "):
            stream.push_text(word + " ")
        stream.end_input()
        async for event in stream:
            seconds += event.frame.duration
    return round(seconds, 3)


async def main(base_url: str, key: str) -> int:
    opened = 0

    async def count(*_: object) -> None:
        nonlocal opened
        opened += 1

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(count)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        tts = fishaudio.TTS(api_key=key, base_url=base_url, voice_id="default", http_session=session)
        seconds = []
        for text in UTTERANCES:
            seconds.append(await speak(tts, text))
            await asyncio.sleep(0.5)  # somebody answers
        await tts.aclose()
    print(json.dumps({"sockets": opened, "seconds": seconds, "warnings": warnings}))
    return 0 if opened == 1 and all(seconds) and not warnings else 1


if __name__ == "__main__":
    logging.getLogger().addHandler(Collector(logging.WARNING))
    sys.exit(asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "none")))
