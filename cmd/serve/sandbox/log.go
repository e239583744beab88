package sandbox

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// What the log keeps: so many requests, so much of each body in bytes.
const (
	maxEntries   = 10_000
	maxEntryBody = 64 << 10
)

// An Entry is one request the sandbox got. Entries hold secrets: the log is
// there for tests alone.
type Entry struct {
	Method  string              `json:"method"`
	Path    string              `json:"path"`
	Query   string              `json:"query"`
	Headers map[string][]string `json:"headers"` // names in lower case, with host
	Body    string              `json:"body"`    // as far as it was read
	Status  int                 `json:"status"`  // 0: not answered (yet)
	At      int64               `json:"at"`      // ms since 1970, of the machine's clock
}

type requestLog struct {
	mu      sync.Mutex
	entries []*Entry
}

// Log returns the requests so far, oldest first; nil without Options.Control.
func (s *Sandbox) Log() []Entry {
	if s.log == nil {
		return nil
	}
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	entries := make([]Entry, len(s.log.entries))
	for i, e := range s.log.entries {
		entries[i] = *e
	}
	return entries
}

func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}

// begin notes a request, and its body as it is read.
func (l *requestLog) begin(r *http.Request, at time.Time) *Entry {
	e := &Entry{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Headers: lowerHeaders(r), At: at.UnixMilli(),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) >= maxEntries {
		l.entries = l.entries[1:]
	}
	l.entries = append(l.entries, e)
	r.Body = &notedBody{ReadCloser: r.Body, log: l, entry: e}
	return e
}

func (l *requestLog) end(e *Entry, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Status = status
}

type notedBody struct {
	io.ReadCloser
	log   *requestLog
	entry *Entry
}

func (b *notedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.log.mu.Lock()
	defer b.log.mu.Unlock()
	if room := maxEntryBody - len(b.entry.Body); room > 0 {
		b.entry.Body += string(p[:min(n, room)])
	}
	return n, err
}

// lowerHeaders are a request's headers as HTTP/2 and browsers write them.
func lowerHeaders(r *http.Request) map[string][]string {
	headers := map[string][]string{"host": {r.Host}}
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = values
	}
	return headers
}
