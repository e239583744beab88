package e2e

import (
	"testing"
)

func TestF3_abortClosesTheConnectionAndRejectsWithTheCallersReason(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		p := newBrowser(t, s).visit(i, nil)
		p.login(demo, demoPassword)
		for _, c := range []struct{ name, body string }{
			{"before", `
				const why = new Error("before");
				await exact.fetch(exact.api + "/_fixture/gate/before", { signal: AbortSignal.abort(why) }).then(() => { throw new Error("it succeeded"); }, (e) => { if (e !== why) throw e; });`},
			{"headers", `
				const why = new Error("headers"), abort = new AbortController();
				const pending = exact.fetch(exact.api + "/account/" + exact.session.account, { signal: abort.signal });
				setTimeout(() => abort.abort(why));
				await pending.then(() => { throw new Error("it succeeded"); }, (e) => { if (e !== why) throw e; });`},
			{"body", `
				const why = new Error("body"), abort = new AbortController();
				const response = await exact.fetch(exact.api + "/_fixture/gate/body", { signal: abort.signal });
				const text = response.text();
				abort.abort(why);
				await text.then(() => { throw new Error("it succeeded"); }, (e) => { if (e !== why) throw e; });`},
		} {
			if c.name == "headers" {
				s.set(switches{"latency": 60_000})
			}
			p.do(c.body)
			s.set(switches{"latency": 0})
		}
		if n := len(s.requests("GET", "/_fixture/gate/before")); n != 0 {
			t.Error("a request that was aborted beforehand went out")
		}
		eventually(t, "the server to see that the reader of a body went away", func() bool {
			var state struct {
				Closed bool `json:"closed"`
			}
			s.call("GET", s.sandbox+"/_fixture/gate/body/state", nil, &state)
			return state.Closed
		})
		if got := p.session(); got.State != "active" || got.Suspect {
			t.Errorf("aborting changed the session to %+v", got)
		}
		if res := p.get(payments); res.Status != 200 {
			t.Errorf("afterwards payments give %+v", res)
		}
	})
}

func TestF2_theFirstChunkArrivesBeforeTheLastIsSent(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		p := newBrowser(t, s).visit(i, nil)
		p.login(demo, demoPassword)
		p.do(`
			const response = await exact.fetch(exact.api + "/_fixture/gate/slow");
			globalThis.reader = response.body.pipeThrough(new TextDecoderStream()).getReader();`)
		for _, chunk := range []string{"first", "second"} {
			s.call("POST", s.sandbox+"/_fixture/gate/slow/next?body="+chunk, nil, nil)
			if got := eval[string](p, `return (await reader.read()).value;`); got != chunk {
				t.Errorf("a chunk arrived as %q, want %q", got, chunk)
			}
		}
		s.call("POST", s.sandbox+"/_fixture/gate/slow/end", nil, nil)
		if !eval[bool](p, `return (await reader.read()).done;`) {
			t.Error("the body did not end")
		}
	})
}

func TestF5_signedOutRequestsAreRefusedWithoutNetworkAndForeignOnesPass(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		p := newBrowser(t, s).visit(i, nil)
		p.do(`await exact.preload();`)
		p.fails(`await exact.fetch(exact.api + "/account/a/payments");`).code(t, "signed-out")
		if n := len(s.requests("", "")); n != 0 {
			t.Errorf("%d requests went out while signed out", n)
		}
		if status := eval[int](p, `return (await exact.fetch("/web/dist/exactlogin.js")).status;`); status != 200 {
			t.Errorf("the page's own server answered %d through fetch", status)
		}
	})
}

func TestF6_manyAtOnceEachGetTheirOwnAnswer(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		b.allow("Failed to load resource")
		p := b.visit(i, options{"keepAlive": "/account/{account}"})
		// Of log-ins at one time one is sent, the other told.
		if got := eval[[]string](p, `
			const both = [1, 2].map(() => exact.login({ email: args[0], password: args[1] }).then((s) => s.state, (e) => e.code));
			return (await Promise.all(both)).sort();`, demo, demoPassword); got[0] != "active" || got[1] != "in-progress" {
			t.Errorf("two log-ins at once give %q", got)
		}
		if wrong := eval[int](p, `
			const all = Array.from({ length: 50 }, async (_, n) => {
				const response = await exact.fetch(exact.api + "/_fixture/echo?n=" + n, { method: "POST", body: "body " + n });
				const { url, body } = await response.json();
				return url.endsWith("n=" + n) && atob(body) === "body " + n;
			});
			return (await Promise.all(all)).filter((right) => !right).length;`); wrong != 0 {
			t.Errorf("%d of 50 requests at once got another's answer", wrong)
		}
		// One request extends for all who ask.
		p.do(`await Promise.all(Array.from({ length: 10 }, () => exact.extend()));`)
		if n := len(s.requests("GET", "/account/"+p.session().Account)); n != 1 {
			t.Errorf("ten extends at once sent %d requests, want 1", n)
		}
		// Many refusals at one time are one doubt.
		s.set(switches{"status": map[string]any{"code": 401, "times": 50, "path": "/status"}})
		p.do(`await Promise.all(Array.from({ length: 50 }, async () => (await exact.fetch(exact.api + "/status")).text()));`)
		p.heard("unauthorized")
		if n := p.count("unauthorized"); n != 1 {
			t.Errorf("fifty 401s at once gave %d events, want 1", n)
		}
	})
}

func TestL2_createdTwiceAndDisposedOnceItWorks(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		p := newBrowser(t, s).visit(i, nil)
		p.do(`
			const again = createExactLogin({ api: args[0], isolation: args[1] });
			if (again !== exact) throw new Error("the same name must give the same client");
			again.dispose();`, s.sandbox, i)
		p.login(demo, demoPassword)
		p.fails(`createExactLogin({ api: "https://api.exactlogin.test", isolation: args[0] });`, i).code(t, "already-configured")
		p.do(`exact.dispose();`)
		p.fails(`await exact.login({ email: args[0], password: args[1] });`, demo, demoPassword).code(t, "disposed")
		p.fails(`await exact.fetch(exact.api + "/status");`).code(t, "disposed")
		p.create(i, nil)
		if i == inWorker {
			p.until("active")
		} else {
			p.login(demo, demoPassword)
		}
	})
}

func TestL5_aClosedTabTakesItsRequestsWithIt(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	stays := b.visit(inWorker, nil)
	stays.login(demo, demoPassword)
	closes := b.visit(inWorker, nil)
	closes.until("active")
	closes.do(`globalThis.pending = exact.fetch(exact.api + "/_fixture/gate/left").then((r) => r.text()).catch(() => {});`)
	eventually(t, "the request to arrive", func() bool { return len(s.requests("GET", "/_fixture/gate/left")) == 1 })
	closes.close()
	eventually(t, "the server to see that nobody waits for the answer", func() bool {
		var state struct {
			Closed bool `json:"closed"`
		}
		s.call("GET", s.sandbox+"/_fixture/gate/left/state", nil, &state)
		return state.Closed
	})
	if res := stays.get(payments); res.Status != 200 {
		t.Errorf("payments in the tab that stays: %+v", res)
	}
}
