package sandbox

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const pageOrigin = "http://127.0.0.1:8080"

// rig is a sandbox with a clock of its own.
type rig struct {
	t testing.TB
	*Sandbox
	mu  sync.Mutex
	now time.Time
}

func newRig(t testing.TB, control bool) *rig {
	r := &rig{t: t, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	r.Sandbox = New(Options{
		Origins: map[string]string{pageOrigin: "exactlogin-demo"}, Lifetime: time.Hour, Control: control,
		Now: func() time.Time {
			r.mu.Lock()
			defer r.mu.Unlock()
			return r.now
		},
	})
	return r
}

func (r *rig) advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// call makes a request; headers are "Name: value" lines.
func (r *rig) call(method, target, body string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	res := httptest.NewRecorder()
	r.ServeHTTP(res, req)
	return res
}

// login signs a person of the sandbox in and returns the answer.
func (r *rig) login(name string) map[string]any {
	r.t.Helper()
	res := r.call("POST", "/token", credentials(name+"@exactlogin.test", "sandbox-"+name))
	if res.Code != http.StatusCreated {
		r.t.Fatalf("log-in of %s: got %d %s, want 201", name, res.Code, res.Body)
	}
	return decode[map[string]any](r.t, res)
}

// token is the Authorization line of somebody who has just signed in.
func (r *rig) token(name string) string {
	r.t.Helper()
	return "Authorization: " + r.login(name)["token"].(string)
}

func credentials(email, password string) string {
	body, _ := json.Marshal(map[string]string{"email": email, "password": password})
	return string(body)
}

func decode[T any](t testing.TB, res *httptest.ResponseRecorder) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(res.Body.Bytes(), &value); err != nil {
		t.Fatalf("the answer %d %q is not the JSON expected: %v", res.Code, res.Body, err)
	}
	return value
}

func wantStatus(t testing.TB, what string, res *httptest.ResponseRecorder, status int) {
	t.Helper()
	if res.Code != status {
		t.Errorf("%s: got %d %s, want %d", what, res.Code, res.Body, status)
	}
}

func TestLogin_statuses(t *testing.T) {
	for _, test := range []struct {
		what, body string
		status     int
		issue      string // code of the first issue, for 400
	}{
		{"the right password", credentials("demo@exactlogin.test", "sandbox-demo"), 201, ""},
		{"an e-mail in capitals", credentials("Demo@ExactLogin.test", "sandbox-demo"), 201, ""},
		{"a mode", `{"email":"demo@exactlogin.test","password":"sandbox-demo","mode":"live"}`, 201, ""},
		{"an unknown mode", `{"email":"demo@exactlogin.test","password":"sandbox-demo","mode":"prod"}`, 400, "invalid_enum_value"},
		{"an empty mode", `{"email":"demo@exactlogin.test","password":"sandbox-demo","mode":""}`, 400, "invalid_enum_value"},
		{"an unknown key", `{"email":"demo@exactlogin.test","password":"sandbox-demo","remember":true}`, 400, "unrecognized_keys"},
		{"no e-mail", `{"password":"x"}`, 400, "invalid_type"},
		{"no password", `{"email":"demo@exactlogin.test"}`, 400, "invalid_type"},
		{"a number for an e-mail", `{"email":1,"password":"x"}`, 400, "invalid_type"},
		{"null for a password", `{"email":"demo@exactlogin.test","password":null}`, 400, "invalid_type"},
		{"something else than an e-mail", credentials("demo", "x"), 400, "invalid_string"},
		{"an empty password", credentials("demo@exactlogin.test", ""), 400, "too_small"},
		{"no JSON", `email=demo`, 400, "invalid_type"},
		{"no object", `[1]`, 400, "invalid_type"},
		{"two objects", `{} {}`, 400, "invalid_type"},
		{"too much", credentials("demo@exactlogin.test", strings.Repeat("x", maxBody)), 413, ""},
		{"a wrong password", credentials("demo@exactlogin.test", "sandbox-demo "), 401, ""},
		{"somebody unknown", credentials("nobody@exactlogin.test", "sandbox-demo"), 404, ""},
		{"an expired password", credentials("expired@exactlogin.test", "sandbox-expired"), 403, ""},
		{"an expired password, mistyped", credentials("expired@exactlogin.test", "x"), 401, ""},
		{"somebody locked", credentials("locked@exactlogin.test", "sandbox-locked"), 423, ""},
		{"somebody invited", credentials("invited@exactlogin.test", "sandbox-invited"), 404, ""},
		{"somebody disabled", credentials("disabled@exactlogin.test", "sandbox-disabled"), 401, ""},
	} {
		t.Run(test.what, func(t *testing.T) {
			res := newRig(t, false).call("POST", "/token", test.body)
			wantStatus(t, test.what, res, test.status)
			kind := res.Header().Get("Content-Type")
			switch {
			case test.status == 201:
				if kind != "application/json; charset=utf-8" {
					t.Errorf("Content-Type is %q, want JSON", kind)
				}
			case test.status == 400:
				answer := decode[struct {
					Name   string
					Issues []issue
				}](t, res)
				if answer.Name != "ZodError" || len(answer.Issues) == 0 || answer.Issues[0].Code != test.issue {
					t.Errorf("got %s, want a ZodError with the issue %s", res.Body, test.issue)
				}
			case kind != "text/plain; charset=utf-8":
				t.Errorf("Content-Type is %q, want text, as documented", kind)
			}
		})
	}
}

