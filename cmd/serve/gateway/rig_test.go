package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"exactlogin/cmd/serve/gateway/standin"
)

// Everything that must never be seen where it does not belong.
const (
	callerToken  = "canary-caller-7d1f"
	suSecret     = "canary-su-secret-93aa"
	xcoverSecret = "canary-xcover-secret-51bc"
)

// A clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2030, 5, 4, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// exactAPI stands for Exact's API: it knows callers and what they may read.
type exactAPI struct {
	mu     sync.Mutex
	asked  []string       // paths, in order
	status map[string]int // token + " " + path → status; else 401
	header http.Header
}

func (e *exactAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, r.RequestURI)
	status, ok := e.status[r.Header.Get("Authorization")+" "+r.RequestURI]
	if !ok {
		status = http.StatusUnauthorized
	}
	maps.Copy(w.Header(), e.header)
	w.WriteHeader(status)
}

func (e *exactAPI) set(token, path string, status int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status[token+" "+path] = status
}

func (e *exactAPI) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.asked)
}

// A rig is a gateway before real servers.
type rig struct {
	*httptest.Server
	t       testing.TB
	gateway *Gateway
	clock   *clock
	api     *exactAPI
	log     *syncBuffer
}

type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

type fields = map[string]any

// newRig starts a gateway with these upstreams. The caller may read /me, and
// /payments, which proves charges.read.
func newRig(t testing.TB, upstreams fields) *rig {
	t.Helper()
	r := &rig{t: t, clock: newClock(), api: &exactAPI{status: map[string]int{}}, log: &syncBuffer{}}
	r.api.set(callerToken, "/me", http.StatusOK)
	r.api.set(callerToken, "/payments", http.StatusOK)
	api := httptest.NewServer(r.api)
	t.Cleanup(api.Close)
	document, err := json.Marshal(fields{
		"callers":   fields{"api": api.URL, "read": "/me", "permissions": fields{"charges.read": "/payments"}},
		"upstreams": upstreams,
	})
	if err != nil {
		t.Fatal(err)
	}
	config, err := Parse(document, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	r.gateway, err = New(config, Options{
		Logger: slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: r.clock.Now, Transport: transport,
		LookupEnv: func(name string) (string, bool) {
			secret, ok := map[string]string{"SU": suSecret, "XCOVER": xcoverSecret}[name]
			return secret, ok
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Server = httptest.NewServer(r.gateway)
	t.Cleanup(r.Server.Close)
	return r
}

func suFields(url string) fields {
	return fields{
		"kind": "su", "environment": "sandbox", "url": url, "domain": "hotel.test", "clientSecret": fields{"env": "SU"},
		"allow": []string{"POST /SUAPI/jservice/", "GET /SUAPI/jservice/"}, "validate": standin.SuCheck,
	}
}

func xcoverFields(url string) fields {
	return fields{
		"kind": "xcover", "url": url, "clientId": "client", "clientSecret": fields{"env": "XCOVER"},
		"allow": []string{
			"GET /api/partners/P1/offers", "POST /api/partners/P1/quotes/{quote}/bookings",
			"DELETE /api/partners/P1/bookings/{booking}",
		},
	}
}

// genericFields is an upstream whose token endpoint and calls are one handler.
func genericFields(url string) fields {
	return fields{
		"kind": "client-credentials", "url": url, "tokenUrl": url + "/token", "clientId": "client", "auth": "form",
		"clientSecret": fields{"env": "XCOVER"}, "allow": []string{"GET,HEAD,POST,PUT,PATCH,DELETE /"},
	}
}

func with(base, more fields) fields {
	maps.Copy(base, more)
	return base
}

// suRig is a rig with Su's stand-in.
func suRig(t testing.TB, options standin.SuOptions, more fields) (*rig, *standin.Partner) {
	t.Helper()
	options.Domain, options.Secret = "hotel.test", suSecret
	if options.Environment == "" {
		options.Environment = "sandbox"
	}
	partner := standin.NewSu(options)
	server := httptest.NewServer(partner)
	t.Cleanup(server.Close)
	r := newRig(t, fields{"su": with(suFields(server.URL), more)})
	partner.Now = r.clock.Now
	return r, partner
}

// genericRig is a rig whose partner "p" runs handler; its tokens are t1, t2 …
func genericRig(t testing.TB, more fields, handler http.HandlerFunc) *rig {
	t.Helper()
	var mu sync.Mutex
	issued := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/token" {
			handler(w, r)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		issued++
		fmt.Fprintf(w, `{"access_token":"t%d","token_type":"bearer","expires_in":3600}`, issued)
	}))
	t.Cleanup(server.Close)
	return newRig(t, fields{"p": with(genericFields(server.URL), more)})
}

func (r *rig) request(method, path string, body io.Reader) *http.Request {
	r.t.Helper()
	request, err := http.NewRequest(method, r.URL+path, body)
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Authorization", callerToken)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if method != http.MethodGet {
		request.Header.Set("Origin", r.URL)
	}
	return request
}

// An outcome is an answer, read to its end.
type outcome struct {
	status int
	header http.Header
	body   string
}

func (r *rig) do(request *http.Request) outcome {
	r.t.Helper()
	client := &http.Client{
		Transport:     r.Client().Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return outcome{response.StatusCode, response.Header, string(body)}
}

func (r *rig) call(method, path, body string) outcome {
	r.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	return r.do(r.request(method, path, reader))
}

func (r *rig) status(name string) Status {
	r.t.Helper()
	got := r.call("GET", "/gateway/"+name+"/status", "")
	if got.status != http.StatusOK {
		r.t.Fatalf("status: %d %s", got.status, got.body)
	}
	var s Status
	if err := json.Unmarshal([]byte(got.body), &s); err != nil {
		r.t.Fatal(err)
	}
	return s
}

// wantProblem checks for a problem document of the gateway's own.
func wantProblem(t testing.TB, got outcome, status int, code string) {
	t.Helper()
	var p struct {
		Status      int
		Code, Title string
		Detail      string
	}
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("want problem %d %s, got %d %q (%s)", status, code, got.status, got.body, got.header.Get("Content-Type"))
	}
	if got.status != status || p.Status != status || p.Code != code || p.Detail == "" || p.Title != http.StatusText(status) {
		t.Fatalf("want problem %d %s, got %d %s", status, code, got.status, got.body)
	}
}

func wantStatus(t testing.TB, got outcome, status int) {
	t.Helper()
	if got.status != status {
		t.Fatalf("want %d, got %d %s", status, got.status, got.body)
	}
}

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if condition() {
			return
		}
	}
	t.Fatal("never: " + what)
}
