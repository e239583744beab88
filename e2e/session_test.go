package e2e

import (
	"testing"
	"time"
)

func TestO2_aSecondTabIsSignedInWithoutALogIn(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	first := b.visit(inWorker, nil)
	want := first.login(demo, demoPassword)

	second := b.visit(inWorker, nil)
	if got := second.until("active"); got.User != want.User || got.Account != want.Account {
		t.Errorf("the second tab's session is %+v, want that of the first, %+v", got, want)
	}
	if res := second.get(payments); res.Status != 200 {
		t.Errorf("payments in the second tab: %+v", res)
	}
	if n := len(s.requests("POST", "/token")); n != 1 {
		t.Errorf("%d log-ins were sent for two tabs, want 1", n)
	}
}

func TestO4_reloadKeepsTheSessionOfTheWorker(t *testing.T) {
	parallel(t)
	s := newServer(t)
	p := newBrowser(t, s).visit(inWorker, nil)
	want := p.login(demo, demoPassword)
	p.reload()
	p.create(inWorker, nil)
	if got := p.until("active"); got.User != want.User {
		t.Errorf("after a reload the user is %q, want %q", got.User, want.User)
	}
	if got := eval[session](p, `return await exact.ready;`); got.State != "active" {
		t.Errorf("ready says %q", got.State)
	}
	if res := p.get(payments); res.Status != 200 {
		t.Errorf("payments after a reload: %+v", res)
	}
	if n := len(s.requests("POST", "/token")); n != 1 {
		t.Errorf("%d log-ins were sent, want 1", n)
	}
}

func TestO4_reloadEndsTheSessionOfAPage(t *testing.T) {
	parallel(t)
	p := newBrowser(t, newServer(t)).visit(inPage, nil)
	p.login(demo, demoPassword)
	p.reload()
	p.create(inPage, nil)
	if got := eval[session](p, `return await exact.ready;`); got.State != "signed-out" {
		t.Errorf("after a reload the page's session is %q, want signed-out", got.State)
	}
}

func TestE5_warningThenExtend(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		p := b.visit(i, options{"keepAlive": "/account/{account}"})
		before := p.login(demo, demoPassword)
		if !before.CanExtend {
			t.Error("with keepAlive the session must say that it can be extended")
		}
		if i == inWorker {
			b.worker()
		}
		b.advance(2*time.Hour - 4*time.Minute)
		if e := p.heard("expiring"); e.State != "expiring" {
			t.Errorf("the warning came with state %q", e.State)
		}
		if got := p.until("expiring"); got.RemainingMs <= 0 || got.RemainingMs > (4*time.Minute).Seconds()*1000 {
			t.Errorf("at the warning %v ms are left, want up to four minutes", got.RemainingMs)
		}
		b.advance(10 * time.Second)
		p.do(`exact.session;`)

		got := eval[session](p, `return await exact.extend();`)
		if got.State != "active" || got.RemainingMs < time.Hour.Seconds()*1000 {
			t.Errorf("after extend the session is %+v, want an active one with about two hours left", got)
		}
		if e := p.heard("extended"); e.State != "active" {
			t.Errorf("extended came with state %q", e.State)
		}
		if n := p.count("expiring"); n != 1 {
			t.Errorf("%d warnings for one deadline, want 1", n)
		}
		if n := len(s.requests("GET", "/account/"+got.Account)); n != 1 {
			t.Errorf("extend sent %d requests, want 1", n)
		}
	})
}

func TestE1_theEndRefusesFetchAndALogInFollows(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		p := b.visit(i, nil)
		p.login(demo, demoPassword)
		if i == inWorker {
			b.worker()
		}
		// As after a sleep: the time is long past, and no timer has run.
		b.advance(3 * time.Hour)
		if got := p.until("expired"); got.Reason != "expired" || got.RemainingMs != 0 {
			t.Errorf("past the deadline the session is %+v", got)
		}
		if e := p.heard("expired"); e.Reason != "expired" || e.Here {
			t.Errorf("the event says %+v, want reason expired, not caused here", e)
		}
		if n := p.count("expiring"); n != 0 {
			t.Errorf("%d warnings came although the end was past", n)
		}
		sent := len(s.requests("", ""))
		p.fails(`await exact.fetch(exact.api + "/account/a/payments");`).code(t, "session-expired")
		if n := len(s.requests("", "")); n != sent {
			t.Errorf("an expired session let %d requests through", n-sent)
		}
		p.fails(`await exact.extend();`).code(t, "session-expired")

		if got := p.login(demo, demoPassword); got.State != "active" || got.Reason != "" && got.RemainingMs == 0 {
			t.Errorf("a log-in after the end gives %+v", got)
		}
		if res := p.get(payments); res.Status != 200 {
			t.Errorf("payments after the second log-in: %+v", res)
		}
	})
}

