// The official OpenAI client for Go.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"fish-edge/clients/checks"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

var ctx = context.Background()

func at(url, key string, retries int) openai.Client {
	return openai.NewClient(option.WithBaseURL(url+"/v1"), option.WithAPIKey(key), option.WithMaxRetries(retries))
}

func speak(client openai.Client, format, voice string, speed float64) ([]byte, error) {
	asked := openai.AudioSpeechNewParams{
		Model:          "gpt-4o-mini-tts",
		Input:          checks.Input,
		Voice:          openai.AudioSpeechNewParamsVoiceUnion{OfString: openai.String(voice)},
		ResponseFormat: openai.AudioSpeechNewParamsResponseFormat(format),
		Speed:          openai.Float(speed),
	}
	response, err := client.Audio.Speech.New(ctx, asked)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}

func status(err error, wanted int) error {
	var refused *openai.Error
	if !errors.As(err, &refused) || refused.StatusCode != wanted || refused.Message == "" {
		return fmt.Errorf("not %d: %v", wanted, err)
	}
	return nil
}

func main() {
	c := checks.New("openai-go", "github.com/openai/openai-go/v3")
	open := at(c.Ground.Open, "any", 0)
	c.Check("speech in six formats", func() error {
		for _, format := range []string{"mp3", "opus", "aac", "flac", "wav", "pcm"} {
			audio, err := speak(open, format, "alloy", 1)
			if err == nil {
				err = checks.Format(audio, format)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	c.Check("pcm at 24 kHz", func() error {
		audio, err := speak(open, "pcm", "alloy", 1)
		if err != nil {
			return err
		}
		return checks.Pcm(audio, 24_000)
	})
	c.Check("models and one model", func() error {
		models, err := open.Models.List(ctx)
		if err != nil || len(models.Data) == 0 {
			return fmt.Errorf("no models: %v", err)
		}
		_, err = open.Models.Get(ctx, "fish-audio/s1")
		return err
	})
	c.Check("wrong key: 401", func() error {
		_, err := speak(at(c.Ground.Locked, "wrong", 0), "mp3", "alloy", 1)
		return status(err, 401)
	})
	c.Check("unknown voice: 404", func() error {
		_, err := speak(open, "mp3", "nobody", 1)
		return status(err, 404)
	})
	c.Check("bad value: 400", func() error {
		_, err := speak(open, "mp3", "alloy", 9)
		return status(err, 400)
	})
	c.Check("limit: 429", func() error {
		key, err := c.UseUp()
		if err != nil {
			return err
		}
		_, err = speak(at(c.Ground.Locked, key, 0), "mp3", "alloy", 1)
		return status(err, 429)
	})
	c.Check("retries once Retry-After is over", func() error {
		if err := c.MakeBusy(); err != nil {
			return err
		}
		_, err := speak(at(c.Ground.Busy, "any", 1), "mp3", "alloy", 1)
		return err
	})
	c.Check("slash behind the base address", func() error {
		_, err := speak(openai.NewClient(option.WithBaseURL(c.Ground.Open+"/v1/"), option.WithAPIKey("any")), "mp3", "alloy", 1)
		return err
	})
	c.Check("transcription", func() error {
		audio, err := c.Speech()
		if err != nil {
			return err
		}
		file := openai.File(bytes.NewReader(audio), "speech.wav", "audio/wav")
		asked := openai.AudioTranscriptionNewParams{Model: "whisper-1", File: file}
		listener := at(c.Ground.Embedded, "any", 0)
		heard, err := listener.Audio.Transcriptions.New(ctx, asked)
		if err != nil {
			return err
		}
		return c.Heard(heard.Text)
	})
}
