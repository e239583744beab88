package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// developer may make application tokens, and read the account and its payments.
const (
	developer         = "developer@exactlogin.test"
	developerPassword = "sandbox-developer"

	orgID, mainID, sideID = "64b0c0ffee0000000000a001", "64b0c0ffee0000000000b001", "64b0c0ffee0000000000b002"

	tokensPath = "/application/exactlogin-demo/token"
)

// visitTokens opens a tab with a client and its application tokens, `tokens`, and signs in.
func visitTokens(b *browser, i isolation, email, password string) *realm {
	b.t.Helper()
	p := b.visit(i, nil)
	p.do(`globalThis.tokens = (await import("/web/dist/application-tokens.js")).applicationTokens(exact);`)
	p.login(email, password)
	return p
}

// madeToken is what create resolves to.
type madeToken struct {
	ID          string   `json:"id"`
	Label       string   `json:"label"`
	Token       string   `json:"token"`
	Permissions []string `json:"permissions"`
	Accounts    []string `json:"accounts"`
}

// tokenList is what list resolves to.
type tokenList struct {
	Items []struct {
		ID          string   `json:"id"`
		Label       string   `json:"label"`
		Permissions []string `json:"permissions"`
		CreatedAt   float64  `json:"createdAt"`
		Token       *string  `json:"token"`
	} `json:"items"`
	Total *int `json:"total"`
}

func (r *realm) makeToken(details string) madeToken {
	r.b.t.Helper()
	return eval[madeToken](r, `return await tokens.create(`+details+`);`)
}

func (r *realm) listTokens(query string) tokenList {
	r.b.t.Helper()
	return eval[tokenList](r, `return await tokens.list(`+query+`);`)
}

// asServer calls the API as a server does, with a token of its own, and returns the status.
func asServer(s *server, token, path string) int {
	s.t.Helper()
	req, err := http.NewRequest("GET", s.sandbox+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", token)
	res, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// tokenRequests counts what was asked of application tokens.
func tokenRequests(s *server, method string) []request {
	s.t.Helper()
	return slices.DeleteFunc(s.requests(method, ""), func(r request) bool { return !strings.HasPrefix(r.Path, "/application/") })
}

func TestApplicationTokens_madeUsedListedAndRevoked(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		p := visitTokens(b, i, developer, developerPassword)
		p.do(`document.cookie = "page=1";`)
		begin := time.Now().Add(-time.Minute)

		made := p.makeToken(`{ label: "Nightly “export” </script>", permissions: ["charges.read", "charges.read"] }`)
		if made.Token == "" || made.ID == "" || made.Label != "Nightly “export” </script>" || !slices.Equal(made.Permissions, []string{"charges.read"}) || !slices.Equal(made.Accounts, []string{mainID}) {
			t.Fatalf("made: %+v", made)
		}
		sent := s.requests("POST", tokensPath)
		if len(sent) != 1 {
			t.Fatalf("%d requests made the token, want one to %s", len(sent), tokensPath)
		}
		body := decode[map[string]any](t, sent[0].Body)
		if keys := slices.Sorted(maps.Keys(body)); !slices.Equal(keys, []string{"label", "permissions"}) || fmt.Sprint(body["permissions"]) != "[charges.read]" {
			t.Errorf("the body is %s", sent[0].Body)
		}
		if cookie := sent[0].header("Cookie"); cookie != nil {
			t.Errorf("cookies went along: %q", cookie)
		}

		// It works on a server, as far as it may, and for long.
		for path, want := range map[string]int{"/account/" + mainID + "/payments": 200, "/account/" + mainID: 401, tokensPath: 401} {
			if got := asServer(s, made.Token, path); got != want {
				t.Errorf("%s answers %d to the token, want %d", path, got, want)
			}
		}
		s.set(switches{"clockShift": (300 * 24 * time.Hour).Milliseconds()})
		if got := asServer(s, made.Token, "/account/"+mainID+"/payments"); got != 200 {
			t.Errorf("300 days later the API answers %d to the token, want 200", got)
		}
		s.set(switches{"clockShift": 0})

		second := p.makeToken(`{ label: "second", permissions: ["accounts.read"], account: "` + mainID + `" }`)
		all := p.listTokens(``)
		if len(all.Items) != 2 || all.Total == nil || *all.Total != 2 {
			t.Fatalf("listed: %+v", all)
		}
		for _, item := range all.Items {
			if item.Token != nil || item.ID == "" || item.Label == "" || len(item.Permissions) != 1 || time.UnixMilli(int64(item.CreatedAt)).Before(begin) {
				t.Errorf("listed: %+v", item)
			}
		}
		if page := p.listTokens(`{ skip: 1, limit: 1, sort: "label" }`); len(page.Items) != 1 || *page.Total != 2 || page.Items[0].Label != "second" {
			t.Errorf("the second by label: %+v", page)
		}
		lists := s.requests("GET", tokensPath)
		query, err := url.ParseQuery(lists[len(lists)-1].Query)
		if want := (url.Values{"$skip": {"1"}, "$limit": {"1"}, "$sort": {"label"}}); err != nil || fmt.Sprint(query) != fmt.Sprint(want) {
			t.Errorf("asked by %v (%v), want %v", query, err, want)
		}

		p.do(`await tokens.revoke(args[0]);`, made.ID)
		if got := asServer(s, made.Token, "/account/"+mainID+"/payments"); got != 401 {
			t.Errorf("after it was revoked the API answers %d to the token, want 401", got)
		}
		if got := asServer(s, second.Token, "/account/"+mainID); got != 200 {
			t.Errorf("the API answers %d to the other token, want 200", got)
		}
		if left := p.listTokens(`{}`); len(left.Items) != 1 || left.Items[0].ID != second.ID {
			t.Errorf("left: %+v", left)
		}
	})
}

