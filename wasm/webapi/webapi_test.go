//go:build js && wasm

package webapi

import (
	"reflect"
	"strings"
	"testing"

	"github.com/hack-pad/safejs"

	"exactlogin/wasm/client"
)

// These tests need a JavaScript engine: Node, by the script that comes with Go.
// The environment is emptied because Go's start fails with a large one.
//
//	GOOS=js GOARCH=wasm go test -exec "env -i PATH=$PATH $(go env GOROOT)/lib/wasm/go_js_wasm_exec" ./wasm/webapi

// evaluate runs an expression. A test may use eval; the program must not.
func evaluate(t *testing.T, expression string) safejs.Value {
	t.Helper()
	value, err := safejs.Global().Call("eval", "("+expression+")")
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// host is a realm in JavaScript that writes down what it is told, as JSON.
const host = `{
	log: [], program: null,
	ready(program) { this.program = program; },
	wall() { return 1700000000000; },
	monotonic() { return 5; },
	online() { return true; },
	send(...args) { this.log.push(["send", ...args]); },
	abort(...args) { this.log.push(["abort", ...args]); },
	keep(...args) { this.log.push(["keep", ...args]); },
	wake(...args) { this.log.push(["wake", ...args]); },
	publish(...args) { this.log.push(["publish", ...args]); },
	settle(...args) { this.log.push(["settle", ...args]); },
}`

// open starts a program in a host of its own.
func open(t *testing.T) *Environment {
	t.Helper()
	global := safejs.Global()
	if err := global.Set(RealmName, evaluate(t, host)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = global.Delete(RealmName) })
	e, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Serve("1.2.3", client.New(e)); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestOpen_withoutAHost(t *testing.T) {
	if _, err := Open(); err == nil || !strings.Contains(err.Error(), "host.js") {
		t.Errorf("Open without a host: %v", err)
	}
}

func TestServe_aWholeLogin(t *testing.T) {
	e := open(t)
	got := e.Import(evaluate(t, `(() => {
		const host = globalThis.exactlogin, program = host.program, results = [];
		results.push(program.version, program.connect(1, {api: "sandbox"}));
		program.login(7, 1, "demo@exactlogin.test", 7);
		program.answered(host.log.find(entry => entry[0] === "send")[1], {ok: true, status: 201, date: NaN, retryAfter: "", secret: 3, json: {user: "ann", allowedPermissions: ["a.b"]}});
		const pass = program.pass("https://api.exactpaysandbox.com", "GET", false);
		results.push(pass.secret, pass.refuse, program.pass("https://evil.test", "GET", false).refuse);
		const settled = host.log.find(entry => entry[0] === "settle");
		results.push(settled[1], settled[2].ok, settled[2].snapshot.user, settled[2].snapshot.permissions, program.snapshot(1).state);
		results.push(program.connect(2, {api: "production"}).code);
		return results;
	})()`))
	want := []any{"1.2.3", nil, 3.0, "", "forbidden-destination", 7.0, true, "ann", []any{"a.b"}, "active", "already-configured"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// Whatever JavaScript passes, and however little, no function panics: a panic
// would end the test's own program.
func TestServe_wrongTypesAtEveryFunction(t *testing.T) {
	e := open(t)
	got := e.Import(evaluate(t, `(() => {
		const {program} = globalThis.exactlogin;
		const odd = [undefined, null, NaN, -1, 1e400, 1.5, "", "x".repeat(100000), "\ud800", true, [], {}, [[]], 1n, Symbol("s"), () => {}, new Map(), new Date(NaN), new Uint8Array(8), Object.create(null)];
		let calls = 0;
		for (const name of Object.keys(program)) {
			if (typeof program[name] !== "function") continue;
			program[name]();
			for (const a of odd) for (const b of odd) { program[name](a, b, b, a, a); calls++; }
		}
		return [calls, program.connect(1, {api: "sandbox"})];
	})()`))
	if !reflect.DeepEqual(got, []any{13 * 400.0, nil}) {
		t.Errorf("got %v", got)
	}
}

func TestImport(t *testing.T) {
	e := open(t)
	for expression, want := range map[string]any{
		`undefined`: nil, `null`: nil, `true`: true, `1.5`: 1.5, `"é😀"`: "é😀", `7n`: nil, `Symbol("x")`: nil, `() => 1`: nil,
		`[1, [null], {}]`:                            []any{1.0, []any{nil}, map[string]any{}},
		`{a: {b: [1]}, c: undefined}`:                map[string]any{"a": map[string]any{"b": []any{1.0}}, "c": nil},
		`{token: "secret", a: {token: 1, b: true}}`:  map[string]any{"a": map[string]any{"b": true}},
		`JSON.parse('{"__proto__": {"a": 1}}')`:      map[string]any{"__proto__": map[string]any{"a": 1.0}},
		`Object.assign(Object.create({x: 1}), {})`:   map[string]any{},
		`[[[[[[[[[["too deep"]]]]]]]]]]`:             []any{[]any{[]any{[]any{[]any{[]any{[]any{[]any{[]any{nil}}}}}}}}},
		`Object.assign(Object.create(null), {a: 1})`: map[string]any{"a": 1.0},
	} {
		if got := e.Import(evaluate(t, expression)); !reflect.DeepEqual(got, want) {
			t.Errorf("Import(%s) = %#v, want %#v", expression, got, want)
		}
	}
	for _, expression := range []string{`new Array(1e6).fill(0)`, `Object.fromEntries(new Array(1e5).fill(0).map((_, i) => ["k" + i, i]))`, `new Array(4e9)`} {
		n := 0
		switch got := e.Import(evaluate(t, expression)).(type) {
		case []any:
			n = len(got)
		case map[string]any:
			n = len(got)
		}
		if n == 0 || n > maxValues {
			t.Errorf("Import(%s) has %d entries, want some, at most %d", expression, n, maxValues)
		}
	}
}
