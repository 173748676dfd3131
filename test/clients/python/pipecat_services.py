"""Pipecat's services in a pipeline, as a voice agent runs them."""

import asyncio
import time

from checks import INPUT, Checks, assert_heard, ground, speech_pcm, version_of
from pipecat.frames.frames import (
    ErrorFrame,
    InputAudioRawFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.fish.tts import FishAudioTTSService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.workers.runner import WorkerRunner

VERSION = version_of("pipecat-ai")
fish = Checks("pipecat, FishAudioTTSService", VERSION)
openai = Checks("pipecat, OpenAITTSService and OpenAISTTService", VERSION)
RATE = 24_000


class Collector(FrameProcessor):
    """Keeps the frames that come by, until there are enough."""

    def __init__(self, enough):
        super().__init__()
        self.frames, self.enough, self.done = [], enough, asyncio.Event()

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        self.frames.append(frame)
        if isinstance(frame, ErrorFrame) or self.enough(self.frames):
            self.done.set()
        await self.push_frame(frame, direction)


async def run(service, frames, enough):
    """What a pipeline of this service alone gives, downstream and upstream, until there is enough or an error."""
    below, above = Collector(enough), Collector(enough)
    rates = PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE)
    worker = PipelineWorker(Pipeline([above, service, below]), params=rates, cancel_on_idle_timeout=False)
    started = asyncio.Event()

    @worker.event_handler("on_pipeline_started")
    async def _(*_):
        started.set()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    running = asyncio.create_task(runner.run())
    await started.wait()
    for frame in frames:
        await worker.queue_frame(frame, FrameDirection.DOWNSTREAM)
    waits = [asyncio.create_task(each.done.wait()) for each in (below, above)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    await worker.cancel()
    await running
    return below.frames + above.frames


def seconds(frames):
    return sum(len(frame.audio) for frame in frames if isinstance(frame, TTSAudioRawFrame)) / 2 / RATE


def errors(frames):
    return [frame.error for frame in frames if isinstance(frame, ErrorFrame)]


async def assert_speaks(service, texts, wanted):
    frames = await run(service, [TTSSpeakFrame(text) for text in texts], lambda kept: seconds(kept) > 0.9 * wanted)
    assert not errors(frames), errors(frames)
    assert seconds(frames) < 1.2 * wanted, f"{seconds(frames)} s, not {wanted}"


def fish_at(url, key="any", voice="anna"):
    service = FishAudioTTSService(api_key=key, settings=FishAudioTTSService.Settings(voice=voice))
    service._base_url = f"{url.replace('http', 'ws')}/v1/tts/live"  # it has no parameter for it
    return service


@fish.check("speech at the pipeline's rate")
async def fish_speech():
    await assert_speaks(fish_at(ground.open), [INPUT], 0.9)


@fish.check("three utterances")
async def fish_three():
    service = fish_at(ground.open)
    await assert_speaks(service, [INPUT, "Four five six.", "Seven eight nine."], 2.7)


@fish.check("wrong key: an ErrorFrame")
async def fish_key():
    frames = await run(fish_at(ground.locked, "wrong"), [], lambda _: False)
    assert "401" in errors(frames)[0], errors(frames)


def openai_at(url, key="any", voice="alloy"):
    settings = OpenAITTSService.Settings(voice=voice)
    return OpenAITTSService(api_key=key, base_url=f"{url}/v1", settings=settings)


@openai.check("speech at 24 kHz")
async def openai_speech():
    await assert_speaks(openai_at(ground.open), [INPUT], 0.9)


@openai.check("three utterances")
async def openai_three():
    await assert_speaks(openai_at(ground.open), [INPUT, "Four five six.", "Seven eight nine."], 2.7)


@openai.check("every voice it knows")
async def openai_voices():
    for voice in ["ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse"]:
        await assert_speaks(openai_at(ground.open, voice=voice), [INPUT], 0.9)


@openai.check("wrong key: an ErrorFrame")
async def openai_key():
    frames = await run(openai_at(ground.locked, "wrong"), [TTSSpeakFrame(INPUT)], lambda _: False)
    assert errors(frames)


@openai.check("transcription")
async def transcription():
    audio, rate = speech_pcm()
    stt = OpenAISTTService(api_key="any", base_url=f"{ground.embedded}/v1", settings=OpenAISTTService.Settings(model="whisper-1"))
    step = rate // 50 * 2
    pieces = [InputAudioRawFrame(audio[at : at + step], rate, 1) for at in range(0, len(audio), step)]
    now = time.time()
    frames = [VADUserStartedSpeakingFrame(timestamp=now), *pieces, VADUserStoppedSpeakingFrame(timestamp=now)]
    heard = lambda kept: [frame for frame in kept if isinstance(frame, TranscriptionFrame)]  # noqa: E731
    kept = await run(stt, frames, heard)
    assert not errors(kept), errors(kept)
    assert_heard(heard(kept)[0].text)


fish.run()
openai.run()
