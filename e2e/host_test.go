package e2e

import (
	"net/http"
	"testing"
)

// withoutSharedWorker makes a browser that has none, as Chrome on Android was for long.
const withoutSharedWorker = `delete globalThis.SharedWorker;`

func TestL1_withoutSharedWorkersEachTabHasItsOwnSessionAndHearsOfALogOut(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	first := b.visit(inWorker, nil, withoutSharedWorker)
	first.login(demo, demoPassword)
	if res := first.get(payments); res.Status != 200 {
		t.Errorf("payments: %+v", res)
	}
	second := b.visit(inWorker, nil, withoutSharedWorker)
	second.do(`await exact.preload();`)
	if got := second.session(); got.State != "signed-out" {
		t.Errorf("a second tab is %q, want signed-out: it has a worker of its own", got.State)
	}
	second.login(demo, demoPassword)
	first.do(`await exact.logout();`)
	if got := second.until("signed-out"); got.Reason != "logout" {
		t.Errorf("the second tab's session ended by %q, want logout", got.Reason)
	}
	if here := eval[bool](second, `return events.at(-1).here;`); here {
		t.Error("the second tab takes the log-out for its own")
	}
}

func TestO2_aLogInReachesATabThatHasNotStartedTheWorker(t *testing.T) {
	parallel(t)
	b := newBrowser(t, newServer(t))
	idle, other := b.visit(inWorker, nil), b.visit(inWorker, nil)
	want := other.login(demo, demoPassword)
	if got := idle.until("active"); got.User != want.User {
		t.Errorf("the tab that waited has %+v", got)
	}
	if e := idle.heard("change"); e.State != "active" || e.Here {
		t.Errorf("it heard %+v, want active, not caused here", e)
	}
}

func TestO4_afterAReloadTheFirstStateIsRestoring(t *testing.T) {
	parallel(t)
	p := newBrowser(t, newServer(t)).visit(inWorker, nil)
	// In the very task that creates the client.
	const create = `return (globalThis.exact = createExactLogin(args[0])).session.state;`
	mine := options{"api": p.b.s.sandbox}
	p.login(demo, demoPassword)
	p.reload()
	if state := eval[string](p, create, mine); state != "restoring" {
		t.Errorf("with a session the first state is %q, want restoring", state)
	}
	if got := eval[session](p, `return await exact.ready;`); got.State != "active" {
		t.Errorf("ready says %q, want active", got.State)
	}
	p.do(`await exact.logout();`)
	p.reload()
	if state := eval[string](p, create, mine); state != "signed-out" {
		t.Errorf("without a session the first state is %q, want signed-out", state)
	}
}

func TestL2_theLastDisposeClosesTheClientAndANewOneFindsTheSession(t *testing.T) {
	parallel(t)
	p := newBrowser(t, newServer(t)).visit(inWorker, nil)
	p.login(demo, demoPassword)
	p.do(`exact.dispose(); exact.dispose();`)
	for _, call := range []string{
		`exact.login({ email: "a", password: "b" })`, `exact.logout()`, `exact.extend()`, `exact.preload()`, `exact.fetch(exact.api + "/status")`,
	} {
		if f := p.fails(`await ` + call + `;`); f.Code != "disposed" {
			t.Errorf("%s after dispose: %+v, want disposed", call, f)
		}
	}
	p.create(inWorker, nil)
	p.until("active")
	if f := p.fails(`createExactLogin({ api: args[0], application: "other" });`, p.b.s.sandbox); f.Code != "already-configured" {
		t.Errorf("another application under the same name: %+v, want already-configured", f)
	}
}

func TestL2_anotherTabWithOtherIdentityIsToldWhichOption(t *testing.T) {
	parallel(t)
	b := newBrowser(t, newServer(t))
	b.visit(inWorker, nil).login(demo, demoPassword)
	second := b.visit(inWorker, options{"application": "other"})
	if f := second.fails(`await exact.preload();`); f.Code != "already-configured" {
		t.Errorf("the second tab: %+v, want already-configured", f)
	}
	other := b.visit(inWorker, options{"application": "exactlogin-demo", "name": "of-its-own"})
	if got := other.session(); got.State != "signed-out" {
		t.Errorf("under another name the session is %q, want signed-out", got.State)
	}
	other.login(demo, demoPassword)
}

// trapping makes the wasm trap on its next turn after `trap` was set, as it does out of memory. What a page can do to a
// program in its own realm shows what the host does about it in any.
const trapping = `
	const { instantiate } = WebAssembly;
	WebAssembly.instantiate = async (...args) => {
		const { exports } = await instantiate(...args);
		const guarded = { ...exports, resume() {
			if (globalThis.trap) throw new WebAssembly.RuntimeError("unreachable");
			return exports.resume();
		} };
		return Object.create(WebAssembly.Instance.prototype, { exports: { value: guarded } });
	};`

