package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"
)

// maxBody is the most the API reads of a request, in bytes.
const maxBody = 64 << 10

// answerWriter remembers the status that was sent, 0 before.
type answerWriter struct {
	http.ResponseWriter
	status int
	// before, if set, is called once with the final status, before it is sent.
	before func(status int)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *answerWriter) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
		if w.before != nil {
			w.before(status)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// cut ends the connection without an answer. A browser silently repeats a
// request whose reused connection closes without a byte, so on HTTP/1 it gets
// some that are no answer: a failure it reports.
func cut(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxBody))
	if r.ProtoMajor == 1 {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_, _ = io.WriteString(conn, "The sandbox cut this connection, as it was told to.\r\n\r\n")
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err) // only our own types are written
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// An issue is one of a ZodError's.
type issue struct {
	Code     string   `json:"code"`
	Expected string   `json:"expected,omitempty"`
	Received string   `json:"received,omitempty"`
	Keys     []string `json:"keys,omitempty"`
	Path     []any    `json:"path"`
	Message  string   `json:"message"`
}

func writeIssues(w http.ResponseWriter, issues []issue) {
	for i := range issues {
		if issues[i].Path == nil {
			issues[i].Path = []any{}
		}
	}
	writeJSON(w, http.StatusBadRequest, map[string]any{"issues": issues, "name": "ZodError"})
}

// writePaymentError answers in the shape of the orders and payments endpoints.
func writePaymentError(w http.ResponseWriter, status int, kind, code, message string, path ...string) {
	body := map[string]any{"type": kind, "code": code, "message": message, "requestId": randomHex(12)}
	if len(path) > 0 {
		body["pathIssues"] = map[string]string{path[0]: message}
	}
	writeJSON(w, status, body)
}

// readObject reads a JSON object; on failure it has answered, and says false.
func readObject(w http.ResponseWriter, r *http.Request) (map[string]any, bool) {
	var body []byte
	var err error
	patiently(w, func() { body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)) })
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		writeText(w, http.StatusRequestEntityTooLarge, "The request is too large.")
		return nil, false
	} else if err != nil {
		writeText(w, http.StatusBadRequest, "The request could not be read.")
		return nil, false
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var value any
	if kind == "application/json" && json.Unmarshal(body, &value) != nil {
		value = nil
	}
	object, ok := value.(map[string]any)
	if !ok {
		writeIssues(w, []issue{{Code: "invalid_type", Expected: "object", Received: typeName(value, value != nil), Message: "Expected a JSON object"}})
	}
	return object, ok
}

// bodyTimeout is how long a caller may take to send a body.
const bodyTimeout = 30 * time.Second

// patiently reads a body, but not for ever. The deadline must not outlive the
// reading: net/http would take the caller for gone.
func patiently(w http.ResponseWriter, read func()) {
	connection := http.NewResponseController(w) // fails where there is none, in tests
	_ = connection.SetReadDeadline(time.Now().Add(bodyTimeout))
	read()
	_ = connection.SetReadDeadline(time.Time{})
}

// typeName is what Zod calls the type of a decoded value.
func typeName(value any, present bool) string {
	if !present {
		return "undefined"
	}
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// A form collects the issues of a request's object as its fields are read.
type form struct {
	object map[string]any
	issues []issue
}

func (f *form) fail(code, message string, path ...any) {
	f.issues = append(f.issues, issue{Code: code, Message: message, Path: path})
}

func (f *form) mistyped(expected string, value any, present bool, path ...any) {
	message := "Expected " + expected + ", received " + typeName(value, present)
	if !present {
		message = "Required"
	}
	f.issues = append(f.issues, issue{
		Code: "invalid_type", Expected: expected, Received: typeName(value, present), Message: message, Path: path,
	})
}

// text reads a string of at least one character where it is required.
func (f *form) text(key string, required bool) string {
	value, present := f.object[key]
	if !present && !required {
		return ""
	}
	text, ok := value.(string)
	switch {
	case !ok:
		f.mistyped("string", value, present, key)
	case text == "" && required:
		f.fail("too_small", "String must contain at least 1 character(s)", key)
	}
	return text
}

// only refuses keys that are not documented.
func (f *form) only(keys ...string) {
	known := map[string]bool{}
	for _, key := range keys {
		known[key] = true
	}
	var odd []string
	for _, key := range sortedKeys(f.object) {
		if !known[key] {
			odd = append(odd, key)
		}
	}
	if odd != nil {
		f.issues = append(f.issues, issue{Code: "unrecognized_keys", Keys: odd, Message: "Unrecognized key(s) in object"})
	}
}

// randomHex is n random bytes in hexadecimal digits.
func randomHex(n int) string {
	random := make([]byte, n)
	_, _ = rand.Read(random) // never fails
	return hex.EncodeToString(random)
}
