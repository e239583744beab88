package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"exactlogin/cmd/serve/sandbox"
)

func TestF4_anAuthorizationOfOnesOwnWinsAndDoesNotCount(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		b.allow("Failed to load resource")
		p := b.visit(i, nil)
		// It needs no session.
		if status := eval[int](p, `return (await exact.fetch(exact.api + "/organization/none", { headers: { Authorization: "my own" } })).status;`); status != 401 {
			t.Errorf("a token that is none was answered %d, want the API's 401", status)
		}
		p.login(demo, demoPassword)
		deadline := p.session().Deadline
		for _, input := range []string{
			`exact.api + "/organization/none", { headers: { authorization: "my own" } }`,
			`new Request(exact.api + "/organization/none", { headers: { AUTHORIZATION: "my own" } })`,
			`exact.api + "/organization/none", { headers: new Headers({ Authorization: "my own" }) }`,
		} {
			if status := eval[int](p, `return (await exact.fetch(`+input+`)).status;`); status != 401 {
				t.Errorf("%s was answered %d, want 401", input, status)
			}
		}
		for _, r := range s.requests("GET", "/organization/none") {
			if got := r.header("Authorization"); len(got) != 1 || got[0] != "my own" {
				t.Errorf("the API got Authorization %q", got)
			}
		}
		if now := p.session(); now.Suspect || now.State != "active" || now.Deadline != deadline || p.count("unauthorized") != 0 {
			t.Errorf("the session became %+v", now)
		}
	})
}

func TestF1_theTokenStaysOutOfTheHTTPCache(t *testing.T) {
	// How Chromium's request says that it wants nothing from a cache.
	const past = "no-cache"
	for _, c := range []struct{ httpCache, init, want string }{
		{"no-store", `{}`, past},
		{"no-store", `{ cache: "default" }`, ""},
		{"no-store", `{ cache: "force-cache" }`, ""},
		{"no-store", `{ headers: { authorization: "mine" } }`, ""},
		{"native", `{}`, ""},
		{"native", `{ cache: "no-store" }`, past},
	} {
		t.Run(c.httpCache+" "+c.init, func(t *testing.T) {
			each(t, func(t *testing.T, i isolation) {
				p := newBrowser(t, newServer(t)).visit(i, options{"httpCache": c.httpCache})
				p.login(demo, demoPassword)
				// In page isolation the first call waits for the host, and must lose nothing by it.
				got := eval[[]string](p, `
					const url = exact.api + "/_fixture/echo";
					const cacheOf = async () => { const { headers } = await (await exact.fetch(url, `+c.init+`)).json(); return (headers["cache-control"] ?? []).join(); };
					return [await cacheOf(), await cacheOf()];`)
				if got[0] != c.want || got[1] != c.want {
					t.Errorf("Cache-Control of two requests is %q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestF6_aRefusalRaisesADoubtWhateverTheCacheMode(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		b.allow("Failed to load resource")
		p := b.visit(i, options{"httpCache": "native"})
		p.login(demo, demoPassword)
		s.set(switches{"status": map[string]any{"code": 401, "times": 1, "path": "/status"}})
		p.do(`await exact.fetch(exact.api + "/status");`)
		p.heard("unauthorized")
	})
}

func TestO1_logOutEndsRequestsUnderWay(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		p := newBrowser(t, s).visit(i, nil)
		p.login(demo, demoPassword)
		// One has its headers only, one is being read, one waits for its headers, one needs no session.
		got := eval[[]string](p, `
			const gate = (name) => exact.fetch(exact.api + "/_fixture/gate/" + name);
			const code = (promise) => promise.then(() => "resolved", (e) => e.code ?? String(e));
			const idle = await gate("idle"), busy = await gate("busy");
			const text = code(busy.text());
			const own = await exact.fetch(exact.api + "/_fixture/gate/own", { headers: { authorization: "mine" } });
			const reading = own.text();
			const waiting = code(exact.fetch(exact.api + "/_fixture/sink/waiting", { method: "POST", body: "x" }));
			await exact.logout();
			const codes = [await text, await code(idle.text()), await code(idle.clone().text()), await waiting, await code(gate("after"))];
			globalThis.reading = reading;
			return codes;`)
		if want := "signed-out signed-out signed-out signed-out signed-out"; strings.Join(got, " ") != want {
			t.Errorf("requests under way end as %q, want %s", got, want)
		}
		for _, name := range []string{"idle", "busy"} {
			eventually(t, "the connection of "+name+" to close", func() bool {
				var state struct {
					Closed bool `json:"closed"`
				}
				s.call("GET", s.sandbox+"/_fixture/gate/"+name+"/state", nil, &state)
				return state.Closed
			})
		}
		s.call("POST", s.sandbox+"/_fixture/gate/own/next?body=still+here", nil, nil)
		s.call("POST", s.sandbox+"/_fixture/gate/own/end", nil, nil)
		if text := eval[string](p, `return reading;`); text != "still here" {
			t.Errorf("a request with an Authorization of its own ended as %q", text)
		}
	})
}

// heardOf collects what reaches a foreign server.
type heardOf struct {
	url string
	mu  sync.Mutex
	all []*http.Request
}

func newForeign(t *testing.T) *heardOf {
	t.Helper()
	h := &heardOf{}
	fixtures := sandbox.Fixtures()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.all = append(h.all, r.Clone(r.Context()))
		h.mu.Unlock()
		fixtures.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *heardOf) requests() []*http.Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]*http.Request(nil), h.all...)
}

