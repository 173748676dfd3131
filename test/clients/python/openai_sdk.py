"""The official OpenAI client, and its Azure form."""

import io

import openai
from checks import (
    INPUT,
    Checks,
    assert_format,
    assert_heard,
    assert_pcm,
    ground,
    make_busy,
    raises,
    speech,
    use_up,
    version_of,
)

plain = Checks("openai-python", version_of("openai"))
azure = Checks("AzureOpenAI (openai-python)", version_of("openai"))


def at(url, key="any", retries=0):
    return openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=retries)


def speak(client, **more):
    asked = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": INPUT, **more}
    return client.audio.speech.create(**asked).content


def hear(client, **more):
    file = ("speech.wav", io.BytesIO(speech()))
    return client.audio.transcriptions.create(file=file, **{"model": "whisper-1", **more})


@plain.check("speech in six formats")
def formats():
    for form in ["mp3", "opus", "aac", "flac", "wav", "pcm"]:
        assert_format(speak(at(ground.open), response_format=form), form)


@plain.check("pcm at 24 kHz")
def pcm():
    assert_pcm(speak(at(ground.open), response_format="pcm"), 24_000)


@plain.check("speech that is streamed")
def streamed():
    asked = {"model": "tts-1", "voice": "alloy", "input": INPUT, "response_format": "pcm"}
    with at(ground.open).audio.speech.with_streaming_response.create(**asked) as response:
        assert_pcm(b"".join(response.iter_bytes(1024)), 24_000)


@plain.check("speech by the asynchronous client")
async def asynchronous():
    async with openai.AsyncOpenAI(base_url=f"{ground.open}/v1", api_key="any") as client:
        asked = {"model": "tts-1", "voice": "alloy", "input": INPUT}
        assert_format((await client.audio.speech.create(**asked)).content, "mp3")


@plain.check("models and one model")
def models():
    assert "tts-1" in [model.id for model in at(ground.open).models.list()]
    assert at(ground.open).models.retrieve("fish-audio/s1").id == "fish-audio/s1"


@plain.check("wrong key: AuthenticationError")
def wrong_key():
    raises(openai.AuthenticationError, lambda: speak(at(ground.locked, "wrong")))


@plain.check("unknown voice or model: NotFoundError")
def unknown():
    raises(openai.NotFoundError, lambda: speak(at(ground.open), voice="nobody"))
    raises(openai.NotFoundError, lambda: at(ground.open).models.retrieve("nothing"))


@plain.check("bad value: BadRequestError with param")
def bad_value():
    assert raises(openai.BadRequestError, lambda: speak(at(ground.open), speed=9)).param == "speed"


@plain.check("unknown path: NotFoundError")
def unknown_path():
    raises(openai.NotFoundError, lambda: at(ground.open).embeddings.create(model="a", input="b"))


@plain.check("limit: RateLimitError")
def limit():
    key = use_up("openai-python")
    raises(openai.RateLimitError, lambda: speak(at(ground.locked, key)))


@plain.check("retries once Retry-After-Ms is over")
def retries():
    make_busy()
    assert_format(speak(at(ground.busy, retries=1)), "mp3")


@plain.check("speed as a string")
def speed():
    assert_format(speak(at(ground.open), speed="1.5"), "mp3")


@plain.check("signs only")
def signs():
    for text in ["...", "&", "🎉"]:
        assert speak(at(ground.open), input=text)


@plain.check("slash behind the base address")
def slash():
    assert_format(speak(openai.OpenAI(base_url=f"{ground.open}/v1/", api_key="any")), "mp3")


@plain.check("transcription of words alone, with usage")
def words():
    heard = hear(at(ground.embedded), response_format="verbose_json", timestamp_granularities=["word"])
    assert_heard(heard.text)
    assert len(heard.words) > 8 and heard.segments is None, heard
    assert heard.usage.type == "duration", heard


@plain.check("transcription as text and captions")
def captions():
    assert_heard(hear(at(ground.embedded), response_format="text"))
    assert "-->" in hear(at(ground.embedded), response_format="srt")


@plain.check("streamed transcription with usage")
def streamed_transcription():
    last = list(hear(at(ground.embedded), model="gpt-4o-mini-transcribe", stream=True))[-1]
    assert last.type == "transcript.text.done" and last.usage, last
    assert_heard(last.text)


def azure_at(url, key):
    return openai.AzureOpenAI(azure_endpoint=url, api_key=key, api_version="2025-04-01-preview", max_retries=0)


@azure.check("speech on a deployment's path")
def azure_speech():
    assert_format(speak(azure_at(ground.locked, ground.key), model="my deployment"), "mp3")


@azure.check("transcription on a deployment's path")
def azure_transcription():
    assert_heard(hear(azure_at(ground.embedded, "any")).text)


@azure.check("wrong key: AuthenticationError")
def azure_key():
    raises(openai.AuthenticationError, lambda: speak(azure_at(ground.locked, "wrong")))


@azure.check("the newer paths below /openai/v1")
def azure_newer():
    assert_format(speak(at(f"{ground.locked}/openai", ground.key)), "mp3")


plain.run()
azure.run()
