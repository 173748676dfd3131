// The official client of the Fish Audio cloud for Go.
package main

import (
	"context"
	"errors"
	"fmt"

	"fish-edge/clients/checks"

	fishaudio "github.com/fishaudio/fish-audio-go"
)

var ctx = context.Background()

func at(url, key string) *fishaudio.Client {
	return fishaudio.NewClient(fishaudio.WithBaseURL(url), fishaudio.WithAPIKey(key))
}

func speak(client *fishaudio.Client, format fishaudio.AudioFormat, voice string) ([]byte, error) {
	asked := fishaudio.ConvertParams{Text: checks.Input, Format: format, ReferenceID: voice}
	return client.TTS.Convert(ctx, &asked)
}

func main() {
	c := checks.New("fish-audio-go", "github.com/fishaudio/fish-audio-go")
	open := at(c.Ground.Open, "any")
	c.Check("speech in four formats", func() error {
		for _, format := range []string{"mp3", "opus", "wav", "pcm"} {
			audio, err := speak(open, fishaudio.AudioFormat(format), "")
			if err == nil {
				err = checks.Format(audio, format)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	c.Check("pcm at 44.1 kHz", func() error {
		audio, err := speak(open, "pcm", "")
		if err != nil {
			return err
		}
		return checks.Pcm(audio, 44_100)
	})
	c.Check("live", func() error {
		return checks.CannotTry("it connects to wss://api.fish.audio, whatever the base address is")
	})
	c.Check("voices: list and one", func() error {
		if _, err := open.Voices.List(ctx, &fishaudio.ListVoicesParams{PageSize: 100}); err != nil {
			return err
		}
		_, err := open.Voices.Get(ctx, "anna")
		return err
	})
	c.Check("wallet: credit and package", func() error {
		if _, err := open.Account.GetCredits(ctx, nil); err != nil {
			return err
		}
		_, err := open.Account.GetPackage(ctx)
		return err
	})
	c.Check("transcription", func() error {
		audio, err := c.Speech()
		if err != nil {
			return err
		}
		heard, err := at(c.Ground.Embedded, "any").ASR.Transcribe(ctx, audio, &fishaudio.TranscribeParams{Language: "en"})
		if err != nil {
			return err
		}
		return c.Heard(heard.Text)
	})
	c.Check("wrong key: AuthenticationError", func() error {
		_, err := speak(at(c.Ground.Locked, "wrong"), "mp3", "")
		var refused *fishaudio.AuthenticationError
		if !errors.As(err, &refused) {
			return fmt.Errorf("%T: %v", err, err)
		}
		return nil
	})
	c.Check("unknown voice: NotFoundError", func() error {
		_, err := speak(open, "mp3", "nobody")
		var refused *fishaudio.NotFoundError
		if !errors.As(err, &refused) {
			return fmt.Errorf("%T: %v", err, err)
		}
		return nil
	})
	c.Check("limit: RateLimitError", func() error {
		key, err := c.UseUp()
		if err != nil {
			return err
		}
		_, err = speak(at(c.Ground.Locked, key), "mp3", "")
		var refused *fishaudio.RateLimitError
		if !errors.As(err, &refused) {
			return fmt.Errorf("%T: %v", err, err)
		}
		return nil
	})
}