func TestE3_fetchAloneSeesTheEndWithNoSignalBefore(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	p := b.visit(inWorker, nil)
	p.login(demo, demoPassword)
	// The worker's clock alone: the page has no reason to doubt.
	w := b.worker()
	sent := len(s.requests("", ""))
	w.do(`const now = Date.now; Date.now = () => now() + args[0];`, (3 * time.Hour).Milliseconds())
	p.fails(`await exact.fetch(exact.api + "/status");`).code(t, "session-expired")
	if n := len(s.requests("", "")); n != sent {
		t.Errorf("%d requests went out after the end", n-sent)
	}
	p.until("expired")
}

func TestF6_aMissingPermissionKeepsTheSession(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		b := newBrowser(t, newServer(t))
		b.allow("Failed to load resource")
		p := b.visit(i, nil)
		p.login("limited@exactlogin.test", "sandbox-limited")
		if res := p.get("/account/{account}"); res.Status != 401 || res.Text == "" {
			t.Fatalf("the account without permission: %+v, want the API's own 401 with its text", res)
		}
		if e := p.heard("unauthorized"); e.State != "active" {
			t.Errorf("unauthorized came with state %q, want active", e.State)
		}
		if got := p.session(); got.State != "active" || !got.Suspect {
			t.Errorf("after a 401 the session is %+v, want active and suspect", got)
		}
		if res := p.get(payments); res.Status != 200 {
			t.Errorf("payments after a 401: %+v, want 200", res)
		}
	})
}

func TestF6_aRefusalThatNamesItselfChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		b := newBrowser(t, newServer(t))
		b.allow("Failed to load resource")
		p := b.visit(i, nil)
		p.login("viewer@exactlogin.test", "sandbox-viewer")
		if res := p.get(payments); res.Status != 403 {
			t.Fatalf("payments without permission: %+v, want 403", res)
		}
		if res := p.get("/account/{account}"); res.Status != 200 {
			t.Errorf("the account afterwards: %+v", res)
		}
		if got := p.session(); got.State != "active" || got.Suspect || p.count("unauthorized") != 0 {
			t.Errorf("after a 403 the session is %+v, with %d events", got, p.count("unauthorized"))
		}
	})
}

func TestF6_verifySettlesADoubtByEndingTheSession(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		b.allow("Failed to load resource")
		p := b.visit(i, options{"verify": "/account/{account}"})
		p.login(demo, demoPassword)
		s.call("DELETE", s.sandbox+"/_sandbox/tokens", nil, nil)
		if res := p.get(payments); res.Status != 401 {
			t.Fatalf("payments with a revoked token: %+v", res)
		}
		// The end by rejection is the server's word, so the session is over, not merely late.
		await[any](p, `value.state !== "active" && value.reason === "rejected"`, `return exact.session;`)
	})
}

func TestO1_logOutReachesTheOtherTab(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	here := b.visit(inWorker, nil)
	here.login(demo, demoPassword)
	there := b.visit(inWorker, nil)
	there.until("active")
	there.do(`
		globalThis.pending = exact.fetch(exact.api + "/_fixture/gate/open").then((r) => r.text()).then((text) => ({ text }), (e) => ({ code: e.code }));`)
	eventually(t, "the request to arrive", func() bool { return len(s.requests("GET", "/_fixture/gate/open")) == 1 })

	if got := eval[session](here, `return await exact.logout();`); got.State != "signed-out" || got.Reason != "logout" {
		t.Errorf("log-out gives %+v", got)
	}
	if got := there.until("signed-out"); got.Reason != "logout" || got.User != "" {
		t.Errorf("the other tab's session is %+v", got)
	}
	if e := await[event](there, "value", `return events.find((e) => e.reason === "logout");`); e.Here {
		t.Error("the other tab thinks that it caused the log-out")
	}
	if e := await[event](here, "value", `return events.find((e) => e.reason === "logout");`); !e.Here {
		t.Error("the tab that logged out does not know that it did")
	}
	if code := eval[string](there, `return (await pending).code ?? "finished";`); code != "signed-out" {
		t.Errorf("a request under way at log-out ended with %q, want signed-out", code)
	}
	sent := len(s.requests("", ""))
	there.fails(`await exact.fetch(exact.api + "/account/a/payments");`).code(t, "signed-out")
	if n := len(s.requests("", "")); n != sent {
		t.Errorf("%d requests went out after log-out", n-sent)
	}
}

