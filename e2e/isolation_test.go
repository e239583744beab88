package e2e

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// recorder wraps, before any script of the page, whatever a value can pass through on its way into a page, and keeps
// every string and byte that it sees in `seen`. plant sends a string down each of those ways: the positive control.
const recorder = `(() => {
	const parts = new Set();
	const add = Set.prototype.add.bind(parts), list = Array.from, text = String, objectKeys = Object.keys;
	const latin = (bytes) => { let s = ""; for (let n = 0; n < bytes.length && n < 1e6; n++) s += String.fromCharCode(bytes[n]); return s; };
	const nativeGet = Reflect.get, bytesOf = Uint8Array, view = ArrayBuffer.isView, buffer = ArrayBuffer;
	const note = (value, depth = 0) => {
		if (typeof value === "string") { if (value.length >= 8) add(value); return; }
		if (typeof value !== "object" || value === null || depth > 6) return;
		try {
			if (value instanceof buffer) return void add(latin(new bytesOf(value)));
			if (view(value)) return void add(latin(new bytesOf(value.buffer, value.byteOffset, value.byteLength)));
			if (value instanceof Error) { note(value.message); note(value.stack); }
			for (const key of objectKeys(value)) { note(key); note(value[key], depth + 1); }
		} catch {}
	};
	const wrap = (owner, name) => {
		const native = owner[name];
		owner[name] = function (...args) {
			for (const a of args) note(a);
			const result = new.target ? Reflect.construct(native, args, new.target) : apply(native, this, args);
			note(result);
			return result;
		};
		owner[name].prototype = native.prototype;
	};
	const apply = Reflect.apply;
	for (const [owner, names] of [
		[MessagePort.prototype, ["postMessage"]], [BroadcastChannel.prototype, ["postMessage"]], [window, ["postMessage"]],
		[TextDecoder.prototype, ["decode"]], [TextEncoder.prototype, ["encode"]], [JSON, ["parse", "stringify"]],
		[Headers.prototype, ["append", "set", "get"]], [Map.prototype, ["set", "get"]], [WeakMap.prototype, ["set"]],
		[Storage.prototype, ["setItem", "getItem"]], [IDBObjectStore.prototype, ["put", "add"]], [Cache.prototype, ["put"]],
		[console, ["log", "info", "warn", "error", "debug"]], [window, ["fetch"]], [XMLHttpRequest.prototype, ["setRequestHeader", "send"]],
		[Promise, ["resolve", "reject"]], [Reflect, ["set"]], [window, ["structuredClone"]],
	]) for (const name of names) wrap(owner, name);
	// What arrives, by listener or by handler.
	for (const owner of [MessagePort.prototype, BroadcastChannel.prototype]) {
		const handler = Object.getOwnPropertyDescriptor(owner, "onmessage");
		Object.defineProperty(owner, "onmessage", { ...handler, set(f) { apply(handler.set, this, [f && ((e) => { note(e.data); return apply(f, this, [e]); })]); } });
	}
	const listen = EventTarget.prototype.addEventListener;
	EventTarget.prototype.addEventListener = function (type, f, ...rest) {
		if (type === "message" && typeof f === "function") {
			const inner = f;
			f = function (e) { note(e.data); return apply(inner, this, [e]); };
		}
		return apply(listen, this ?? window, [type, f, ...rest]);
	};
	const then = Promise.prototype.then;
	Promise.prototype.then = function (ok, no) {
		return apply(then, this, [typeof ok === "function" ? (v) => { note(v); return ok(v); } : ok, typeof no === "function" ? (e) => { note(e); return no(e); } : no]);
	};
	window.seen = () => list(parts);
	window.plant = async (s) => {
		const way = (name) => s + "-" + name;
		const { port1, port2 } = new MessageChannel();
		const arrived = new Promise((ok) => { port2.onmessage = ok; });
		port1.postMessage({ deep: [{ x: way("port") }] });
		await arrived;
		const other = new MessageChannel();
		const heard = new Promise((ok) => { other.port2.addEventListener("message", ok); other.port2.start(); });
		other.port1.postMessage(new TextEncoder().encode(way("bytes")).buffer);
		await heard;
		new TextDecoder().decode(new Uint8Array([...way("decode")].map((c) => c.charCodeAt(0))));
		JSON.parse(JSON.stringify({ x: way("json") }));
		new Headers().set("x-plant", way("headers"));
		new Map().set("x-plant", way("map"));
		localStorage.setItem("plant", way("storage"));
		localStorage.removeItem("plant");
		await Promise.resolve(way("promise")).then((v) => v);
		await fetch("/web/dist/exactlogin.js", { headers: { "x-plant": way("fetch") } });
		Reflect.set({}, "x", way("reflect"));
		structuredClone(way("clone"));
		return ["port", "bytes", "decode", "json", "headers", "map", "storage", "promise", "fetch", "reflect", "clone"].map(way);
	};
})();`

