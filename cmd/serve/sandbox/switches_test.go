package sandbox

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func (r *rig) patchControl(body string) {
	r.t.Helper()
	wantStatus(r.t, "PATCH "+body, r.call("PATCH", "/_sandbox/control", body), 200)
}

func TestControl_onlyWhenAskedFor(t *testing.T) {
	r := newRig(t, false)
	for _, path := range []string{"/_sandbox/control", "/_sandbox/log", "/_fixture/echo"} {
		wantStatus(t, path, r.call("GET", path, ""), 404)
	}
	if r.Log() != nil {
		t.Error("requests are logged without being asked for")
	}
}

func TestControl_noPageReachesIt(t *testing.T) {
	res := newRig(t, true).call("OPTIONS", "/_sandbox/control", "", "Origin: "+pageOrigin, "Access-Control-Request-Method: PATCH")
	if got := res.Header().Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("control lets %s in", got)
	}
}

func TestControl_refusesNonsense(t *testing.T) {
	r := newRig(t, true)
	r.patchControl(`{"status":{"code":500,"times":2}}`)
	for _, body := range []string{
		``, `[]`, `{"nothing":1}`, `{"latency":-1}`, `{"latency":"1"}`, `{"lifetime":-1}`, `{"drop":-1}`, `{"status":{"code":99}}`,
		`{"status":{"code":200,"nothing":1}}`, `{"cacheControl":"a\r\nb: c"}`, `{"clockShift":1e300}`,
	} {
		wantStatus(t, body, r.call("PATCH", "/_sandbox/control", body), 400)
	}
	after := r.Switches()
	if after.Status == nil || after.Status.Code != 500 || after.Status.Times != 2 || after.Latency != 0 {
		t.Errorf("refused switches changed something: %+v", after)
	}
}

func TestControl_status(t *testing.T) {
	r := newRig(t, true)
	r.patchControl(`{"status":{"code":503,"times":2,"path":"/token","body":"{\"x\":1}","contentType":"application/json","headers":{"retry-after":"7"}},"expose":["Retry-After"]}`)
	wantStatus(t, "another path", r.call("GET", "/status", ""), 200)
	wantStatus(t, "a preflight", r.call("OPTIONS", "/token", "", "Origin: null"), 204)
	for range 2 {
		res := r.call("POST", "/token", "{}", "Origin: null")
		wantStatus(t, "ordered", res, 503)
		if res.Body.String() != `{"x":1}` || res.Header().Get("Content-Type") != "application/json" || res.Header().Get("Retry-After") != "7" {
			t.Errorf("got %v %s, want what was ordered", res.Header(), res.Body)
		}
		if got := res.Header().Get("Access-Control-Expose-Headers"); got != "x-total-count, Retry-After" {
			t.Errorf("exposed are %q", got)
		}
	}
	wantStatus(t, "the third", r.call("POST", "/token", "{}"), 400)
	r.patchControl(`{"status":{"code":500,"times":-1,"method":"GET"}}`)
	for range 3 {
		wantStatus(t, "for ever", r.call("GET", "/status", ""), 500)
	}
	wantStatus(t, "another method", r.call("POST", "/token", "{}"), 400)
	r.patchControl(`{"status":null}`)
	wantStatus(t, "taken back", r.call("GET", "/status", ""), 200)
}

func TestControl_clockAndLifetime(t *testing.T) {
	r := newRig(t, true)
	auth := r.token("demo")
	r.patchControl(`{"clockShift":3599999,"exposeDate":true}`)
	res := r.call("GET", "/account/"+mainAccountID, "", auth, "Origin: null")
	wantStatus(t, "just in time", res, 200)
	if got, want := res.Header().Get("Date"), "Wed, 04 Mar 2026 06:06:06 GMT"; got != want {
		t.Errorf("Date is %s, want the server's own %s", got, want)
	}
	if got := res.Header().Get("Access-Control-Expose-Headers"); got != "x-total-count, Date" {
		t.Errorf("exposed are %q", got)
	}
	r.patchControl(`{"clockShift":7199999}`)
	wantStatus(t, "an hour of the server's clock later", r.call("GET", "/account/"+mainAccountID, "", auth), 401)

	r.patchControl(`{"clockShift":0,"lifetime":5000}`)
	auth = r.token("demo")
	r.advance(5 * time.Second)
	wantStatus(t, "after the new lifetime", r.call("GET", "/account/"+mainAccountID, "", auth), 401)
	wantStatus(t, "reset", r.call("DELETE", "/_sandbox/control", ""), 200)
	if got := r.Switches().Lifetime; got != time.Hour.Milliseconds() {
		t.Errorf("after a reset the lifetime is %d ms, want the one it was made with", got)
	}
}