func TestO1_logOutInOneTabWithPageIsolation(t *testing.T) {
	parallel(t)
	p := newBrowser(t, newServer(t)).visit(inPage, nil)
	p.login(demo, demoPassword)
	if got := eval[session](p, `return await exact.logout();`); got.State != "signed-out" || got.Reason != "logout" {
		t.Errorf("log-out gives %+v", got)
	}
	p.fails(`await exact.fetch(exact.api + "/account/a/payments");`).code(t, "signed-out")
	// Logging out twice is no error.
	p.do(`await exact.logout();`)
}

func TestO1_logOutWorksWithTheAPIDown(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		b.allow("Failed to load resource")
		p := b.visit(i, options{"revoke": "/token"})
		p.login(demo, demoPassword)
		s.set(switches{"drop": 1000})
		if got := eval[session](p, `return await exact.logout();`); got.State != "signed-out" {
			t.Errorf("log-out without the API gives %+v", got)
		}
	})
}

func TestO3_backAfterLogOutShowsNobody(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		p := newBrowser(t, newServer(t)).visit(i, nil)
		p.login(demo, demoPassword)
		p.do(`await exact.logout();`)
		p.navigate(i.path() + "?elsewhere")
		p.back(i)
		if got := p.until("signed-out"); got.User != "" || got.Account != "" {
			t.Errorf("Back after log-out shows %+v", got)
		}
		p.fails(`await exact.fetch(exact.api + "/account/a/payments");`).code(t, "signed-out")
	})
}

func TestO3_backAfterALogOutInAnotherTabShowsNobody(t *testing.T) {
	parallel(t)
	b := newBrowser(t, newServer(t))
	away := b.visit(inWorker, nil)
	away.login(demo, demoPassword)
	other := b.visit(inWorker, nil)
	other.until("active")
	away.navigate(inWorker.path() + "?elsewhere")
	other.do(`await exact.logout();`)
	away.back(inWorker)
	if got := away.until("signed-out"); got.User != "" {
		t.Errorf("Back after a log-out in another tab shows %+v", got)
	}
}

func TestO3_theBackForwardCacheMayKeepThePage(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		p := newBrowser(t, newServer(t)).visit(i, nil)
		want := p.login(demo, demoPassword)
		p.do(`globalThis.sameDocument = true;`)
		p.navigate(i.path() + "?elsewhere")
		p.goBack()
		if !eval[bool](p, `return globalThis.sameDocument === true;`) {
			// The browser may have reasons of its own, such as memory. Ours would be named here.
			reasons := eval[[]string](p, `
				const all = (tree) => tree ? [...(tree.reasons ?? []).map((r) => r.reason), ...(tree.children ?? []).flatMap(all)] : [];
				return all(performance.getEntriesByType("navigation")[0].notRestoredReasons);`)
			for _, reason := range reasons {
				switch reason {
				case "unload-listener", "response-cache-control-no-store", "lock", "broadcastchannel-message", "sharedworker-message", "idbversionchangeevent":
					t.Errorf("the page cannot be kept in the back/forward cache: %q", reasons)
				}
			}
			return
		}
		if got := p.until("active"); got.User != want.User {
			t.Errorf("back from the cache the session is %+v", got)
		}
		if res := p.get(payments); res.Status != 200 {
			t.Errorf("back from the cache payments give %+v", res)
		}
	})
}

// goBack returns when the page's former entry is shown.
func (r *realm) goBack() {
	r.b.t.Helper()
	r.do(`setTimeout(() => history.back());`)
	r.waitFor(`return location.search === "" && document.readyState === "complete";`)
}

// back goes back and makes a client where the document was loaded anew, as a page's own script would.
func (r *realm) back(i isolation) {
	r.b.t.Helper()
	r.goBack()
	if eval[bool](r, `return !globalThis.exact;`) {
		r.create(i, nil)
	}
}

func TestO3_aFrozenTabHoldsNobodyUp(t *testing.T) {
	parallel(t)
	b := newBrowser(t, newServer(t))
	frozen := b.visit(inWorker, nil)
	frozen.login(demo, demoPassword)
	other := b.visit(inWorker, nil)
	other.until("active")
	frozen.freeze()
	if res := other.get(payments); res.Status != 200 {
		t.Errorf("payments beside a frozen tab: %+v", res)
	}
	if got := eval[session](other, `return await exact.logout();`); got.State != "signed-out" {
		t.Errorf("log-out beside a frozen tab gives %+v", got)
	}
	frozen.thaw()
	frozen.until("signed-out")
}