// busy is what a page does with a client, everything that has a result, an error or an event.
const busy = `
	await exact.fetch(exact.api + "/status").then((r) => r.json());
	const list = await exact.fetch(exact.api + "/account/" + exact.session.account + "/payments");
	globalThis.kept = { list, clone: list.clone(), headers: [...list.headers], text: await list.text() };
	globalThis.echoed = await (await exact.fetch(new Request(exact.api + "/account/" + exact.session.account))).text();
	globalThis.refused = await exact.fetch(exact.api + "/account/other/payments").then((r) => r.text());
	await exact.extend();
	globalThis.errors = [];
	for (const f of [() => exact.login({ email: "x", password: "yyyyyyyy" }), () => exact.login(7), () => exact.fetch("http://["), () => exact.fetch(exact.api, { method: "TRACE" })])
		await (async () => f())().catch((e) => errors.push(e, String(e), e.message, e.stack, JSON.stringify(e)));`

// typeIn signs in with a password that a person types, so that it stands in no script.
func typeIn(r *realm) {
	r.b.t.Helper()
	r.do(`
		const field = document.createElement("input");
		field.type = "password";
		field.id = "password";
		document.body.append(field);
		field.focus();`)
	if err := chromedp.Do(r.ctx, chromedp.SendKeys(chromedp.CSS("#password"), demoPassword)); err != nil {
		r.b.t.Fatalf("typing: %v", err)
	}
	r.do(`
		const field = document.querySelector("#password");
		await exact.login({ email: args[0], password: field.value });
		field.value = "";
		field.remove();`, demo)
}

// canary is a string that nothing else holds.
func canary() string { return "canary" + rand.Text() }

func TestT1_theHeapOfThePageHoldsNoSecret(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	b.allow("Failed to load resource")
	p := b.visit(inWorker, options{"keepAlive": "/account/{account}"})
	planted := canary()
	// Made in the page, as a token would be: never a literal of a script.
	p.do(`globalThis.planted = { deep: [args[0].join("")] };`, strings.Split(planted, ""))
	typeIn(p)
	p.do(busy)
	tokens := s.tokens()
	if len(tokens) == 0 {
		t.Fatal("no token reached the API, there is nothing to look for")
	}

	for _, url := range p.requested() {
		if strings.HasPrefix(url, s.sandbox) {
			t.Errorf("the page itself requested %s: the worker should have", url)
		}
	}
	if len(p.requested()) == 0 {
		t.Error("the log of the page's own requests is empty: it proves nothing")
	}

	snapshot := heap(p)
	if !strings.Contains(snapshot, planted) {
		t.Fatal("the snapshot does not show a string that lies in the page: it proves nothing")
	}
	for _, token := range tokens {
		if strings.Contains(snapshot, token) {
			t.Error("the token is in the page's heap")
		}
	}
	if strings.Contains(snapshot, demoPassword) {
		t.Error("the password is in the page's heap after log-in")
	}
	// The same look at the worker finds the token: it is where it should be, and looking finds it.
	inside := heap(b.worker())
	if !strings.Contains(inside, tokens[0]) {
		t.Error("the worker's heap does not show the token: the search cannot see tokens as they are kept")
	}
	if strings.Contains(inside, demoPassword) {
		t.Error("the password is in the worker's heap after log-in")
	}
}