func TestLogin_answer(t *testing.T) {
	r := newRig(t, false)
	answer := r.login("demo")
	if token := answer["token"].(string); len(token) != 80 {
		t.Errorf("the token has %d characters, want 80", len(token))
	}
	if got, want := answer["expiresAt"], "2026-03-04T06:06:07.000Z"; got != want {
		t.Errorf("expiresAt is %v, want %s: the lifetime from now", got, want)
	}
	for key, want := range map[string]any{
		"isAuthenticated": true, "mode": "test", "type": "user", "application": "admin-pwa", "account": mainAccountID,
		"accountType": "account", "apiVersion": "1.0.0",
	} {
		if answer[key] != want {
			t.Errorf("%s is %v, want %v", key, answer[key], want)
		}
	}
	if permissions := answer["allowedPermissions"].([]any); !slices.Contains(permissions, any("charges.read-guid")) {
		t.Errorf("the demo lacks a documented permission: %v", permissions)
	}
	if answer := r.login("org"); answer["accountType"] != "organization" || answer["account"] != organizationID {
		t.Errorf("org@ is of %v %v, want the organization", answer["accountType"], answer["account"])
	}
	if again := r.login("demo"); again["token"] == answer["token"] {
		t.Error("two log-ins got the same token")
	}
}

func TestLogin_application(t *testing.T) {
	for _, test := range []struct {
		what, origin, body, header, want string // want "" for 404
	}{
		{"a registered origin", pageOrigin, "", "", "exactlogin-demo"},
		{"a registered origin goes before the body", pageOrigin, "admin-pwa", "", "exactlogin-demo"},
		{"no origin", "", "", "", "admin-pwa"},
		{"no origin, named in the body", "", "exactlogin-demo", "", "exactlogin-demo"},
		{"no origin, named in the header", "", "", "exactlogin-demo", "exactlogin-demo"},
		{"no origin, unknown name", "", "nothing", "", ""},
		{"null origin", "null", "", "", ""},
		{"null origin, named", "null", "exactlogin-demo", "", "exactlogin-demo"},
		{"unregistered origin", "http://127.0.0.1:9999", "", "", ""},
		{"unregistered origin, named", "http://127.0.0.1:9999", "admin-pwa", "", "admin-pwa"},
	} {
		t.Run(test.what, func(t *testing.T) {
			body := map[string]string{"email": "demo@exactlogin.test", "password": "sandbox-demo"}
			if test.body != "" {
				body["application"] = test.body
			}
			text, _ := json.Marshal(body)
			var headers []string
			if test.origin != "" {
				headers = append(headers, "Origin: "+test.origin)
			}
			if test.header != "" {
				headers = append(headers, "X-Application-Id: "+test.header)
			}
			res := newRig(t, false).call("POST", "/token", string(text), headers...)
			if test.want == "" {
				wantStatus(t, test.what, res, 404)
			} else if answer := decode[map[string]any](t, res); answer["application"] != test.want {
				t.Errorf("application is %v, want %s", answer["application"], test.want)
			}
		})
	}
}

