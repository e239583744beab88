package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// odd are values of the wrong kind, as JavaScript expressions.
var odd = []string{
	`undefined`, `null`, `0`, `-1`, `NaN`, `1e400`, `10n`, `true`, `""`, `"\u0000"`, `"\ud800"`, `"x".repeat(1e6)`, `Symbol("s")`, `[]`, `[[]]`, `{}`,
	`() => {}`, `new Date(NaN)`, `new Map()`, `new Uint8Array(3)`, `Promise.reject(1).catch(() => {}) && Promise.resolve()`, `Object.create(null)`,
	`new Proxy({}, { get() { throw new Error("trap"); }, ownKeys() { throw new Error("trap"); }, has() { throw new Error("trap"); } })`,
	`({ get email() { throw new Error("getter"); }, get api() { throw new Error("getter"); }, get signal() { throw new Error("getter"); } })`,
	`({ toString() { throw new Error("toString"); }, valueOf() { throw null; } })`, `document.createElement("a")`, `window`, `new Error("e")`,
}

func TestL1_aWrongOptionThrowsAtOnceAndIsNamed(t *testing.T) {
	parallel(t)
	b := newBrowser(t, newServer(t))
	p := b.visit(inWorker, nil)
	for _, c := range []struct{ options, names string }{
		{`undefined`, ""}, {`null`, ""}, {`7`, ""}, {`"sandbox"`, ""}, {`{}`, "api"},
		{`{ api: 7 }`, "api"}, {`{ api: "" }`, "api"}, {`{ api: "http://api.example.test" }`, "api"}, {`{ api: "javascript:alert(1)" }`, "api"},
		{`{ api: "https://user:pass@api.example.test" }`, "api"},
		{`{ api: "sandbox", unknown: 1 }`, "unknown"}, {`{ api: "sandbox", isolation: "none" }`, "isolation"},
		{`{ api: "sandbox", lifetime: "long" }`, "lifetime"}, {`{ api: "sandbox", lifetime: -1 }`, "lifetime"}, {`{ api: "sandbox", lifetime: NaN }`, "lifetime"},
		{`{ api: "sandbox", lifetime: Infinity }`, "lifetime"},
		{`{ api: "sandbox", warnBefore: {} }`, "warnBefore"}, {`{ api: "sandbox", idle: 5 }`, "idle"}, {`{ api: "sandbox", idle: { after: "x" } }`, "idle"},
		{`{ api: "sandbox", maxLifetime: 10n }`, "maxLifetime"}, {`{ api: "sandbox", allow: "https://a.example" }`, "allow"},
		{`{ api: "sandbox", allow: ["http://a.example"] }`, "allow"}, {`{ api: "sandbox", allow: [7] }`, "allow"},
		{`{ api: "sandbox", keepAlive: 7 }`, "keepAlive"}, {`{ api: "sandbox", keepAlive: "no-slash" }`, "keepAlive"}, {`{ api: "sandbox", verify: { method: "GET" } }`, "verify"},
		{`{ api: "sandbox", on401: "shout" }`, "on401"}, {`{ api: "sandbox", whenSignedOut: true }`, "whenSignedOut"}, {`{ api: "sandbox", httpCache: 1 }`, "httpCache"},
		{`{ api: "sandbox", persistence: "for ever" }`, "persistence"}, {`{ api: "sandbox", expiry: "never" }`, "expiry"}, {`{ api: "sandbox", name: "a b" }`, "name"},
		{`{ api: "sandbox", assets: "https://cdn.example.test/" }`, "assets"}, {`{ api: "sandbox", assets: "data:text/javascript,1" }`, "assets"},
		{`{ api: "sandbox", endWithLastTab: -5 }`, "endWithLastTab"}, {`{ api: "sandbox", application: 5 }`, "application"}, {`{ api: "sandbox", mode: "prod" }`, "mode"},
	} {
		f := p.fails(`createExactLogin(` + c.options + `);`)
		f.code(t, "invalid-option")
		if !strings.Contains(f.Message, c.names) {
			t.Errorf("createExactLogin(%s): the message %q does not name %q", c.options, f.Message, c.names)
		}
	}
	for _, value := range odd {
		// Whatever it is, an error and not a crash; an odd member is an error too.
		f := p.fails(`createExactLogin(` + value + `);`)
		if f.Code != "invalid-option" && !strings.Contains(f.Text, "trap") && !strings.Contains(f.Text, "getter") {
			t.Errorf("createExactLogin(%s): %+v", value, f)
		}
		for _, option := range []string{"allow", "application", "mode", "lifetime", "idle", "keepAlive", "assets", "name"} {
			if value != "undefined" {
				p.do(`try { createExactLogin({ api: exact.api, name: "other", ` + option + `: ` + value + ` }).dispose(); } catch (e) { if (!isExactLoginError(e) && !/trap|getter|toString/.test(String(e?.message))) throw e; }`)
			}
		}
	}
	p.login(demo, demoPassword)
}