func TestL5_aTrapInTheProgramRejectsWhatIsPendingAndTheNextCallWorks(t *testing.T) {
	parallel(t)
	s := newServer(t)
	p := newBrowser(t, s).visit(inPage, nil, trapping)
	p.login(demo, demoPassword)
	p.do(`
		globalThis.pending = Promise.all([exact.extend(), exact.extend()].map((call) => call.then(() => "extended", (e) => e.code)));
		globalThis.trap = true;`)
	for i, code := range eval[[]string](p, `return await pending;`) {
		if code != "worker-crashed" {
			t.Errorf("pending call %d ended with %q, want worker-crashed", i, code)
		}
	}
	if got := p.until("signed-out"); got.Reason != "worker-crashed" {
		t.Errorf("the session ended by %q, want worker-crashed", got.Reason)
	}
	p.do(`globalThis.trap = false;`)
	if got := p.login(demo, demoPassword); got.State != "active" {
		t.Errorf("after the trap a log-in gives %+v", got)
	}
	if res := p.get(payments); res.Status != 200 {
		t.Errorf("after the trap payments give %+v", res)
	}
}

// spy is a service worker of the site's: it notes the Authorization of everything that passes.
const spy = `
	const seen = [];
	self.oninstall = () => self.skipWaiting();
	self.onactivate = (event) => event.waitUntil(self.clients.claim());
	self.onfetch = (event) => void seen.push(event.request.headers.get("authorization"));
	self.onmessage = (event) => event.ports[0].postMessage(seen);`

func TestT6_noServiceWorkerOfTheSiteSeesTheToken(t *testing.T) {
	const register = `
		const policy = trustedTypes.createPolicy("exactlogin", { createScriptURL: (url) => url });
		await navigator.serviceWorker.register(policy.createScriptURL("/spy.js"), { scope: "/" });`
	for _, when := range []string{"before", "after"} {
		t.Run(when, func(t *testing.T) {
			parallel(t)
			s := newServer(t)
			newFaults(t, s).set("/spy.js", func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/javascript")
				w.Write([]byte(spy))
			})
			b := newBrowser(t, s)
			p := b.open(inWorker.path())
			if when == "before" {
				p.do(register)
				p.waitFor(`return navigator.serviceWorker.controller !== null;`)
			}
			p.create(inWorker, options{"application": "exactlogin-demo"}) // the sandbox does not know the proxy's origin
			p.login(demo, demoPassword)
			if when == "after" {
				p.do(register)
				p.waitFor(`return navigator.serviceWorker.controller !== null;`)
			}
			if res := p.get(payments); res.Status != 200 {
				t.Fatalf("payments: %+v", res)
			}
			if got := eval[string](p, `return exact.session.exposed;`); got != "" {
				t.Errorf("session.exposed is %q, want nothing", got)
			}
			// The control: what the page itself sends does pass through it.
			seen := eval[[]*string](p, `
				await fetch("/web/dist/exactlogin.js", { headers: { authorization: "control" } });
				const { port1, port2 } = new MessageChannel();
				const answer = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
				navigator.serviceWorker.controller.postMessage(0, [port2]);
				return await answer;`)
			control := false
			for _, authorization := range seen {
				switch {
				case authorization == nil:
				case *authorization == "control":
					control = true
				default:
					t.Error("the site's service worker saw the token")
				}
			}
			if !control {
				t.Error("the spy did not see the page's own request: it would have seen nothing anyway")
			}
		})
	}
}

func TestO4_endWithLastTabEndsTheSessionWhenNobodyIsLeft(t *testing.T) {
	parallel(t)
	b := newBrowser(t, newServer(t))
	leaving := b.visit(inWorker, options{"endWithLastTab": 1})
	leaving.login(demo, demoPassword)
	coming := b.open(inWorker.path())
	leaving.close()
	// It may come before the other one's end is noticed; then it is the last tab itself, and leaves for a moment.
	got := await[session](coming, `value.state === "signed-out"`, `
		const exact = createExactLogin(args[0]);
		await exact.preload();
		const { session } = exact;
		exact.dispose();
		return session;`, options{"api": b.s.sandbox, "endWithLastTab": 1})
	if got.Reason != "last-tab-closed" {
		t.Errorf("the session ended by %q, want last-tab-closed", got.Reason)
	}
}
