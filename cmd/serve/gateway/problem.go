package gateway

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// A problem is an answer of the gateway's own (RFC 9457). Its words are ours:
// nothing a partner or a caller sent is repeated in it, so it cannot leak a secret.
type problem struct {
	status     int           // HTTP status of the answer
	code       string        // stable, for programs; the documentation lists all
	detail     string        // for people: what happened and what to do
	retryAfter time.Duration // 0 = nothing is known
	allow      string        // the Allow header of a 405
	close      bool          // the connection cannot serve another request
}

func (p *problem) Error() string { return p.code + ": " + p.detail }

func refuse(status int, code, format string, args ...any) *problem {
	return &problem{status: status, code: code, detail: fmt.Sprintf(format, args...)}
}

func (p *problem) write(w http.ResponseWriter) {
	header := w.Header()
	clear(header)
	if p.retryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	if p.allow != "" {
		header.Set("Allow", p.allow)
	}
	if p.close {
		header.Set("Connection", "close")
	}
	if p.status == http.StatusUnauthorized {
		// RFC 9110, 11.6.1 asks for a challenge; browsers show a dialogue for
		// schemes they know, and this is none of them.
		header.Set("WWW-Authenticate", "Exact-User-Token")
	}
	writeJSON(w, p.status, "application/problem+json", map[string]any{
		"type":   "about:blank",
		"title":  http.StatusText(p.status),
		"status": p.status,
		"code":   p.code,
		"detail": p.detail,
	})
}

func writeJSON(w http.ResponseWriter, status int, contentType string, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic(err) // only maps and structs of strings, numbers and times come here
	}
	header := w.Header()
	guard(header)
	header.Set("Content-Type", contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller that went away needs no answer
}

// guard sets what every answer carries. Partners' answers come from the page's
// own origin here: opened as a document they must not run as that origin, and
// one person's answers must not lie in a cache for the next.
func guard(header http.Header) {
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
}
