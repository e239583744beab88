package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Whatever is sent, the sandbox answers with a documented status, in a form
// that belongs to it, and gives no secret away.
func FuzzRequest(f *testing.F) {
	const account, app = "/account/" + mainAccountID, "/application/admin-pwa/token"
	for _, seed := range []struct{ method, target, origin, kind, body string }{
		{"POST", "/token", pageOrigin, "application/json", credentials("demo@exactlogin.test", "sandbox-demo")},
		{"POST", "/token", "null", "application/json", `{"email":"demo@exactlogin.test","password":"x","application":"admin-pwa"}`},
		{"POST", "/token", "", "text/plain", `{"email":{},"password":[[]],"__proto__":1}`},
		{"PUT", "/token", "", "", ""},
		{"GET", "/status", "", "", ""},
		{"OPTIONS", account, pageOrigin, "", ""},
		{"GET", account, "", "", ""},
		{"GET", account + "/payments?$skip=1&$limit=2&$sort=-amount&status[$eq]=settled", pageOrigin, "", ""},
		{"GET", account + "/payments?$limit=%00&$sort=", "", "", ""},
		{"GET", account + "/payments/%2e%2e/x", "", "", ""},
		{"POST", account + "/payments", "", "application/json", `{"amount":1e15,"currency":null}`},
		{"GET", "/organization/" + organizationID, "", "", ""},
		{"POST", app, "", "application/json", `{"label":"a","permissions":["charges.read","charges.read"]}`},
		{"POST", "/application/admin-pwa/account/x/token", "", "application/json", `{"label":"a","permissions":[0]}`},
		{"GET", app + "?$sort=-label", "", "", ""},
		{"DELETE", app + "/x", "", "", ""},
		{"PATCH", "//x/../y", "a, b", "", ""},
	} {
		f.Add(seed.method, seed.target, seed.origin, seed.kind, seed.body, true)
		f.Add(seed.method, seed.target, seed.origin, seed.kind, seed.body, false)
	}
	f.Fuzz(func(t *testing.T, method, target, origin, kind, body string, signedIn bool) {
		u, err := url.ParseRequestURI(target)
		if err != nil || u.Path == "" || u.Path[0] != '/' {
			t.Skip()
		}
		if _, err := http.NewRequest(method, target, nil); err != nil || strings.HasPrefix(u.Path, "/_") {
			t.Skip()
		}
		r := newRig(t, false)
		secret := r.login("org")["token"].(string)
		req := httptest.NewRequest("GET", "/", strings.NewReader(body))
		req.Method, req.URL, req.RequestURI = method, u, target
		req.Header["Origin"], req.Header["Content-Type"] = []string{origin}, []string{kind}
		if signedIn {
			req.Header.Set("Authorization", secret)
		}
		res := httptest.NewRecorder()
		r.ServeHTTP(res, req)

		if !slices.Contains([]int{200, 201, 204, 400, 401, 403, 404, 405, 413, 423}, res.Code) {
			t.Errorf("status %d is none of the documented", res.Code)
		}
		answer := res.Body.Bytes()
		if strings.HasPrefix(res.Header().Get("Content-Type"), "application/json") != json.Valid(answer) && len(answer) > 0 {
			t.Errorf("the body does not fit %q: %s", res.Header().Get("Content-Type"), answer)
		}
		if bytes.Contains(answer, []byte(secret)) {
			t.Errorf("the token came back: %s", answer)
		}
		for _, p := range People() {
			if bytes.Contains(answer, []byte(p.Password)) && !strings.Contains(body+target, p.Password) {
				t.Errorf("a password came back: %s", answer)
			}
		}
		if got := res.Header().Get("Access-Control-Allow-Origin"); got != origin {
			t.Errorf("Access-Control-Allow-Origin is %q for the origin %q", got, origin)
		}
		if !signedIn && res.Code < 300 && method != "OPTIONS" && u.Path != "/status" && u.Path != "/token" {
			t.Errorf("%s %s got %d without a token", method, target, res.Code)
		}
	})
}
