package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

func TestL5_aDeadWorkerRejectsWhatIsPendingAndTheNextCallWorks(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	tabs := []*realm{b.visit(inWorker, nil), b.visit(inWorker, nil)}
	tabs[0].login(demo, demoPassword)
	for n, p := range tabs {
		p.until("active")
		p.do(`globalThis.pending = exact.fetch(exact.api + "/_fixture/gate/" + args[0]).then((r) => r.text()).then(() => "finished", (e) => e.code);`, n)
	}
	eventually(t, "both requests to arrive", func() bool {
		return len(s.requests("GET", "/_fixture/gate/0")) == 1 && len(s.requests("GET", "/_fixture/gate/1")) == 1
	})
	b.kill()
	for _, p := range tabs {
		if code := eval[string](p, `return await pending;`); code != "worker-crashed" {
			t.Errorf("%s: a request under way ended with %q, want worker-crashed", p.name, code)
		}
		if got := p.until("signed-out"); got.Reason != "worker-crashed" {
			t.Errorf("%s: the session is %+v, want ended by worker-crashed", p.name, got)
		}
	}
	if got := tabs[1].login(demo, demoPassword); got.State != "active" {
		t.Errorf("a log-in after the crash gives %+v", got)
	}
	if res := tabs[1].get(payments); res.Status != 200 {
		t.Errorf("payments after the crash: %+v", res)
	}
	tabs[0].do(`await exact.preload();`)
	tabs[0].until("active")
}

func TestL5_aPendingLogInRejectsWhenTheWorkerDies(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	p := b.visit(inWorker, nil)
	p.do(`await exact.preload();`)
	s.set(switches{"latency": 60_000})
	p.do(`globalThis.pending = exact.login({ email: args[0], password: args[1] }).then(() => "signed in", (e) => e.code);`, demo, demoPassword)
	eventually(t, "the log-in to arrive", func() bool { return len(s.requests("POST", "/token")) == 1 })
	b.kill()
	if code := eval[string](p, `return await pending;`); code != "worker-crashed" {
		t.Errorf("the pending log-in ended with %q, want worker-crashed", code)
	}
	s.set(switches{"latency": 0})
	p.login(demo, demoPassword)
}

// faults is the page's server with faults of its own in front: tests order what becomes of a path.
type faults struct {
	mu    sync.Mutex
	fault map[string]http.HandlerFunc
}

// set makes a path misbehave; a nil handler mends it.
func (f *faults) set(path string, handler http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault[path] = handler
}

// newFaults puts faults between s and its pages: s.page becomes their address.
func newFaults(t *testing.T, s *server) *faults {
	t.Helper()
	target, err := url.Parse(s.page)
	if err != nil {
		t.Fatal(err)
	}
	f := &faults{fault: map[string]http.HandlerFunc{}}
	proxy := httputil.NewSingleHostReverseProxy(target)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		handler := f.fault[r.URL.Path]
		f.mu.Unlock()
		if handler != nil {
			handler(w, r)
			return
		}
		r.Header.Del("Accept-Encoding")
		r.Header.Del("If-None-Match")
		r.Header.Del("If-Modified-Since")
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	s.page = front.URL
	return f
}

func TestL3_aFaultyBuildIsLoadFailedAndTheNextCallTriesAgain(t *testing.T) {
	missing := http.NotFound
	cut := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/wasm")
		w.Header().Set("Cache-Control", "no-store")
		w.Write([]byte("\x00asm\x01\x00\x00\x00\x01\x05"))
	}
	page := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Cache-Control", "no-store")
		w.Write([]byte("<!doctype html><title>Not what you asked for</title>"))
	}
	broken := func(w http.ResponseWriter, r *http.Request) {
		// More is announced than comes.
		w.Header().Set("Content-Type", "application/wasm")
		w.Header().Set("Content-Length", "1000000")
		w.Write([]byte("\x00asm\x01\x00\x00\x00"))
		panic(http.ErrAbortHandler)
	}
	each(t, func(t *testing.T, i isolation) {
		for _, c := range []struct {
			name, path string
			fault      http.HandlerFunc
		}{
			{"wasm missing", "/web/dist/login.wasm", missing},
			{"wasm truncated", "/web/dist/login.wasm", cut},
			{"wasm cut off", "/web/dist/login.wasm", broken},
			{"wasm is a page", "/web/dist/login.wasm", page},
			{"glue missing", "/web/dist/wasm_exec.js", missing},
			{"host missing", "/web/dist/host.js", missing},
			{"host is a page", "/web/dist/host.js", page},
			{"worker missing", "/web/dist/worker.js", missing},
			{"worker is a page", "/web/dist/worker.js", page},
		} {
			if i == inPage && strings.HasPrefix(c.name, "worker") {
				continue
			}
			t.Run(c.name, func(t *testing.T) {
				s := newServer(t)
				f := newFaults(t, s)
				b := newBrowser(t, s)
				b.allow("Failed to load resource", "MIME type", "Failed to load module script", "Failed to fetch a worker script")
				f.set(c.path, c.fault)
				// The sandbox does not know the origin of these pages.
				p := b.visit(i, options{"application": "admin-pwa"})
				got := p.fails(`await exact.preload();`)
				got.code(t, "load-failed")
				if !got.Retryable || got.Phase != "load" {
					t.Errorf("the error is %+v, want a retryable one of phase load", got)
				}
				p.refused(demo, demoPassword).code(t, "load-failed")
				f.set(c.path, nil)
				if got := p.login(demo, demoPassword); got.State != "active" {
					t.Errorf("once mended a log-in gives %+v", got)
				}
			})
		}
	})
}
