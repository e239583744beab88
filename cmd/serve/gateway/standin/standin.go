// Package standin holds stand-ins for the partners of the gateway: the Su
// channel manager API and XCover Elements, as far as their token systems are
// publicly known. They serve tests and the demonstration of serve; every name
// and number in them is made up.
package standin

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A Partner is one stand-in. Set its fields before it serves.
type Partner struct {
	Now      func() time.Time // default: time.Now
	Lifetime time.Duration    // of its tokens; default an hour

	routes *http.ServeMux
	mu     sync.Mutex
	tokens map[string]time.Time // token → end
	asked  int
	fail   []int
	log    []Request
}

// A Request is one that reached the partner, token requests apart.
type Request struct {
	Method, URI string
	Header      http.Header
	Body        string
}

func newPartner() *Partner {
	return &Partner{Now: time.Now, Lifetime: time.Hour, routes: http.NewServeMux(), tokens: map[string]time.Time{}}
}

// Asked is how many requests for a token there were.
func (p *Partner) Asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// Requests are those seen so far.
func (p *Partner) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Request(nil), p.log...)
}

// Revoke makes every token worthless that was given out so far.
func (p *Partner) Revoke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.tokens)
}

// Fail answers the next token requests with these statuses.
func (p *Partner) Fail(statuses ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = append(p.fail, statuses...)
}

func (p *Partner) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.routes.ServeHTTP(w, r) }

// give registers the token endpoint. right checks the request's credentials,
// answer writes the token's envelope.
func (p *Partner) give(pattern string, right func(*http.Request) bool, newToken func(now time.Time) string,
	answer func(token string, seconds int) any,
) {
	p.routes.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked++
		if len(p.fail) > 0 {
			status := p.fail[0]
			p.fail = p.fail[1:]
			http.Error(w, http.StatusText(status), status)
			return
		}
		if !right(r) {
			writeJSON(w, http.StatusUnauthorized, map[string]any{"success": false, "message": "Authorization Required"})
			return
		}
		now := p.Now()
		token := newToken(now)
		p.tokens[token] = now.Add(p.Lifetime)
		writeJSON(w, http.StatusOK, answer(token, int(p.Lifetime.Seconds())))
	})
}

// serve registers a call that needs a token.
func (p *Partner) serve(pattern string, handler http.HandlerFunc) {
	p.routes.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			http.Error(w, "the body cannot be read", http.StatusBadRequest)
			return
		}
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		p.mu.Lock()
		p.log = append(p.log, Request{Method: r.Method, URI: r.RequestURI, Header: r.Header.Clone(), Body: string(body)})
		if len(p.log) > 1000 {
			p.log = p.log[500:]
		}
		end, known := p.tokens[token]
		good := bearer && known && p.Now().Before(end)
		p.mu.Unlock()
		if !good {
			writeJSON(w, http.StatusUnauthorized, suError("401", "Authorization Required"))
			return
		}
		handler(w, r)
	})
}

func suError(code, text string) any {
	return map[string]any{"Error": map[string]string{"Code": code, "ShortText": text}, "Status": "Fail"}
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // a client that went away needs no answer
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func random() string { return strings.ToLower(rand.Text()) }