func TestApplicationTokens_forApplicationOrganizationAndAccount(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		b.allow("Failed to load resource")
		p := visitTokens(b, i, "org@exactlogin.test", "sandbox-org")
		for _, c := range []struct {
			details, path string
			reaches       []string
		}{
			{``, tokensPath, []string{orgID, mainID, sideID}},
			{`, organization: "` + orgID + `"`, "/application/exactlogin-demo/organization/" + orgID + "/token", []string{orgID}},
			{`, account: "` + sideID + `"`, "/application/exactlogin-demo/account/" + sideID + "/token", []string{sideID}},
			{`, application: "admin-pwa", account: "` + mainID + `"`, "/application/admin-pwa/account/" + mainID + "/token", []string{mainID}},
		} {
			made := p.makeToken(`{ label: "till", permissions: ["accounts.read"]` + c.details + ` }`)
			if !slices.Equal(made.Accounts, c.reaches) {
				t.Errorf("%s: reaches %q, want %q", c.path, made.Accounts, c.reaches)
			}
			if n := len(s.requests("POST", c.path)); n != 1 {
				t.Errorf("%s got %d requests", c.path, n)
			}
			for _, account := range []string{mainID, sideID} {
				want := 401
				if slices.Contains(c.reaches, account) {
					want = 200
				}
				if got := asServer(s, made.Token, "/account/"+account); got != want {
					t.Errorf("%s: account %s answers %d, want %d", c.path, account, got, want)
				}
			}
		}
		if other := p.listTokens(`{ application: "admin-pwa" }`); len(other.Items) != 1 {
			t.Errorf("the other application has %+v", other)
		} else {
			p.fails(`await tokens.revoke(args[0]);`, other.Items[0].ID).code(t, "not-found")
			p.do(`await tokens.revoke(args[0], { application: "admin-pwa" });`, other.Items[0].ID)
		}

		// The API's own refusals.
		for call, want := range map[string]string{
			`tokens.create({ label: "x", permissions: ["charges.read"], account: "64b0c0ffee0000000000ffff" })`: "forbidden 401",
			`tokens.create({ label: "x", permissions: ["charges.read"], application: "unheard-of" })`:           "not-found 404",
			`tokens.list({ application: "unheard-of" })`:                                                        "not-found 404",
			`tokens.revoke("64d0ffffffffffffffffffff")`:                                                         "not-found 404",
		} {
			f := p.fails(`await ` + call + `;`)
			if got := fmt.Sprint(f.Code, " ", f.Status); got != want || !f.Known || f.Phase != "application-tokens" || f.Retryable {
				t.Errorf("%s: %+v, want %s", call, f, want)
			}
		}
		if got := p.session(); got.State != "active" {
			t.Errorf("the refusals ended the session: %+v", got)
		}
	})
}