func TestLogin_locksAfterMoreThanFiveFailures(t *testing.T) {
	r := newRig(t, true)
	right, wrong := credentials("viewer@exactlogin.test", "sandbox-viewer"), credentials("viewer@exactlogin.test", "guess")
	fail := func(times, status int) {
		t.Helper()
		for range times {
			wantStatus(t, "wrong password", r.call("POST", "/token", wrong), status)
		}
	}
	fail(5, 401)
	wantStatus(t, "the right one after five failures", r.call("POST", "/token", right), 201)
	fail(5, 401) // counted from zero again
	fail(1, 423)
	wantStatus(t, "the right one after six failures", r.call("POST", "/token", right), 423)
	r.login("demo") // others are not concerned
	wantStatus(t, "control", r.call("DELETE", "/_sandbox/control", ""), 200)
	wantStatus(t, "the right one after a reset", r.call("POST", "/token", right), 201)
}

func TestToken_endsByInactivityAlone(t *testing.T) {
	r := newRig(t, false)
	auth := r.token("demo")
	for range 5 { // far longer than one lifetime
		r.advance(time.Hour - time.Millisecond)
		wantStatus(t, "within the lifetime of the last call", r.call("GET", "/account/"+mainAccountID, "", auth), 200)
	}
	r.advance(time.Hour)
	wantStatus(t, "a lifetime after the last call", r.call("GET", "/account/"+mainAccountID, "", auth), 401)
	r.advance(-30 * time.Minute)
	wantStatus(t, "ended once, ended for good", r.call("GET", "/account/"+mainAccountID, "", auth), 401)
}

func TestToken_refusedCallsDoNotExtend(t *testing.T) {
	r := newRig(t, false)
	auth := r.token("viewer")
	r.advance(40 * time.Minute)
	wantStatus(t, "without permission", r.call("GET", "/account/"+mainAccountID+"/payments", "", auth), 403)
	wantStatus(t, "without a token", r.call("GET", "/account/"+mainAccountID, ""), 401)
	r.advance(20 * time.Minute)
	wantStatus(t, "an hour after the log-in", r.call("GET", "/account/"+mainAccountID, "", auth), 401)
}

func TestToken_fixedLifetime(t *testing.T) {
	r := newRig(t, false)
	if err := r.Update(func(s *Switches) { s.Sliding = false }); err != nil {
		t.Fatal(err)
	}
	auth := r.token("demo")
	r.advance(59 * time.Minute)
	wantStatus(t, "within", r.call("GET", "/account/"+mainAccountID, "", auth), 200)
	r.advance(time.Minute)
	wantStatus(t, "after", r.call("GET", "/account/"+mainAccountID, "", auth), 401)
}

func TestToken_renewAndEnd(t *testing.T) {
	r := newRig(t, false)
	auth := r.token("demo")
	r.advance(30 * time.Minute)
	res := r.call("PUT", "/token", "", auth)
	if got := decode[map[string]string](t, res)["expiresAt"]; got != "2026-03-04T06:36:07.000Z" {
		t.Errorf("renewed until %q, want a lifetime from now", got)
	}
	wantStatus(t, "ending", r.call("DELETE", "/token", "", auth), 204)
	wantStatus(t, "after the end", r.call("GET", "/account/"+mainAccountID, "", auth), 401)
}

func TestToken_bareValueOnly(t *testing.T) {
	r := newRig(t, false)
	token := r.login("demo")["token"].(string)
	path := "/account/" + mainAccountID
	wantStatus(t, "bare", r.call("GET", path, "", "Authorization: "+token), 200)
	for _, value := range []string{"", "Bearer " + token, token + "x", token[:79], strings.ToUpper(token)} {
		wantStatus(t, "Authorization "+value, r.call("GET", path, "", "Authorization: "+value), 401)
	}
}

