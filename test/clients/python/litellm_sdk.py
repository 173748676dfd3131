"""LiteLLM, as a library: it is what many gateways call us with. Its errors derive from OpenAI's, which it raises for speech."""

import io

import litellm
import openai
from checks import INPUT, Checks, assert_format, assert_heard, assert_pcm, ground, make_busy, raises, speech, use_up, version_of

checks = Checks("litellm", version_of("litellm"))


def speak(url, key="any", retries=0, **more):
    asked = {"model": "openai/tts-1", "voice": "alloy", "input": INPUT, **more}
    return litellm.speech(api_base=f"{url}/v1", api_key=key, max_retries=retries, **asked).content


@checks.check("speech in six formats")
def formats():
    for form in ["mp3", "opus", "aac", "flac", "wav", "pcm"]:
        assert_format(speak(ground.open, response_format=form), form)


@checks.check("pcm at 24 kHz")
def pcm():
    assert_pcm(speak(ground.open, response_format="pcm"), 24_000)


@checks.check("its health check")
def health():
    assert speak(ground.open, input="test from litellm")


@checks.check("transcription")
def transcription():
    file = ("speech.wav", io.BytesIO(speech()))
    asked = {"model": "openai/whisper-1", "file": file, "api_base": f"{ground.embedded}/v1", "api_key": "any"}
    assert_heard(litellm.transcription(**asked).text)


@checks.check("wrong key: AuthenticationError")
def wrong_key():
    raises(openai.AuthenticationError, lambda: speak(ground.locked, "wrong"))


@checks.check("unknown voice: NotFoundError")
def unknown():
    raises(openai.NotFoundError, lambda: speak(ground.open, voice="nobody"))


@checks.check("limit: RateLimitError")
def limit():
    key = use_up("litellm")
    raises(openai.RateLimitError, lambda: speak(ground.locked, key))


@checks.check("retries once Retry-After-Ms is over")
def retries():
    make_busy()
    assert_format(speak(ground.busy, retries=1), "mp3")


checks.run()