func TestApplicationTokens_whatCannotBeIsRefusedBeforeAnythingIsSent(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		p := visitTokens(b, i, developer, developerPassword)
		const fine = `label: "x", permissions: ["charges.read"]`
		for _, c := range []struct{ call, code, names string }{
			{`tokens.create()`, "invalid-option", "create"},
			{`tokens.create(null)`, "invalid-option", "create"},
			{`tokens.create({ permissions: ["charges.read"] })`, "invalid-option", "label"},
			{`tokens.create({ label: "", permissions: ["charges.read"] })`, "invalid-option", "label"},
			{`tokens.create({ label: 7, permissions: ["charges.read"] })`, "invalid-option", "label"},
			{`tokens.create({ label: "x" })`, "invalid-option", "permissions"},
			{`tokens.create({ label: "x", permissions: [] })`, "invalid-option", "permissions"},
			{`tokens.create({ label: "x", permissions: "charges.read" })`, "invalid-option", "permissions"},
			{`tokens.create({ label: "x", permissions: ["charges.read", 7] })`, "invalid-option", "permissions"},
			{`tokens.create({ label: "x", permissions: ["charges.read", "users.delete"] })`, "forbidden", "users.delete"},
			{`tokens.create({ ` + fine + `, organization: "` + orgID + `", account: "` + mainID + `" })`, "invalid-option", "organization"},
			{`tokens.create({ ` + fine + `, organization: "" })`, "invalid-option", "organization"},
			{`tokens.create({ ` + fine + `, account: ".." })`, "invalid-option", "account"},
			{`tokens.create({ ` + fine + `, account: null })`, "invalid-option", "account"},
			{`tokens.create({ ` + fine + `, application: ".." })`, "invalid-option", "application"},
			{`tokens.create({ ` + fine + `, application: {} })`, "invalid-option", "application"},
			{`tokens.create({ ` + fine + `, application: "\ud800" })`, "invalid-option", "application"},
			{`tokens.create({ ` + fine + `, scopes: [] })`, "invalid-option", "scopes"},
			{`tokens.create({ ` + fine + `, signal: {} })`, "invalid-option", "signal"},
			{`tokens.list({ skip: -1 })`, "invalid-option", "skip"},
			{`tokens.list({ skip: 0.5 })`, "invalid-option", "skip"},
			{`tokens.list({ limit: 0 })`, "invalid-option", "limit"},
			{`tokens.list({ limit: 101 })`, "invalid-option", "limit"},
			{`tokens.list({ limit: "5" })`, "invalid-option", "limit"},
			{`tokens.list({ sort: "label&$limit=1" })`, "invalid-option", "sort"},
			{`tokens.list({ page: 1 })`, "invalid-option", "page"},
			{`tokens.revoke()`, "invalid-option", "id"},
			{`tokens.revoke("")`, "invalid-option", "id"},
			{`tokens.revoke(".")`, "invalid-option", "id"},
			{`tokens.revoke("..")`, "invalid-option", "id"},
			{`tokens.revoke("x".repeat(301))`, "invalid-option", "id"},
			{`tokens.revoke("x", { force: true })`, "invalid-option", "force"},
		} {
			f := p.fails(`await ` + c.call + `;`)
			f.code(t, c.code)
			if !strings.Contains(f.Message, c.names) || f.Status != 0 {
				t.Errorf("%s: %q does not name %q", c.call, f.Message, c.names)
			}
		}
		p.fails(`(await import("/web/dist/application-tokens.js")).applicationTokens({});`).code(t, "invalid-option")
		p.fails(`(await import("/web/dist/application-tokens.js")).applicationTokens();`).code(t, "invalid-option")

		// Whatever an id is, it stays one step of the path.
		b.allow("Failed to load resource")
		p.fails(`await tokens.revoke("../../token?x=1#y");`).code(t, "not-found")
		got := tokenRequests(s, "")
		if len(got) != 1 || got[0].Method != "DELETE" || got[0].Path != tokensPath+"/../../token?x=1#y" || got[0].Query != "" {
			t.Errorf("all that was sent is %+v, want one attempt to revoke", got)
		}

		// Who lacks the permission, and who is not signed in.
		p.login("viewer@exactlogin.test", "sandbox-viewer")
		calls := map[string]string{
			`tokens.create({ label: "x", permissions: ["accounts.read"] })`: "application-tokens.create",
			`tokens.list()`:      "application-tokens.read",
			`tokens.revoke("x")`: "application-tokens.delete",
		}
		for call, needs := range calls {
			f := p.fails(`await ` + call + `;`)
			f.code(t, "forbidden")
			if !strings.Contains(f.Message, needs) {
				t.Errorf("%s: %q does not name %q", call, f.Message, needs)
			}
		}
		p.do(`await exact.logout();`)
		for call := range calls {
			p.fails(`await `+call+`;`).code(t, "signed-out")
		}
		if n := len(tokenRequests(s, "")); n != 1 {
			t.Errorf("%d requests were sent, want none more", n-1)
		}
	})
}