func TestAPI_permissions(t *testing.T) {
	r := newRig(t, false)
	main, side, org := "/account/"+mainAccountID, "/account/"+sideAccountID, "/organization/"+organizationID
	const text, problem = "text/plain; charset=utf-8", "application/json; charset=utf-8"
	for _, test := range []struct {
		who, method, path string
		status            int
		kind              string
	}{
		{"demo", "GET", main, 200, problem},
		{"demo", "GET", main + "/payments", 200, problem},
		{"demo", "GET", side, 401, text},
		{"demo", "GET", side + "/payments", 403, problem},
		{"demo", "GET", org, 401, text},
		{"demo", "GET", main + "/payments/nothing", 404, problem},
		{"viewer", "GET", main, 200, problem},
		{"viewer", "GET", main + "/payments", 403, problem},
		{"viewer", "GET", main + "/payments/nothing", 403, problem},
		{"viewer", "POST", main + "/payments", 403, problem},
		{"limited", "GET", main, 401, text},
		{"limited", "GET", main + "/payments", 200, problem},
		{"limited", "POST", main + "/payments", 201, problem},
		{"org", "GET", org, 200, problem},
		{"org", "GET", main, 200, problem},
		{"org", "GET", side + "/payments", 200, problem},
		{"org", "GET", "/organization/" + mainAccountID, 404, text},
		{"org", "GET", "/account/" + organizationID, 404, text},
		{"org", "GET", "/account/" + organizationID + "/payments", 404, problem},
		{"developer", "POST", main + "/payments", 403, problem},
		{"demo", "GET", "/nothing", 404, text},
		{"demo", "GET", main + "/../x", 404, text},
		{"demo", "GET", "//status", 404, text},
		{"demo", "DELETE", main, 405, text},
	} {
		t.Run(test.who+" "+test.method+" "+test.path, func(t *testing.T) {
			body := ""
			if test.method == "POST" {
				body = `{"amount":100}`
			}
			res := r.call(test.method, test.path, body, r.token(test.who))
			wantStatus(t, test.path, res, test.status)
			if got := res.Header().Get("Content-Type"); got != test.kind {
				t.Errorf("Content-Type is %q, want %q", got, test.kind)
			}
			if test.status == 403 {
				problem := decode[map[string]string](t, res)
				if problem["type"] != "authorization-error" || problem["code"] == "" || problem["message"] == "" || problem["requestId"] == "" {
					t.Errorf("got %v, want an authorization-error", problem)
				}
			}
			if got := res.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control is %q, want no-store", got)
			}
		})
	}
	wantStatus(t, "status needs no token", r.call("GET", "/status", ""), 200)
}

func TestCORS(t *testing.T) {
	r := newRig(t, false)
	res := r.call("OPTIONS", "/token", "", "Origin: https://shop.example", "Access-Control-Request-Method: POST",
		"Access-Control-Request-Headers: content-type")
	wantStatus(t, "preflight", res, 204)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "https://shop.example", "Access-Control-Allow-Headers": "authorization, content-type", "Vary": "Origin",
	} {
		if got := res.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	res = r.call("GET", "/status", "", "Origin: null")
	if got := res.Header().Get("Access-Control-Allow-Origin"); got != "null" {
		t.Errorf("Access-Control-Allow-Origin is %q, want null, as asked", got)
	}
	if got := res.Header().Get("Access-Control-Expose-Headers"); got != "x-total-count" {
		t.Errorf("exposed are %q, want x-total-count alone", got)
	}
	if res = r.call("GET", "/status", ""); res.Header().Get("Access-Control-Allow-Origin") != "" {
		t.Error("CORS headers for a request without an Origin")
	}
	if err := r.Update(func(s *Switches) { s.CORS = false }); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"OPTIONS", "GET"} {
		for name := range r.call(method, "/status", "", "Origin: null").Header() {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s without CORS: got the header %s", method, name)
			}
		}
	}
}

// The whole sandbox at once; the race detector is the judge.
func TestSandbox_concurrently(t *testing.T) {
	r := newRig(t, true)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 20 {
				res := r.call("POST", "/token", credentials("demo@exactlogin.test", "sandbox-demo"))
				var answer struct{ Token string }
				_ = json.Unmarshal(res.Body.Bytes(), &answer)
				auth := "Authorization: " + answer.Token
				r.call("GET", "/account/"+mainAccountID+"/payments?$limit=1", "", auth)
				r.call("POST", "/account/"+mainAccountID+"/payments", `{"amount":1}`, auth)
				r.call("POST", "/application/admin-pwa/token", `{"label":"x","permissions":["events.read"]}`, auth)
				r.call("GET", "/application/admin-pwa/token", "", auth)
				r.call("PATCH", "/_sandbox/control", `{"status":{"code":500,"times":3},"answer":{"mode":"odd"}}`)
				r.call("GET", "/_sandbox/log", "")
				if i == 0 {
					r.Reset()
					r.RevokeAll()
				}
			}
		})
	}
	group.Wait()
}
