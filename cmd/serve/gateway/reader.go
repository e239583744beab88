package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// A reader collects every mistake of a document, each with its place, so that
// one run shows them all.
type reader struct{ mistakes []string }

func (r *reader) mistake(path, format string, args ...any) {
	r.mistakes = append(r.mistakes, path+": "+fmt.Sprintf(format, args...))
}

func (r *reader) err() error {
	switch len(r.mistakes) {
	case 0:
		return nil
	case 1:
		return errors.New(r.mistakes[0])
	}
	return fmt.Errorf("%d mistakes\n  - %s", len(r.mistakes), strings.Join(r.mistakes, "\n  - "))
}

// syntax tells where data is no JSON document, or names a key twice: of two
// values the wrong one might win.
func syntax(data []byte) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return errors.New("empty: a JSON object is expected")
	}
	decoder := jsontext.NewDecoder(bytes.NewReader(data))
	_, err := decoder.ReadValue()
	if err == nil {
		if _, err = decoder.ReadToken(); errors.Is(err, io.EOF) {
			return nil
		}
		return fmt.Errorf("line %d: something follows the JSON object", line(data, decoder.InputOffset()))
	}
	var syntactic *jsontext.SyntacticError
	if !errors.As(err, &syntactic) {
		return fmt.Errorf("line %d: the document ends too early", line(data, int64(len(data))))
	}
	at := line(data, syntactic.ByteOffset)
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return fmt.Errorf("line %d: the key %q is there twice", at, syntactic.JSONPointer.LastToken())
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("line %d: the document ends too early", at)
	}
	return fmt.Errorf("line %d: not JSON (a comma too many or missing, or a comment?)", at)
}

func line(data []byte, offset int64) int {
	return 1 + bytes.Count(data[:min(max(offset, 0), int64(len(data)))], []byte("\n"))
}

// An object is one JSON object being read; what nobody asked for is a mistake.
type object struct {
	reader  *reader
	path    string
	members map[string]json.RawMessage
	known   []string
}

// object reads data with read, then names the keys that read did not ask for.
func (r *reader) object(path string, data []byte, read func(*object)) {
	o := &object{reader: r, path: path}
	if json.Unmarshal(data, &o.members) != nil || o.members == nil {
		if path == "" {
			path = "the document"
		}
		r.mistake(path, "an object { … } is expected")
		return
	}
	read(o)
	for _, key := range sortedKeys(o.members) {
		if !slices.Contains(o.known, key) {
			r.mistake(o.at(key), "unknown key; known here: %s", strings.Join(o.known, ", "))
		}
	}
}

func sortedKeys(members map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(members))
	for key := range members {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func (o *object) at(key string) string {
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

// has tells whether key is there, without asking for it.
func (o *object) has(key string) bool { _, ok := o.members[key]; return ok }

func (o *object) isObject(key string) bool {
	return bytes.HasPrefix(bytes.TrimSpace(o.members[key]), []byte("{"))
}

// take asks for key.
func (o *object) take(key string) (json.RawMessage, bool) {
	if !slices.Contains(o.known, key) {
		o.known = append(o.known, key)
	}
	raw, ok := o.members[key]
	return raw, ok
}

// names are all keys, for objects whose keys are names of the reader's choice.
func (o *object) names() []string { return sortedKeys(o.members) }

// ignore takes every key.
func (o *object) ignore() { o.known = sortedKeys(o.members) }

// value decodes key into target and reports whether it was there and right.
func (o *object) value(key, expected string, target any) bool {
	raw, ok := o.take(key)
	if !ok {
		return false
	}
	if string(raw) == "null" || json.Unmarshal(raw, target) != nil {
		o.reader.mistake(o.at(key), "%s is expected", expected)
		return false
	}
	return true
}

func (o *object) object(key string, required bool, read func(*object)) {
	raw, ok := o.take(key)
	if ok {
		o.reader.object(o.at(key), raw, read)
	} else if required {
		o.reader.mistake(o.at(key), "missing")
	}
}

func (o *object) text(key string, required bool) string {
	var text string
	if !o.has(key) {
		o.take(key)
		if required {
			o.reader.mistake(o.at(key), "missing")
		}
		return ""
	}
	if o.value(key, "a text", &text) && text == "" {
		o.reader.mistake(o.at(key), "empty")
	}
	return text
}

func (o *object) strings(key string) []string {
	var list []string
	o.value(key, "a list of texts", &list)
	return list
}

func (o *object) choice(key string, required bool, options ...string) string {
	text := o.text(key, required)
	if text != "" && !slices.Contains(options, text) {
		o.reader.mistake(o.at(key), "one of %s is expected", strings.Join(options, ", "))
		return ""
	}
	return text
}

func (o *object) integer(key string, otherwise, least, most int64) int64 {
	number := otherwise
	if o.value(key, "a whole number", &number) && (number < least || number > most) {
		o.reader.mistake(o.at(key), "a number from %d to %d is expected", least, most)
	}
	return number
}

func (o *object) duration(key string, otherwise, least, most time.Duration) time.Duration {
	if !o.has(key) {
		o.take(key)
		return otherwise
	}
	duration, err := time.ParseDuration(o.text(key, true))
	if err != nil || duration < least || duration > most {
		o.reader.mistake(o.at(key), `a time from %s to %s is expected, as "30s"`, least, most)
		return otherwise
	}
	return duration
}