// apiFailure is a failure with what the API said.
type apiFailure struct {
	Code       string   `json:"code"`
	Status     int      `json:"status"`
	Retryable  bool     `json:"retryable"`
	RetryAfter *float64 `json:"retryAfter"`
	Message    string   `json:"message"`
	Known      bool     `json:"known"`
	Issues     []struct {
		Code, Path, Message string
	} `json:"issues"`
}

func (r *realm) failsByAPI(call string) apiFailure {
	r.b.t.Helper()
	return eval[apiFailure](r, `
		const e = await `+call+`.then(() => { throw new Error("it succeeded"); }, (e) => e);
		return { ...e, message: e.message, known: isExactLoginError(e) };`)
}

const (
	createCall = `tokens.create({ label: "x", permissions: ["charges.read"] })`
	listCall   = `tokens.list()`
	revokeCall = `tokens.revoke("x")`
)

func TestApplicationTokens_errorsOfTheAPIKeepTheirIssues(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		b.allow("Failed to load resource")
		p := visitTokens(b, i, developer, developerPassword)
		s.set(switches{"expose": []string{"Retry-After"}})
		zod := `{"issues":[{"code":"too_small","path":["permissions",0],"message":"Array must contain at least 1 element(s)"}],"name":"ZodError"}`
		for _, c := range []struct {
			status         map[string]any
			code           string
			issues         string
			create, others bool // retryable
			wait           float64
		}{
			{map[string]any{"code": 400, "body": zod, "contentType": "application/json"}, "invalid-request", "too_small permissions.0 Array must contain at least 1 element(s)", false, false, 0},
			{map[string]any{"code": 400, "body": `[{"code":"custom","path":["label"],"message":"taken"}]`}, "invalid-request", "custom label taken", false, false, 0},
			{map[string]any{"code": 422, "body": `{"errors":[{"kind":"required","path":"label","message":"missing","value":"x"}]}`}, "invalid-request", "required label missing", false, false, 0},
			{map[string]any{"code": 400, "body": "<h1>Bad</h1>", "contentType": "text/html"}, "invalid-request", "", false, false, 0},
			{map[string]any{"code": 401, "body": "Unauthorized"}, "forbidden", "", false, false, 0},
			{map[string]any{"code": 403, "body": `{"type":"authorization-error","code":"c","message":"m","requestId":"r"}`}, "forbidden", "", false, false, 0},
			{map[string]any{"code": 404}, "not-found", "", false, false, 0},
			{map[string]any{"code": 429, "headers": map[string]string{"Retry-After": "7"}}, "rate-limited", "", true, true, 7000},
			{map[string]any{"code": 500, "body": "null"}, "unavailable", "", false, true, 0},
			{map[string]any{"code": 503, "body": strings.Repeat("x", 1<<20+1)}, "unavailable", "", false, true, 0},
		} {
			for _, call := range []string{createCall, listCall, revokeCall} {
				c.status["path"], c.status["times"] = "/application/", 1
				s.set(switches{"status": c.status})
				f := p.failsByAPI(call)
				retryable := c.others
				if call == createCall {
					retryable = c.create
				}
				if f.Code != c.code || !f.Known || f.Status != c.status["code"] || f.Retryable != retryable {
					t.Errorf("%s after %d: %+v, want %s, retryable %v", call, c.status["code"], f, c.code, retryable)
				}
				var issues []string
				for _, issue := range f.Issues {
					issues = append(issues, issue.Code+" "+issue.Path+" "+issue.Message)
				}
				if got := strings.Join(issues, "; "); got != c.issues {
					t.Errorf("%s after %d: issues %q, want %q", call, c.status["code"], got, c.issues)
				}
				if wait := f.RetryAfter; (wait == nil) != (c.wait == 0) || wait != nil && *wait != c.wait {
					t.Errorf("%s after %d: retryAfter %v, want %v", call, c.status["code"], wait, c.wait)
				}
				if warned := strings.Contains(f.Message, "may have been made"); warned != (call == createCall && c.code == "unavailable") {
					t.Errorf("%s after %d: %q", call, c.status["code"], f.Message)
				}
			}
		}
	})
}

