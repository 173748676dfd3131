// Package checks is what the programs here share: each check prints one line of JSON that the runner reads.
package checks

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
)

// Input has three words: the origin's voice needs 0.9 s for them.
const Input = "One two three."

// A check that hangs is a failure, and the next one has its turn.
const deadline = time.Minute

// Ground is where the servers are.
type Ground struct {
	Open, Locked, Key, Busy, MakeBusy, Strict, Embedded, SpeechFile, Sentence string
	RequestsAllowed                                                           int
}

// CannotTry says why a check was not tried.
type CannotTry string

func (why CannotTry) Error() string { return string(why) }

type result struct {
	Client  string `json:"client"`
	Version string `json:"version"`
	Check   string `json:"check"`
	Ok      *bool  `json:"ok"`
	Why     string `json:"why"`
}

// Checks runs the checks of one client.
type Checks struct {
	Ground          Ground
	client, version string
}

// New reads where the servers are, and which version of the module was built in.
func New(client, module string) *Checks {
	checks := &Checks{client: client}
	if err := json.Unmarshal([]byte(os.Getenv("CLIENTS_GROUND")), &checks.Ground); err != nil {
		panic(err)
	}
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			checks.version = dependency.Version
		}
	}
	return checks
}

// Check runs one.
func (c *Checks) Check(name string, run func() error) {
	ok, why := true, ""
	answer := &ok
	done := make(chan error, 1)
	go func() { done <- run() }()
	var err error
	select {
	case err = <-done:
	case <-time.After(deadline):
		err = fmt.Errorf("no end within %v", deadline)
	}
	var untried CannotTry
	if errors.As(err, &untried) {
		answer, why = nil, err.Error()
	} else if err != nil {
		ok, why = false, err.Error()
	}
	line, _ := json.Marshal(result{c.client, c.version, name, answer, why})
	fmt.Println(string(line))
}

// MakeBusy makes the server Busy answer 503 for some seconds.
func (c *Checks) MakeBusy() error {
	response, err := http.Post(c.Ground.MakeBusy, "text/plain", nil)
	if err == nil {
		response.Body.Close()
	}
	return err
}

// UseUp returns a key with no request left this minute.
func (c *Checks) UseUp() (string, error) {
	key := "limited-" + c.client
	for range 2 * c.Ground.RequestsAllowed {
		request, _ := http.NewRequest("GET", c.Ground.Locked+"/v1/models", nil)
		request.Header.Set("Authorization", "Bearer "+key)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return "", err
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode == http.StatusTooManyRequests {
			return key, nil
		}
	}
	return "", errors.New("the limit was never reached")
}

// Speech is a WAV in which the sentence is said.
func (c *Checks) Speech() ([]byte, error) {
	if c.Ground.SpeechFile == "" {
		return nil, CannotTry("the embedded voice and recogniser are not installed")
	}
	return os.ReadFile(c.Ground.SpeechFile)
}

// Heard looks for most words of the sentence.
func (c *Checks) Heard(text string) error {
	words := regexp.MustCompile("[a-z]+")
	heard, missed := strings.ToLower(text), 0
	for _, word := range words.FindAllString(strings.ToLower(c.Ground.Sentence), -1) {
		if !strings.Contains(heard, word) {
			missed++
		}
	}
	if missed > 2 {
		return fmt.Errorf("heard %q", text)
	}
	return nil
}

// Format looks at the first bytes.
func Format(audio []byte, format string) error {
	starts := map[string]string{"mp3": "\xff", "aac": "\xff", "opus": "OggS", "flac": "fLaC", "wav": "RIFF", "pcm": ""}
	if len(audio) < 2000 || !strings.HasPrefix(string(audio), starts[format]) {
		return fmt.Errorf("%d bytes, no %s", len(audio), format)
	}
	return nil
}

// Pcm measures headerless audio of Input.
func Pcm(audio []byte, rate float64) error {
	if seconds := float64(len(audio)) / 2 / rate; math.Abs(seconds-0.9) > 0.2 {
		return fmt.Errorf("%.2f s at %.0f Hz", seconds, rate)
	}
	return nil
}
