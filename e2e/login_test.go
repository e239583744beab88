package e2e

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"
)

func TestA1_firstSignInIsOneRequestAndItsSessionCarriesFetch(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		p := b.visit(i, nil)
		if state := p.session().State; state != "signed-out" {
			t.Errorf("a new client is %q, want signed-out", state)
		}
		// Cookies do not know ports: were credentials sent, this one would go to the sandbox.
		p.do(`document.cookie = "page=1";`)

		got := p.login(demo, demoPassword)
		if got.State != "active" || got.User == "" || got.Account == "" || len(got.Permissions) == 0 || len(got.Accounts) == 0 {
			t.Errorf("after log-in the session is %+v, want an active one with user, account and permissions", got)
		}
		if left := time.Duration(got.RemainingMs) * time.Millisecond; left <= 0 || left > 2*time.Hour {
			t.Errorf("the session lasts %v, want up to two hours", left)
		}
		if e := p.heard("change"); e.State != "active" || !e.Here {
			t.Errorf("the first change is %+v, want an active session, caused here", e)
		}
		if res := p.get(payments); res.Status != 200 || res.Total == "" || len(res.Text) < 10 {
			t.Errorf("payments: %+v, want 200 and a list", res)
		}

		logins := s.requests("POST", "/token")
		if len(logins) != 1 {
			t.Fatalf("%d requests signed in, want 1", len(logins))
		}
		var body map[string]any
		if err := json.Unmarshal([]byte(logins[0].Body), &body); err != nil {
			t.Fatalf("the log-in's body is %q: %v", logins[0].Body, err)
		}
		if keys := slices.Sorted(maps.Keys(body)); !slices.Equal(keys, []string{"email", "password"}) {
			t.Errorf("the log-in's body has %q, want email and password alone", keys)
		}
		if origin := logins[0].header("Origin"); !slices.Equal(origin, []string{s.page}) {
			t.Errorf("the log-in's Origin is %q, want %q", origin, s.page)
		}
		if id := logins[0].header("X-Application-Id"); id != nil {
			t.Errorf("the log-in names an application in a header: %q", id)
		}
		for _, r := range s.requests("", "") {
			if cookie := r.header("Cookie"); cookie != nil {
				t.Errorf("%s %s carried cookies: %q", r.Method, r.Path, cookie)
			}
		}
		lists := s.requests("GET", "/account/"+got.Account+"/payments")
		if len(lists) != 1 || len(lists[0].header("Authorization")) != 1 || len(lists[0].header("Authorization")[0]) != 80 {
			t.Errorf("payments were asked for by %+v, want one request with the bare token", lists)
		}
	})
}

func TestA2_eachRefusalHasItsCodeAndChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		b.allow("Failed to load resource")
		p := b.visit(i, nil)
		texts := map[string]bool{}
		for _, refusal := range []struct {
			email, password, code string
			status                int
		}{
			{demo, wrongPassword, "invalid-credentials", 401},
			{"nobody@exactlogin.test", wrongPassword, "invalid-credentials", 404},
			{"invited@exactlogin.test", "sandbox-invited", "invalid-credentials", 404},
			{"disabled@exactlogin.test", "sandbox-disabled", "invalid-credentials", 401},
			{"expired@exactlogin.test", "sandbox-expired", "password-expired", 403},
			{"locked@exactlogin.test", "sandbox-locked", "locked", 423},
			{"not an address", wrongPassword, "invalid-request", 400},
		} {
			f := p.refused(refusal.email, refusal.password)
			f.code(t, refusal.code)
			if f.Status != refusal.status || f.Phase != "login" {
				t.Errorf("%s: status %d in phase %q, want %d in login", refusal.email, f.Status, f.Phase, refusal.status)
			}
			if f.Code == "invalid-credentials" {
				texts[f.Message] = true
			}
		}
		if len(texts) != 1 {
			t.Errorf("unknown people and wrong passwords can be told apart: %q", slices.Collect(maps.Keys(texts)))
		}
		if n := len(s.requests("POST", "/token")); n != 7 {
			t.Errorf("%d requests for 7 tries: none may be repeated", n)
		}
		if got := p.session(); got.State != "signed-out" || p.count("change") != 0 {
			t.Errorf("refusals changed the session to %+v, with %d events", got, p.count("change"))
		}
	})
}

