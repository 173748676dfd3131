"""The official client of the Fish Audio cloud: its package of today, and the one it had before."""

import fish_audio_sdk as legacy
import fishaudio
from checks import (
    INPUT,
    Checks,
    assert_format,
    assert_heard,
    assert_pcm,
    ground,
    raises,
    speech,
    use_up,
    version_of,
)
from fishaudio.types import FlushEvent, TTSConfig

today = Checks("fishaudio-python", version_of("fish-audio-sdk"))
before = Checks("fish-audio-sdk-python", version_of("fish-audio-sdk"))


def at(url, key="any"):
    return fishaudio.FishAudio(base_url=url, api_key=key)


def words():
    yield from ["One ", "two ", "three."]


@today.check("speech in four formats")
def formats():
    for form in ["mp3", "opus", "wav", "pcm"]:
        assert_format(at(ground.open).tts.convert(text=INPUT, format=form), form)


@today.check("pcm at 44.1 kHz, and at another rate")
def rate():
    assert_pcm(at(ground.open).tts.convert(text=INPUT, format="pcm"), 44_100)
    config = TTSConfig(format="pcm", sample_rate=16_000)
    assert_pcm(at(ground.open).tts.convert(text=INPUT, config=config), 16_000)


@today.check("speech that is streamed")
def streamed():
    assert_pcm(b"".join(at(ground.open).tts.stream(text=INPUT, format="pcm")), 44_100)


@today.check("live, at 44.1 kHz")
def live():
    assert_pcm(b"".join(at(ground.open).tts.stream_websocket(words(), format="pcm")), 44_100)


@today.check("live, with a flush")
def live_flush():
    texts = iter(["One two three.", FlushEvent(), "Four five six."])
    audio = b"".join(at(ground.open).tts.stream_websocket(texts, format="pcm"))
    assert len(audio) > 1.2 * 44_100 * 2, len(audio)


@today.check("live, asynchronously")
async def live_async():
    async def texts():
        for word in words():
            yield word

    async with fishaudio.AsyncFishAudio(base_url=ground.open, api_key="any") as client:
        audio = b"".join([chunk async for chunk in client.tts.stream_websocket(texts(), format="pcm")])
    assert_pcm(audio, 44_100)


@today.check("speed")
def speed():
    audio = at(ground.open).tts.convert(text=INPUT, format="pcm", speed=1.5)
    assert_pcm(audio, 44_100, 0.6)


@today.check("signs only")
def signs():
    assert at(ground.open).tts.convert(text="...", format="pcm")


@today.check("slash behind the base address")
def slash():
    assert_format(at(f"{ground.open}/").tts.convert(text=INPUT, format="wav"), "wav")


@today.check("voices: list and one")
def voices():
    assert "anna" in [voice.id for voice in at(ground.open).voices.list(page_size=100).items]
    assert at(ground.open).voices.get("anna").id == "anna"


@today.check("wallet: credit and package")
def wallet():
    assert float(at(ground.open).account.get_credits().credit) > 0
    assert at(ground.open).account.get_package().user_id


@today.check("transcription with segments")
def transcription():
    heard = at(ground.embedded).asr.transcribe(audio=speech(), language="en")
    assert_heard(heard.text)
    assert heard.segments and heard.segments[-1].end <= heard.duration, heard


@today.check("wrong key: AuthenticationError")
def wrong_key():
    raises(fishaudio.AuthenticationError, lambda: at(ground.locked, "wrong").tts.convert(text=INPUT))


@today.check("unknown voice: NotFoundError")
def unknown():
    raises(fishaudio.NotFoundError, lambda: at(ground.open).tts.convert(text=INPUT, reference_id="nobody"))
    raises(fishaudio.NotFoundError, lambda: at(ground.open).voices.get("nobody"))


@today.check("limit: RateLimitError")
def limit():
    key = use_up("fishaudio-python")
    raises(fishaudio.RateLimitError, lambda: at(ground.locked, key).tts.convert(text=INPUT))


def session(url, key="any"):
    return legacy.Session(key, base_url=url)


def request(**more):
    return legacy.TTSRequest(**{"text": INPUT, **more})


@before.check("speech in three formats")
def legacy_formats():
    for form in ["mp3", "wav", "pcm"]:
        assert_format(b"".join(session(ground.open).tts(request(format=form))), form)


@before.check("pcm at 44.1 kHz")
def legacy_rate():
    assert_pcm(b"".join(session(ground.open).tts(request(format="pcm"))), 44_100)


@before.check("live, at 44.1 kHz")
def legacy_live():
    with legacy.WebSocketSession("any", base_url=ground.open) as socket:
        assert_pcm(b"".join(socket.tts(request(text="", format="pcm"), words())), 44_100)


@before.check("voices: list and one")
def legacy_voices():
    assert "anna" in [model.id for model in session(ground.open).list_models(page_size=100).items]
    assert session(ground.open).get_model("anna").id == "anna"


@before.check("wallet: credit and package")
def legacy_wallet():
    assert session(ground.open).get_api_credit().credit > 0
    assert session(ground.open).get_package().user_id


@before.check("transcription")
def legacy_transcription():
    assert_heard(session(ground.embedded).asr(legacy.ASRRequest(audio=speech())).text)


@before.check("wrong key: HttpCodeErr 401")
def legacy_key():
    error = raises(legacy.HttpCodeErr, lambda: session(ground.locked, "wrong").list_models())
    assert error.status == 401, error.status


@before.check("unknown voice: HttpCodeErr 404")
def legacy_unknown():
    error = raises(legacy.HttpCodeErr, lambda: session(ground.open).get_model("nobody"))
    assert error.status == 404, error.status


@before.check("limit: HttpCodeErr 429")
def legacy_limit():
    key = use_up("fish-audio-sdk-python")
    error = raises(legacy.HttpCodeErr, lambda: list(session(ground.locked, key).tts(request())))
    assert error.status == 429, error.status


today.run()
before.run()