func TestControl_answer(t *testing.T) {
	r := newRig(t, true)
	r.patchControl(`{"answer":{"expiresAt":null,"isAuthenticated":"true","more":[1]},"cacheControl":""}`)
	answer := r.login("demo")
	if _, ok := answer["expiresAt"]; ok || answer["isAuthenticated"] != "true" || answer["more"] == nil {
		t.Errorf("got %v, want the fields changed as told", answer)
	}
	if got := r.call("GET", "/status", "").Header()["Cache-Control"]; got != nil {
		t.Errorf("Cache-Control is %q, want none", got)
	}
	r.patchControl(`{"answer":{"mode":"odd"}}`)
	if answer := r.login("demo"); answer["expiresAt"] == nil || answer["mode"] != "odd" {
		t.Errorf("got %v: the former changes must be gone", answer)
	}
}

func TestControl_revokesTokens(t *testing.T) {
	r := newRig(t, true)
	auth := r.token("demo")
	wantStatus(t, "revoke", r.call("DELETE", "/_sandbox/tokens", ""), 204)
	wantStatus(t, "a revoked token", r.call("GET", "/account/"+mainAccountID, "", auth), 401)
}

func TestControl_dropAndLatency(t *testing.T) {
	r := newRig(t, true)
	server := httptest.NewServer(r)
	defer server.Close()
	r.patchControl(`{"drop":2,"dropPath":"/sta","latency":1}`)
	for range 2 {
		if res, err := http.Get(server.URL + "/status"); err == nil {
			res.Body.Close()
			t.Fatalf("got %s, want a failed connection", res.Status)
		} else if !strings.Contains(err.Error(), "malformed") {
			t.Fatalf("the connection failed by %v; a browser would silently repeat what just closes", err)
		}
	}
	res, err := http.Get(server.URL + "/status")
	if err != nil {
		t.Fatalf("after the drops: %v", err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); !strings.Contains(string(body), "OK") {
		t.Errorf("got %s", body)
	}
	log := r.Log()
	if len(log) != 3 || log[0].Status != 0 || log[2].Status != 200 {
		t.Errorf("the log is %+v, want two requests without and one with an answer", log)
	}
}

func TestControl_dropOverHTTP2(t *testing.T) {
	r := newRig(t, true)
	server := httptest.NewUnstartedServer(r)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	r.patchControl(`{"drop":1}`)
	if res, err := server.Client().Get(server.URL + "/status"); err == nil {
		res.Body.Close()
		t.Fatalf("got %s %s, want a failed stream", res.Proto, res.Status)
	}
}

func TestLog(t *testing.T) {
	r := newRig(t, true)
	r.call("POST", "/account/x/payments?a=1", `{"amount":1}`, "Origin: null", "Authorization: nonsense")
	entries := decode[[]Entry](t, r.call("GET", "/_sandbox/log", ""))
	if len(entries) != 1 {
		t.Fatalf("the log has %d entries, want 1", len(entries))
	}
	e := entries[0]
	if e.Method != "POST" || e.Path != "/account/x/payments" || e.Query != "a=1" || e.Status != 401 || e.At != r.clock().UnixMilli() {
		t.Errorf("logged %+v", e)
	}
	if e.Body != `{"amount":1}` {
		t.Errorf("the body is %q: it must be logged though the API did not read it", e.Body)
	}
	if e.Headers["authorization"][0] != "nonsense" || e.Headers["origin"][0] != "null" || e.Headers["host"] == nil {
		t.Errorf("the headers are %v", e.Headers)
	}
	wantStatus(t, "clearing", r.call("DELETE", "/_sandbox/log", ""), 204)
	if got := r.Log(); len(got) != 0 {
		t.Errorf("after clearing there are %d entries", len(got))
	}
}