func TestA2_answersThatNobodyExpects(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		b.allow("Failed to load resource")
		p := b.visit(i, nil)
		html := "<!doctype html><h1>Gateway</h1>"
		for _, odd := range []struct {
			status      map[string]any
			code        string
			retryable   bool
			description string
		}{
			{map[string]any{"code": 429, "body": "slow down"}, "rate-limited", true, "429"},
			{map[string]any{"code": 500, "body": html, "contentType": "text/html"}, "unavailable", true, "500 with HTML"},
			{map[string]any{"code": 503}, "unavailable", true, "503, empty"},
			{map[string]any{"code": 400, "body": "{", "contentType": "application/json"}, "invalid-request", false, "400 with half an object"},
			{map[string]any{"code": 401, "body": `{"token":"no"}`, "contentType": "application/json"}, "invalid-credentials", false, "401 with a token"},
			{map[string]any{"code": 201, "body": html, "contentType": "text/html"}, "malformed-response", false, "201 with HTML"},
			{map[string]any{"code": 201}, "malformed-response", false, "201, empty"},
			{map[string]any{"code": 200, "body": "null", "contentType": "application/json"}, "malformed-response", false, "null"},
			{map[string]any{"code": 200, "body": `{"token":7}`, "contentType": "application/json"}, "malformed-response", false, "a number as token"},
			{map[string]any{"code": 200, "body": `{"token":""}`, "contentType": "application/json"}, "malformed-response", false, "an empty token"},
		} {
			odd.status["path"], odd.status["times"] = "/token", 1
			s.set(switches{"status": odd.status})
			f := p.refused(demo, demoPassword)
			t.Log(odd.description)
			f.code(t, odd.code)
			if f.Code != "malformed-response" && f.Retryable != odd.retryable {
				t.Errorf("%s: retryable is %v", odd.description, f.Retryable)
			}
		}
		if got := p.login(demo, demoPassword); got.State != "active" {
			t.Errorf("after all that a log-in gives %+v", got)
		}
	})
}

func TestA2_sixFailuresLock(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		b := newBrowser(t, newServer(t))
		b.allow("Failed to load resource")
		p := b.visit(i, nil)
		for range 5 {
			p.refused(demo, wrongPassword).code(t, "invalid-credentials")
		}
		p.refused(demo, wrongPassword).code(t, "locked")
		p.refused(demo, demoPassword).code(t, "locked")
	})
}

func TestA2_apiDownIsANetworkErrorAndTheNextTryWorks(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		b.allow("Failed to load resource")
		p := b.visit(i, nil)
		s.set(switches{"drop": 1000})
		f := p.refused(demo, demoPassword)
		f.code(t, "network")
		if !f.Retryable || f.Offline || f.Status != 0 {
			t.Errorf("the error is %+v, want a retryable one, not offline, without a status", f)
		}
		s.set(switches{"drop": 0})
		p.login(demo, demoPassword)

		// A caller's own request fails as the browser's own would.
		s.set(switches{"drop": 1000})
		if f := p.fails(`await exact.fetch(exact.api + "/status");`); f.Name != "TypeError" {
			t.Errorf("a request that got no answer failed with %s, want a TypeError", f.Text)
		}
		s.set(switches{"drop": 0})
		if res := p.get(payments); res.Status != 200 {
			t.Errorf("afterwards payments give %+v", res)
		}
	})
}

func TestA4_anAbortedLogInLeavesNoSession(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		p := newBrowser(t, s).visit(i, nil)
		p.do(`await exact.preload();`)
		s.set(switches{"latency": 60_000})
		p.do(`
			globalThis.abort = new AbortController();
			globalThis.pending = exact.login({ email: args[0], password: args[1], signal: abort.signal }).then(() => "signed in", (e) => e);`,
			demo, demoPassword)
		eventually(t, "the log-in to arrive", func() bool { return len(s.requests("POST", "/token")) == 1 })
		// One is enough, from wherever it comes.
		p.refused(demo, demoPassword).code(t, "in-progress")
		p.do(`globalThis.why = new Error("changed my mind"); abort.abort(why);`)
		if !eval[bool](p, `return (await pending) === why;`) {
			t.Error("an aborted log-in must reject with the caller's own reason")
		}
		s.set(switches{"latency": 0})
		if state := p.session().State; state != "signed-out" {
			t.Errorf("after an aborted log-in the state is %q", state)
		}
		if got := p.login(demo, demoPassword); got.State != "active" {
			t.Errorf("a log-in after an aborted one gives %+v", got)
		}
	})
}

func TestA5_anotherPersonEndsTheFormerSession(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		p := newBrowser(t, s).visit(i, nil)
		first := p.login(demo, demoPassword)
		p.get(payments)
		second := p.login("developer@exactlogin.test", "sandbox-developer")
		if first.User == second.User || second.State != "active" {
			t.Fatalf("the second person is %q after %q, %s", second.User, first.User, second.State)
		}
		if e := await[event](p, "value", `return events.find((e) => e.reason === "user-changed");`); e.State != "signed-out" {
			t.Errorf("the change of person says %+v, want signed-out first", e)
		}
		p.get(payments)
		lists := s.requests("GET", "/account/"+second.Account+"/payments")
		if len(lists) != 2 || slices.Equal(lists[0].header("Authorization"), lists[1].header("Authorization")) {
			t.Error("both people's requests carried the same token")
		}
	})
}
