package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServe_gatewayDemo(t *testing.T) {
	for _, args := range [][]string{nil, {"-tls"}} {
		out := start(t, append(args, "-sandbox", "127.0.0.1:0", "-gateway", "demo")...)
		page := strings.TrimSuffix(out.line(t, "Login page"), "/")
		api := out.line(t, "Sandbox API")
		if want := page + "/gateway/su/"; out.line(t, "Gateway") != want {
			t.Errorf("the gateway's address is not printed:\n%s", out)
		}
		for person, want := range map[string]struct {
			status int
			body   string
		}{
			"demo": {200, "SU-1001"}, "viewer": {403, `"code":"forbidden"`},
		} {
			_, text := fetch(t, "POST", api+"/token", `{"email":"`+person+`@exactlogin.test","password":"sandbox-`+person+`"}`,
				"Content-Type: application/json", "Origin: "+page)
			var user struct{ Token string }
			if err := json.Unmarshal([]byte(text), &user); err != nil || user.Token == "" {
				t.Fatalf("no token: %s", text)
			}
			caller := []string{"Authorization: " + user.Token, "Origin: " + page, "Content-Type: application/json"}
			if res, body := fetch(t, "POST", page+"/gateway/su/SUAPI/jservice/Bookings", "{}", caller...); res.StatusCode != want.status || !strings.Contains(body, want.body) {
				t.Errorf("%s at su: got %d %s", person, res.StatusCode, body)
			}
			if res, body := fetch(t, "GET", page+"/gateway/xcover/api/partners/DEMO/offers", "", caller...); res.StatusCode != 200 || !strings.Contains(body, "offer-1") {
				t.Errorf("%s at xcover: got %d %s", person, res.StatusCode, body)
			}
		}
		if res, body := fetch(t, "GET", page+"/gateway/su/status", ""); res.StatusCode != 401 || !strings.Contains(body, "signed-out") {
			t.Errorf("without a session: got %d %s", res.StatusCode, body)
		}
	}
}

func TestServe_gatewayMistakes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gateway.json")
	if err := os.WriteFile(file, []byte(`{"callers":{"read":"/x"},"upstreams":{"su":{"kind":"so"}},"upstream":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-gateway", "missing.json"}, "serve: gateway configuration missing.json: there is no such file"},
		{[]string{"-gateway", file}, "2 mistakes - upstreams.su.kind: one of su, xcover, client-credentials is expected - upstream: unknown key"},
		{[]string{"-api", "sandbox", "-gateway", "demo"}, "-gateway demo works with the sandbox"},
	} {
		var stdout, stderr bytes.Buffer
		args := append([]string{"-root", buildTree(t), "-addr", "127.0.0.1:0", "-sandbox", "127.0.0.1:0"}, test.args...)
		if test.args[0] == "-api" {
			args = append([]string{"-root", buildTree(t), "-addr", "127.0.0.1:0"}, test.args...)
		}
		status := run(t.Context(), args, &stdout, &stderr)
		if status == 0 || !strings.Contains(stderr.String(), test.want) || strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%v: status %d, %q; want one line with %q", test.args, status, stderr.String(), test.want)
		}
	}
}