func TestV2_wrongArgumentsAreErrorsAndNothingHangs(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		// Some of these are URLs that the page's policy does not let it fetch.
		b.allow("Failed to load resource", "Content Security Policy")
		p := b.visit(i, nil)
		for _, value := range odd {
			p.refuses(t, `exact.login(`+value+`)`)
			p.refuses(t, `exact.login({ email: `+value+`, password: "p" })`)
			p.refuses(t, `exact.login({ email: "someone@exactlogin.test", password: `+value+` })`)
		}
		p.refuses(t, `exact.login()`)
		p.refuses(t, `exact.login({ email: "someone@exactlogin.test", password: "p", signal: {} })`)
		for _, value := range odd {
			// Those that take nothing ignore what they get.
			p.do(`await exact.logout(` + value + `); await exact.preload(` + value + `); exact.removeEventListener("change", null);`)
			if f := p.fails(`await exact.extend(` + value + `);`); f.Code != "signed-out" {
				t.Errorf("extend(%s) while signed out: %+v", value, f)
			}
			// As the browser's own: a TypeError, or a request that is refused while signed out or finds nothing at the page's server.
			p.do(`await exact.fetch(` + value + `).catch((e) => { if (!(e instanceof Error) && e !== 1 && e !== null) throw new Error("rejected with " + String(e)); });`)
		}
		p.fails(`exact.addEventListener("change", 7);`)
		if got := p.login(demo, demoPassword); got.State != "active" {
			t.Errorf("after all that a log-in gives %+v", got)
		}
		for _, value := range odd {
			p.do(`await exact.fetch(exact.api + "/status", ` + value + `).catch((e) => { if (!(e instanceof Error) && e !== null) throw new Error("rejected with " + String(e)); });`)
		}
		if res := p.get(payments); res.Status != 200 {
			t.Errorf("after all that payments give %+v", res)
		}
		// Nothing that a string cannot be was ever sent as one.
		for _, r := range s.requests("POST", "/token") {
			for _, never := range []string{"[object", "undefined", "NaN", "function"} {
				if strings.Contains(r.Body, never) {
					t.Errorf("a log-in was sent with %s in its body: %.100s", never, r.Body)
				}
			}
		}
	})
}

// refuses runs a call that must settle with an error, whichever is apt.
func (r *realm) refuses(t *testing.T, call string) {
	t.Helper()
	f := r.fails(`await ` + call + `;`)
	if !f.Known && !strings.Contains(f.Text, "getter") && !strings.Contains(f.Text, "trap") {
		t.Errorf("%s: %s, want an ExactLoginError", call, f.Text)
	}
	if f.Known && f.Code == "worker-crashed" {
		t.Errorf("%s brought the program down", call)
	}
}

func TestA3_oddPasswordsAreSentByteForByte(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		b.allow("Failed to load resource")
		p := b.visit(i, nil)
		odd := []string{" leading and trailing ", "\"quotes\\ and / back\"", "emoji 🔑 é ｅ", "line\nbreak\ttab", "{\"token\":\"x\"}", "\u2028\u2029", "</script>", strings.Repeat("long ", 2000)}
		for n, password := range odd {
			// Each for a person of its own, so that nobody is locked.
			p.refused(fmt.Sprintf("nobody%d@exactlogin.test", n), password).code(t, "invalid-credentials")
		}
		sent := s.requests("POST", "/token")
		if len(sent) != len(odd) {
			t.Fatalf("%d requests for %d log-ins", len(sent), len(odd))
		}
		for n, r := range sent {
			if got := decode[map[string]string](t, r.Body)["password"]; got != odd[n] {
				t.Errorf("password %d was sent as %.60q, want %.60q", n, got, odd[n])
			}
		}
	})
}
