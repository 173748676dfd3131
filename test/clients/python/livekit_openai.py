"""LiveKit's plugin for OpenAI, with another base address."""

from checks import INPUT, Checks, assert_heard, ground, speech_pcm, version_of
from livekit import rtc
from livekit.agents import APIStatusError
from livekit.agents.types import APIConnectOptions
from livekit.plugins import openai

checks = Checks("livekit-plugins-openai", version_of("livekit-plugins-openai"))
ONCE = APIConnectOptions(max_retry=0, timeout=30)


async def speak(url, key="any", **more):
    tts = openai.TTS(base_url=f"{url}/v1", api_key=key, **more)
    try:
        async with tts.synthesize(INPUT, conn_options=ONCE) as stream:
            return sum([event.frame.duration async for event in stream])
    finally:
        await tts.aclose()


def assert_seconds(got):
    assert abs(got - 0.9) < 0.3, f"{got} s, not 0.9"


@checks.check("speech in events, in three formats")
async def events():
    for form in ["mp3", "wav", "opus"]:
        assert_seconds(await speak(ground.open, response_format=form))


@checks.check("speech of tts-1, which has no events")
async def plain():
    assert_seconds(await speak(ground.open, model="tts-1"))


@checks.check("a voice of the server, and a speed")
async def voice():
    seconds = await speak(ground.open, voice="anna", speed=1.5)
    assert abs(seconds - 0.6) < 0.2, seconds


@checks.check("transcription")
async def transcription():
    audio, rate = speech_pcm()
    stt = openai.STT(base_url=f"{ground.embedded}/v1", api_key="any", model="whisper-1")
    frame = rtc.AudioFrame(audio, rate, 1, len(audio) // 2)
    heard = await stt.recognize(frame, language="en", conn_options=ONCE)
    assert_heard(heard.alternatives[0].text)
    await stt.aclose()


@checks.check("wrong key: APIStatusError 401")
async def wrong_key():
    try:
        await speak(ground.locked, "wrong")
    except APIStatusError as error:
        assert error.status_code == 401, error
    else:
        raise AssertionError("no error")


checks.run()
