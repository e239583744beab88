// Package sandbox stands in for Exact's API, as far as it is publicly
// documented, so that pages can be built and tested without an account there.
// It answers with the statuses and body shapes of the documentation, keeps
// everything in memory, and is served on an origin of its own, so that CORS
// and the detection of the application by Origin are real.
//
// With Options.Control it can be told to misbehave (see Switches), shows what
// it was sent (see Entry), and serves the fixtures of Fixtures.
package sandbox

import (
	"bufio"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// DefaultLifetime is the documented two hours of inactivity after which a
// user token ends.
const DefaultLifetime = 2 * time.Hour

// DefaultApplication is what Exact assumes where neither Origin nor body tells.
const DefaultApplication = "admin-pwa"

// Options configure a sandbox; the zero value is usable.
type Options struct {
	// Origins maps the registered origins, as browsers write them, to the
	// application each belongs to.
	Origins map[string]string
	// Lifetime of a user token without use. Default DefaultLifetime.
	Lifetime time.Duration
	// Control adds the control endpoint, the request log and the fixtures.
	// Never switch it on where strangers can reach the sandbox.
	Control bool
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Sandbox is the API as an http.Handler. Make one with New.
type Sandbox struct {
	origins  map[string]string
	defaults Switches
	clock    func() time.Time
	started  time.Time
	api      http.Handler
	control  http.Handler // nil unless asked for
	fixtures http.Handler // nil unless asked for
	log      *requestLog  // nil unless asked for
	maxAge   string       // Access-Control-Max-Age

	mu       sync.Mutex // guards what follows
	switches Switches
	tokens   map[tokenKey]*token
	failures map[string]int       // consecutive failed log-ins, by e-mail
	created  map[string][]Payment // payments made by callers, by account, oldest first
}

// New makes a sandbox.
func New(o Options) *Sandbox {
	if o.Lifetime <= 0 {
		o.Lifetime = DefaultLifetime
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Sandbox{
		origins:  map[string]string{},
		defaults: defaultSwitches(o.Lifetime),
		clock:    o.Now,
		started:  o.Now().UTC().Truncate(time.Minute),
		maxAge:   "600",
		tokens:   map[tokenKey]*token{},
		failures: map[string]int{},
		created:  map[string][]Payment{},
	}
	for origin, application := range o.Origins {
		s.origins[origin] = application
	}
	s.switches = s.defaults
	s.api = s.routes()
	if o.Control {
		s.log = new(requestLog)
		s.control = s.controlRoutes()
		s.fixtures = Fixtures()
		s.maxAge = "0" // or the browser's preflight cache would hide a switch
	}
	return s
}

func (s *Sandbox) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", s.status)
	mux.HandleFunc("POST /token", s.login)
	mux.HandleFunc("PUT /token", s.signedIn(s.renew))
	mux.HandleFunc("DELETE /token", s.signedIn(s.logout))
	mux.HandleFunc("GET /account/{account}", s.signedIn(s.account))
	mux.HandleFunc("GET /organization/{organization}", s.signedIn(s.organization))
	mux.HandleFunc("GET /account/{account}/payments", s.signedIn(s.payments))
	mux.HandleFunc("POST /account/{account}/payments", s.signedIn(s.createPayment))
	mux.HandleFunc("GET /account/{account}/payments/{payment}", s.signedIn(s.payment))
	mux.HandleFunc("POST /application/{application}/token", s.signedIn(s.createToken))
	mux.HandleFunc("POST /application/{application}/organization/{account}/token", s.signedIn(s.createToken))
	mux.HandleFunc("POST /application/{application}/account/{account}/token", s.signedIn(s.createToken))
	mux.HandleFunc("GET /application/{application}/token", s.signedIn(s.listTokens))
	mux.HandleFunc("DELETE /application/{application}/token/{token}", s.signedIn(s.deleteToken))
	return mux
}

func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sandbox/") {
		if s.control == nil {
			http.NotFound(w, r)
			return
		}
		s.control.ServeHTTP(w, r)
		return
	}
	answer := &answerWriter{ResponseWriter: w}
	if s.log != nil {
		entry := s.log.begin(r, s.clock())
		defer func() { s.log.end(entry, answer.status) }()
	}
	if s.fixtures != nil && strings.HasPrefix(r.URL.Path, "/_fixture/") {
		s.fixtures.ServeHTTP(answer, r)
		return
	}
	s.serveAPI(answer, r)
}

// serveAPI applies the switches, and then answers.
func (s *Sandbox) serveAPI(w http.ResponseWriter, r *http.Request) {
	now, switches := s.now(), s.Switches()
	h := w.Header()
	h.Set("Date", now.Format(http.TimeFormat))
	h.Set("X-Content-Type-Options", "nosniff")
	if switches.CacheControl != "" {
		h.Set("Cache-Control", switches.CacheControl)
	}
	if switches.CORS {
		s.allowOrigin(h, r, switches)
	}
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if s.log != nil { // the log shows bodies that the API does not care to read
		body := bufio.NewReaderSize(r.Body, maxBody+1)
		patiently(w, func() { _, _ = body.Peek(maxBody + 1) })
		r.Body = struct {
			io.Reader
			io.Closer
		}{body, r.Body}
	}
	if switches.Latency > 0 {
		select {
		case <-time.After(time.Duration(switches.Latency) * time.Millisecond):
		case <-r.Context().Done():
			return
		}
	}
	if s.takeDrop(r) {
		cut(w, r)
		return
	}
	if forced := s.takeStatus(r); forced != nil {
		forced.answer(w, r)
		return
	}
	if path.Clean(r.URL.Path) != r.URL.Path {
		writeText(w, http.StatusNotFound, "Not found.") // rather than the mux's redirect
		return
	}
	s.api.ServeHTTP(w, r)
}

// allowOrigin sets the CORS headers. What Exact's are is not documented: any
// origin may call, with the two headers a page cannot do without.
func (s *Sandbox) allowOrigin(h http.Header, r *http.Request, switches Switches) {
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" {
		return
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
		h.Set("Access-Control-Allow-Headers", "authorization, content-type")
		h.Set("Access-Control-Max-Age", s.maxAge)
		return
	}
	expose := []string{"x-total-count"}
	if switches.ExposeDate {
		expose = append(expose, "Date")
	}
	h.Set("Access-Control-Expose-Headers", strings.Join(append(expose, switches.Expose...), ", "))
}

func (s *Sandbox) status(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "OK"})
}

// now is the server's own clock, in UTC.
func (s *Sandbox) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nowLocked()
}

func (s *Sandbox) nowLocked() time.Time {
	return s.clock().UTC().Add(time.Duration(s.switches.ClockShift) * time.Millisecond)
}