// crossing counts, before any script of the page, what crosses to the worker for a fetch.
const crossing = `
	window.crossed = 0;
	const post = MessagePort.prototype.postMessage;
	MessagePort.prototype.postMessage = function (message, ...rest) {
		if (message && typeof message === "object" && "f" in message) crossed++;
		return post.call(this, message, ...rest);
	};`

func TestF1_foreignRequestsNeverCrossToTheWorker(t *testing.T) {
	s := newServer(t)
	foreign := newForeign(t)
	b := newBrowser(t, s)
	b.allow("Failed to load resource", "CORS", "ftp")
	p := b.besides(inWorker, nil, crossing)
	p.do(`await (await exact.fetch(exact.api + "/_fixture/echo")).text();`)
	if eval[int](p, `return crossed;`) == 0 {
		t.Fatal("nothing crossed for the API: the test proves nothing")
	}
	p.do(`
		const [foreign] = args;
		crossed = 0;
		const blob = URL.createObjectURL(new Blob(["blob"]));
		for (const call of [
			() => exact.fetch(foreign + "/_fixture/echo"),
			() => exact.fetch(new URL(foreign + "/_fixture/echo"), { method: "POST", body: "x" }),
			() => exact.fetch(new Request(foreign + "/_fixture/echo", { headers: { "x-a": "b" } })),
			() => exact.fetch({ toString: () => foreign + "/_fixture/echo" }),
			() => exact.fetch(foreign + "/_fixture/redirect?to=/_fixture/echo"),
			() => exact.fetch(foreign + "/_fixture/echo", { mode: "no-cors" }),
			() => exact.fetch(exact.api + "/_fixture/echo?nocors", { mode: "no-cors" }),
			() => exact.fetch("data:text/plain,x"), () => exact.fetch(blob), () => exact.fetch("/web/dist/sw.js"),
		]) await (await call()).text();
		await exact.fetch("ftp://127.0.0.1/").then(() => { throw new Error("ftp was fetched"); }, () => {});
		if (crossed) throw new Error(crossed + " messages crossed for requests that are not the API's");`, foreign.url)
	if n := len(foreign.requests()); n < 6 {
		t.Errorf("the foreign server got %d requests, want 6 and preflights", n)
	}
	for _, r := range foreign.requests() {
		if got := r.Header.Get("Authorization"); got != "" || strings.Contains(strings.ToLower(r.Header.Get("Access-Control-Request-Headers")), "authorization") {
			t.Errorf("%s %s had Authorization %q", r.Method, r.URL, got)
		}
	}
	for _, r := range s.requests("GET", "/_fixture/echo") {
		if r.Query == "nocors" && len(r.header("Authorization")) > 0 {
			t.Error("a no-cors request carried the token")
		}
	}
}

func TestT4_aForeignRedirectCarriesNoTokenAndMovesNothing(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		foreign := newForeign(t)
		s := newServer(t, "-connect", foreign.url)
		b := newBrowser(t, s)
		b.allow("Failed to load resource")
		p := b.besides(i, nil)
		deadline := p.session().Deadline
		for _, status := range []string{"200", "401"} {
			got := eval[int](p, `
				const to = args[0] + "/_fixture/respond?status=" + args[1];
				const response = await exact.fetch(exact.api + "/_fixture/redirect?status=307&to=" + encodeURIComponent(to), { method: "POST", body: "x" });
				return response.redirected ? response.status : -1;`, foreign.url, status)
			if want := map[string]int{"200": 200, "401": 401}[status]; got != want {
				t.Errorf("the redirect ended with %d, want %d", got, want)
			}
		}
		for _, r := range foreign.requests() {
			if r.Header.Get("Authorization") != "" {
				t.Errorf("%s %s carried the token to a foreign origin", r.Method, r.URL)
			}
		}
		if now := p.session(); now.Deadline != deadline || now.Suspect || now.State != "active" {
			t.Errorf("the session became %+v", now)
		}
	})
}