func TestApplicationTokens_answersThatNobodyExpects(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		p := visitTokens(b, i, developer, developerPassword)
		answer := func(body string, headers map[string]string) {
			t.Helper()
			s.set(switches{"status": map[string]any{"code": 200, "path": "/application/", "times": 1, "body": body, "headers": headers}})
		}
		for _, body := range []string{
			"", "null", "7", `"token"`, "[]", "{}", `{"token":7}`, `{"token":""}`, `{"token":{"toString":"x"}}`, `{"__proto__":{"token":"x"}}`, "<p>token</p>",
			`{"token":"x"`, `{"token":"` + strings.Repeat("x", 1<<20) + `"}`,
		} {
			answer(body, nil)
			f := p.failsByAPI(createCall)
			if f.Code != "malformed-response" || f.Retryable || !strings.Contains(f.Message, "may have been made") {
				t.Errorf("create after %.40q: %+v", body, f)
			}
		}
		for _, body := range []string{"", "null", "{}", `{"length":1}`, `"list"`, "[", "[" + strings.Repeat(" ", 1<<20) + "]"} {
			answer(body, nil)
			if f := p.failsByAPI(listCall); f.Code != "malformed-response" || !f.Known {
				t.Errorf("list after %.40q: %+v", body, f)
			}
		}

		// Odd and missing fields break nothing; nobody's extra fields come through.
		answer(`{"token":"made","id":7,"label":["x"],"allowedPermissions":["a",7,null],"allowedAccounts":"x","secret":"s","__proto__":{"id":"x"}}`, nil)
		if got := eval[string](p, `return JSON.stringify(await `+createCall+`);`); got != `{"id":"","label":"","permissions":["a"],"token":"made","accounts":[]}` {
			t.Errorf("created: %s", got)
		}
		answer(`[null,7,[],{"id":"i","createdAt":"never","token":"t"},{"label":"l","createdAt":"2030-01-02T03:04:05.678Z"}]`, map[string]string{"x-total-count": "-1"})
		empty := `{"id":"","label":"","permissions":[],"createdAt":0}`
		want := `{"items":[` + empty + `,` + empty + `,` + empty + `,{"id":"i","label":"","permissions":[],"createdAt":0},{"id":"","label":"l","permissions":[],"createdAt":1893553445678}]}`
		if got := eval[string](p, `return JSON.stringify(await tokens.list());`); got != want {
			t.Errorf("listed: %s\nwant    %s", got, want)
		}
	})
}

func TestApplicationTokens_whatGetsNoAnswerSaysSo(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		s := newServer(t)
		b := newBrowser(t, s)
		b.allow("Failed to load resource", "CORS policy")
		p := visitTokens(b, i, developer, developerPassword)
		s.set(switches{"cors": false})
		for call, retryable := range map[string]bool{createCall: false, listCall: true, revokeCall: true} {
			f := p.failsByAPI(call)
			if f.Code != "network" || !f.Known || f.Retryable != retryable {
				t.Errorf("%s without CORS: %+v, want network, retryable %v", call, f, retryable)
			}
		}

		// A redirect is followed nowhere.
		elsewhere := s.sandbox + "/_fixture/echo"
		s.set(switches{"cors": true, "status": map[string]any{"code": 307, "path": "/application/", "times": 3, "headers": map[string]string{"Location": elsewhere}}})
		for _, call := range []string{createCall, listCall, revokeCall} {
			if f := p.failsByAPI(call); f.Code != "network" {
				t.Errorf("%s after a redirect: %+v, want network", call, f)
			}
		}
		if n := len(s.requests("", "/_fixture/echo")); n != 0 {
			t.Errorf("%d redirects were followed", n)
		}

		s.set(switches{"latency": 90_000})

		// The caller's own reason, before and after it was sent, and not first when time is up.
		p.do(`globalThis.limit = AbortSignal.timeout; AbortSignal.timeout = () => new AbortController().signal;`)
		for _, call := range []string{
			`tokens.create({ label: "x", permissions: ["charges.read"], signal })`, `tokens.list({ signal })`, `tokens.revoke("x", { signal })`,
		} {
			for _, when := range []string{
				`controller.abort(reason); const call = ` + call + `;`,
				`const call = ` + call + `; await new Promise((later) => setTimeout(later)); controller.abort(reason);`,
			} {
				if !eval[bool](p, `
					const controller = new AbortController(), { signal } = controller, reason = { mine: true };
					`+when+`
					return call.then(() => false, (e) => e === reason);`) {
					t.Errorf("%s did not reject with its signal's reason", when)
				}
			}
		}

		// The limit of time, brought near.
		f := p.failsByAPI(`(() => {
			AbortSignal.timeout = () => limit.call(AbortSignal, 100);
			return ` + createCall + `.finally(() => { AbortSignal.timeout = limit; });
		})()`)
		if f.Code != "timeout" || f.Retryable || !strings.Contains(f.Message, "may have been made") {
			t.Errorf("without an answer in time: %+v", f)
		}

		// The session's end is what it is for every request.
		p.do(`globalThis.pending = ` + createCall + `.catch((e) => e.code);`)
		p.do(`await exact.logout();`)
		if code := eval[string](p, `return await pending;`); code != "signed-out" {
			t.Errorf("a log-out meanwhile: %q, want signed-out", code)
		}
	})
}

