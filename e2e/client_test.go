package e2e

import (
	"encoding/json"
	"testing"
)

// Who the tests sign in as; the sandbox knows them.
const (
	demo          = "demo@exactlogin.test"
	demoPassword  = "sandbox-demo"
	wrongPassword = "not-the-password"
)

// isolation is where the session is held: in the shared worker or in the page.
type isolation string

const (
	inWorker isolation = "worker"
	inPage   isolation = "page"
)

// path is that of the fixture: an empty page under the CSP that such a page needs.
func (i isolation) path() string {
	if i == inPage {
		return "/web/examples/blank-page/"
	}
	return "/web/examples/blank/"
}

// each runs the test with the session in the worker and in the page, beside each other.
func each(t *testing.T, test func(t *testing.T, i isolation)) {
	for _, i := range []isolation{inWorker, inPage} {
		t.Run(string(i), func(t *testing.T) {
			parallel(t)
			test(t, i)
		})
	}
}

// options are those of createExactLogin; create adds `api` and `isolation`.
type options map[string]any

// visit opens a tab with a client in it.
func (b *browser) visit(i isolation, o options, before ...string) *realm {
	b.t.Helper()
	r := b.open(i.path(), before...)
	r.create(i, o)
	return r
}

// create makes the page's client, `exact`, and records its events in `events`.
func (r *realm) create(i isolation, o options) {
	r.b.t.Helper()
	all := options{"api": r.b.s.sandbox, "isolation": i}
	for name, value := range o {
		all[name] = value
	}
	r.do(`
		const module = await import("/web/dist/exactlogin.js");
		Object.assign(globalThis, { createExactLogin: module.createExactLogin, isExactLoginError: module.isExactLoginError });
		globalThis.exact = createExactLogin(args[0]);
		globalThis.events = [];
		for (const type of ["change", "expiring", "extended", "expired", "unauthorized", "storage-degraded"]) {
			exact.addEventListener(type, (e) => events.push({ type: e.type, state: e.session.state, reason: e.reason, here: e.here }));
		}`, all)
}

// session is the client's snapshot.
type session struct {
	State       string   `json:"state"`
	User        string   `json:"user"`
	Account     string   `json:"account"`
	AccountType string   `json:"accountType"`
	Application string   `json:"application"`
	Mode        string   `json:"mode"`
	Permissions []string `json:"permissions"`
	Accounts    []string `json:"accounts"`
	Deadline    float64  `json:"deadline"`
	RemainingMs float64  `json:"remainingMs"`
	CanExtend   bool     `json:"canExtend"`
	Suspect     bool     `json:"suspect"`
	Reason      string   `json:"reason"`
}

func (r *realm) session() session {
	r.b.t.Helper()
	return eval[session](r, `return exact.session;`)
}

// until waits for the session to be in this state.
func (r *realm) until(state string) session {
	r.b.t.Helper()
	return await[session](r, `value.state === "`+state+`"`, `return exact.session;`)
}

// event is one that the page heard.
type event struct {
	Type   string `json:"type"`
	State  string `json:"state"`
	Reason string `json:"reason"`
	Here   bool   `json:"here"`
}

// heard waits for an event of this type and returns the first.
func (r *realm) heard(kind string) event {
	r.b.t.Helper()
	return await[event](r, `value`, `return events.find((e) => e.type === args[0]);`, kind)
}

// count returns how many events of this type the page heard so far.
func (r *realm) count(kind string) int {
	r.b.t.Helper()
	return eval[int](r, `return events.filter((e) => e.type === args[0]).length;`, kind)
}

// login signs in and must succeed.
func (r *realm) login(email, password string) session {
	r.b.t.Helper()
	return eval[session](r, `return await exact.login({ email: args[0], password: args[1] });`, email, password)
}

// refused tries to sign in and must not succeed.
func (r *realm) refused(email, password string) failure {
	r.b.t.Helper()
	return r.fails(`await exact.login({ email: args[0], password: args[1] });`, email, password)
}

// answer is a response as far as tests read it.
type answer struct {
	Status int    `json:"status"`
	Total  string `json:"total"`
	Text   string `json:"text"`
}

// get fetches a path of the API; {account} stands for the session's.
func (r *realm) get(path string) answer {
	r.b.t.Helper()
	return eval[answer](r, `
		const response = await exact.fetch(exact.api + args[0].replace("{account}", exact.session.account));
		return { status: response.status, total: response.headers.get("x-total-count") ?? "", text: await response.text() };`, path)
}

const payments = "/account/{account}/payments"

// code fails the test unless the error is ours and has this code.
func (f failure) code(t *testing.T, want string) {
	t.Helper()
	if f.Code != want || !f.Known || f.Name != "ExactLoginError" {
		t.Errorf("the error is %q (%s, ours: %v), want code %q", f.Text, f.Code, f.Known, want)
	}
	if f.Message == "" {
		t.Errorf("the error with code %q has no message", f.Code)
	}
}

// decode reads JSON.
func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%.200q is not JSON: %v", text, err)
	}
	return value
}