func TestT1_nothingThatPassesThroughThePageHoldsTheToken(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	b.allow("Failed to load resource")
	p := b.visit(inWorker, options{"keepAlive": "/account/{account}"}, recorder)
	other := b.visit(inWorker, options{"keepAlive": "/account/{account}"}, recorder)
	p.login(demo, demoPassword)
	p.do(busy)
	other.until("active")
	other.do(busy)
	p.do(`await exact.logout();`)
	other.until("signed-out")
	tokens := s.tokens()
	if len(tokens) == 0 {
		t.Fatal("no token reached the API, there is nothing to look for")
	}
	for _, r := range []*realm{p, other} {
		planted := eval[[]string](r, `return await plant(args[0]);`, canary())
		seen := strings.Join(eval[[]string](r, `return seen();`), "\n")
		for _, way := range planted {
			if !strings.Contains(seen, way) {
				t.Fatalf("%s: the recorder did not see %q: it proves nothing", r.name, way)
			}
		}
		for _, token := range tokens {
			if strings.Contains(seen, token) {
				t.Errorf("%s: the token passed through the page", r.name)
			}
		}
		if !strings.Contains(seen, "x-total-count") && !strings.Contains(seen, "amount") {
			t.Errorf("%s: the recorder saw nothing of the answers that came through the port", r.name)
		}
	}
}

func TestT1_inPageIsolationTheRecorderFindsNoTokenInMessages(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	b.allow("Failed to load resource")
	// Page isolation promises less, but what is kept, shown or sent between tabs is free of secrets there too: see traces.
	p := b.visit(inPage, options{"keepAlive": "/account/{account}"})
	typeIn(p)
	p.do(busy)
	tokens := s.tokens()
	if len(tokens) == 0 {
		t.Fatal("no token reached the API, there is nothing to look for")
	}
	left, err := traces(p, append(tokens, demoPassword))
	if err != nil || len(left) > 0 {
		t.Errorf("secrets lie in %q (%v)", left, err)
	}
	p.do(`localStorage.setItem("control", args[0]);`, tokens[0])
	if left, err := traces(p, tokens); err != nil || fmt.Sprint(left) != "[local storage]" {
		t.Errorf("the search found a planted token in %q (%v), want local storage", left, err)
	}
	p.do(`localStorage.clear();`)
}

func TestL4_thePageGetsNoNewGlobal(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		p := newBrowser(t, newServer(t)).open(i.path(), `window.before = Object.getOwnPropertyNames(window);`)
		p.create(i, nil)
		p.login(demo, demoPassword)
		// The fixture page and this test put these there.
		known := []string{"before", "createExactLogin", "isExactLoginError", "version", "exact", "events"}
		if added := eval[[]string](p, `return Object.getOwnPropertyNames(window).filter((key) => !before.includes(key) && !args[0].includes(key));`, known); len(added) > 0 {
			t.Errorf("the page's global got %q", added)
		}
	})
}

func TestL7_thePageWorksUnderItsPolicyWithoutAViolation(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		b := newBrowser(t, newServer(t))
		p := b.visit(i, nil, `window.violations = []; document.addEventListener("securitypolicyviolation", (e) => violations.push(e.violatedDirective + " " + e.blockedURI));`)
		p.login(demo, demoPassword)
		p.get(payments)
		if got := eval[[]string](p, `return violations;`); len(got) > 0 {
			t.Errorf("violations of the page's policy: %q", got)
		}
		// The policy is there at all: what it forbids is reported.
		b.allow("violates the following Content Security Policy")
		p.do(`new Image().src = "https://image.exactlogin.test/";`)
		p.waitFor(`return violations.length > 0;`)
	})
}