func TestApplicationTokens_aSessionThatIsLookedUpIsWaitedFor(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	p := visitTokens(b, inWorker, developer, developerPassword)
	p.makeToken(`{ label: "till", permissions: ["charges.read"] }`)
	other := b.open(inWorker.path())
	state := eval[string](other, `
		const { createExactLogin } = await import("/web/dist/exactlogin.js");
		const { applicationTokens } = await import("/web/dist/application-tokens.js");
		const exact = createExactLogin({ api: args[0] });
		const { state } = exact.session;
		const { items } = await applicationTokens(exact).list();
		return state + " " + items.map(({ label }) => label);`, s.sandbox)
	if state != "restoring till" {
		t.Errorf("a second tab lists %q, want till at once while it is restoring", state)
	}
}

// Strings are what a heap snapshot shows: that no copy as bytes is referred to is the transport's promise.
func TestApplicationTokens_theSecretIsWithTheCallerAlone(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	p := visitTokens(b, inWorker, developer, developerPassword)
	other := b.visit(inWorker, nil)
	other.until("active")
	p.do(`globalThis.made = await tokens.create({ label: "till", permissions: ["charges.read"] });`)
	secret := eval[string](p, `return made.token;`)
	if got := asServer(s, secret, "/account/"+mainID+"/payments"); got != 200 {
		t.Fatalf("the API answers %d to the token", got)
	}
	if !strings.Contains(heap(p), secret) {
		t.Fatal("the snapshot does not show a secret that the page holds: it proves nothing")
	}
	p.do(`delete globalThis.made; await tokens.list();`)
	eventually(t, "the secret to leave the page's heap with the caller's object", func() bool { return !strings.Contains(heap(p), secret) })
	if strings.Contains(heap(other), secret) {
		t.Error("the secret is in another tab's heap")
	}
	if strings.Contains(heap(b.worker()), secret) {
		t.Error("the secret is in the worker's heap")
	}
	for _, event := range eval[[]json.RawMessage](p, `return events;`) {
		if strings.Contains(string(event), secret) {
			t.Errorf("the secret is in an event: %s", event)
		}
	}
}

func TestApplicationTokens_theExample(t *testing.T) {
	parallel(t)
	s := newServer(t)
	b := newBrowser(t, s)
	p := b.open("/web/examples/application-tokens/")
	p.waitFor(`return !document.getElementById("login").hidden;`)
	p.do(`
		const form = document.getElementById("login");
		form.email.value = args[0];
		form.password.value = args[1];
		form.requestSubmit();`, developer, developerPassword)
	p.waitFor(`return !document.getElementById("signed-in").hidden && document.getElementById("create").permissions.options.length === 5;`)
	p.do(`
		const form = document.getElementById("create");
		form.label.value = "till";
		for (const option of form.permissions.options) option.selected = option.value === "charges.read";
		form.requestSubmit();`)
	secret := await[string](p, `value !== ""`, `const form = document.getElementById("made"); return form.hidden ? "" : form.secret.value;`)
	if got := asServer(s, secret, "/account/"+mainID+"/payments"); got != 200 {
		t.Errorf("the API answers %d to the token that is shown", got)
	}
	p.textOf("#tokens", "till")
	p.do(`document.getElementById("made").requestSubmit();`)
	p.waitFor(`const form = document.getElementById("made"); return form.hidden && form.secret.value === "";`)
	p.do(`
		globalThis.confirm = () => true;
		document.querySelector("#tokens button").click();`)
	p.waitFor(`return document.querySelectorAll("#tokens tr").length === 0;`)
	if got := asServer(s, secret, "/account/"+mainID+"/payments"); got != 401 {
		t.Errorf("the API answers %d to a token that was revoked", got)
	}
	p.do(`document.getElementById("logout").click();`)
	p.waitFor(`return !document.getElementById("login").hidden && document.getElementById("create").permissions.options.length === 0;`)
}
