package gateway

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const example = `{
  "origins": ["https://Pay.example:443"],
  "callers": {
    "api": "https://api.exactpaysandbox.com/",
    "read": "/account/650000000000000000000001",
    "permissions": { "charges.read": "/account/650000000000000000000001/payments?$limit=1" },
    "remember": "10s"
  },
  "upstreams": {
    "su": {
      "kind": "su", "environment": "sandbox", "domain": "hotel.example", "clientSecret": { "env": "SU_SECRET" },
      "allow": ["POST /SUAPI/jservice/availability"], "permission": "charges.read", "headers": ["app-id"]
    },
    "xcover": {
      "kind": "xcover", "clientId": "id", "clientSecret": { "file": "xcover.secret" },
      "allow": ["POST /api/partners/P1/quotes/{quote}/bookings"], "timeout": "5s", "maxBody": 2048
    },
    "other": {
      "kind": "client-credentials", "url": "https://other.example/v1/", "tokenUrl": "https://login.example/token",
      "clientId": "id", "clientSecret": { "env": "OTHER" }, "scopes": ["a", "b"], "allow": ["GET,HEAD /x/"]
    }
  }
}`

func TestParse_readsEveryKey(t *testing.T) {
	config, err := Parse([]byte(example), "/etc/exactlogin")
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
	su, xcover, other := config.Upstreams["su"], config.Upstreams["xcover"], config.Upstreams["other"]
	check("origin", config.Origins[0], "https://pay.example")
	check("api", config.Callers.API.String(), "https://api.exactpaysandbox.com")
	check("remember", config.Callers.Remember, 10*time.Second)
	check("su's URL", su.URL.String(), "https://connect-sandbox.su-api.com")
	check("su's token URL", su.TokenURL.String(), "https://connect-sandbox.su-api.com/SUAPI/jservice/auth/generate-access-token")
	check("su's client id", su.ClientID, "aG90ZWwuZXhhbXBsZQ==")
	check("su's permission", su.Permission, "charges.read")
	check("su's header", su.Headers[0], "App-Id")
	check("su's time-out", su.Timeout, 30*time.Second)
	check("su's body limit", su.MaxBody, int64(1<<20))
	check("xcover's token URL", xcover.TokenURL.String(), "https://api.xone.xcover.com/api/oauth/token")
	check("xcover's secret", xcover.ClientSecret.file, filepath.Join("/etc/exactlogin", "xcover.secret"))
	check("xcover's time-out", xcover.Timeout, 5*time.Second)
	check("xcover's body limit", xcover.MaxBody, int64(2048))
	check("other's URL", other.URL.String(), "https://other.example/v1")
	check("other's auth", other.Auth, "basic")
}

func TestParse_namesEveryMistake(t *testing.T) {
	replace := func(old, new string) string {
		if !strings.Contains(example, old) {
			t.Fatalf("the example has no %q", old)
		}
		return strings.Replace(example, old, new, 1)
	}
	for _, test := range []struct{ document, want string }{
		{"", "empty"},
		{"[]", "the document: an object"},
		{"null", "the document: an object"},
		{"{", "line 1: the document ends too early"},
		{"{}\n{}", "line 2: something follows"},
		{"{\n// no\n}", "line 2: not JSON"},
		{`{"callers":{},"callers":{}}`, `line 1: the key "callers" is there twice`},
		{"{}", "callers: missing"},
		{`{"callers":{"api":"https://a.example","read":"/x"},"upstreams":{}}`, "upstreams: no upstream is configured"},
		{replace(`"allow": ["POST /SUAPI`, `"alow": ["POST /SUAPI`), "upstreams.su.alow: unknown key; known here: kind, environment,"},
		{replace(`"remember"`, `"rememberr"`), "callers.rememberr: unknown key"},
		{replace(`"origins"`, `"Origins"`), "Origins: unknown key"},
		{replace(`"10s"`, `"10"`), `callers.remember: a time from`},
		{replace(`"10s"`, `"6m"`), `callers.remember: a time from`},
		{replace(`"10s"`, `10`), `callers.remember: a text is expected`},
		{replace(`"https://api.exactpaysandbox.com/"`, `"http://api.exactpaysandbox.com"`), "callers.api: https only"},
		{replace(`"https://api.exactpaysandbox.com/"`, `"https://u:canary@a.example"`), "callers.api: a URL here carries no user name"},
		{replace(`"https://api.exactpaysandbox.com/"`, `"//a.example"`), "callers.api: not an absolute https URL"},
		{replace(`"https://api.exactpaysandbox.com/"`, `"https://a.example/?x=canary"`), "callers.api: a URL here has no query"},
		{replace(`"https://api.exactpaysandbox.com/"`, `"https://ä.example"`), "callers.api: write the host in ASCII"},
		{replace(`"https://api.exactpaysandbox.com/"`, `"https://a.example/%2e%2e/b"`), "callers.api: the path has"},
		{replace(`"https://Pay.example:443"`, `"https://pay.example/login"`), "origins[0]: an origin is scheme, host and port"},
		{replace(`"/account/650000000000000000000001"`, `"account"`), "callers.read: not a path"},
		{replace(`"/account/650000000000000000000001"`, `"//evil.example/x"`), "callers.read: not a path"},
		{replace(`"kind": "su"`, `"kind": "canary"`), "upstreams.su.kind: one of su, xcover, client-credentials"},
		{replace(`"kind": "su", `, ``), "upstreams.su.kind: missing"},
		{replace(`"su": {`, `"Su!": {`), "upstreams.Su!: an upstream's name"},
		{replace(`"environment": "sandbox", `, ``), "upstreams.su.environment: missing"},
		{replace(`"environment": "sandbox"`, `"environment": "live", "url": "https://connect-sandbox.su-api.com"`), "upstreams.su.url: this host is the partner's sandbox"},
		{replace(`"domain": "hotel.example", `, ``), "upstreams.su.domain: missing"},
		{replace(`"domain": "hotel.example"`, `"domain": "hotel.example", "clientId": "x"`), "upstreams.su.clientId: unknown key"},
		{replace(`{ "env": "SU_SECRET" }`, `"canary-secret"`), "upstreams.su.clientSecret: a secret does not belong in this file"},
		{replace(`{ "env": "SU_SECRET" }`, `["canary-secret"]`), "upstreams.su.clientSecret: a secret does not belong in this file"},
		{replace(`{ "env": "SU_SECRET" }`, `{ "value": "canary-secret" }`), "upstreams.su.clientSecret.value: unknown key; known here: env, file"},
		{replace(`{ "env": "SU_SECRET" }`, `{ "env": "A", "file": "b" }`), `upstreams.su.clientSecret: give one of "env"`},
		{replace(`{ "env": "SU_SECRET" }`, `{ "env": "canary secret" }`), "upstreams.su.clientSecret.env: the name of"},
		{replace(`"clientSecret": { "env": "SU_SECRET" },`, ``), "upstreams.su.clientSecret: missing"},
		{replace(`["POST /SUAPI/jservice/availability"]`, `[]`), "upstreams.su.allow: say what pages may call"},
		{replace(`"POST /SUAPI/jservice/availability"`, `"/SUAPI"`), `upstreams.su.allow[0]: "METHOD /path"`},
		{replace(`"POST /SUAPI/jservice/availability"`, `"TRACE /SUAPI"`), "upstreams.su.allow[0]: the methods are"},
		{replace(`"POST /SUAPI/jservice/availability"`, `"POST /a/../b"`), "upstreams.su.allow[0]: the path has to begin"},
		{replace(`"POST /SUAPI/jservice/availability"`, `"POST /a{b}"`), "upstreams.su.allow[0]: {name} stands for"},
		{replace(`"POST /SUAPI/jservice/availability"`, `"GET /status"`), "upstreams.su.allow[0]: the gateway itself answers"},
		{replace(`["app-id"]`, `["cookie"]`), "upstreams.su.headers[0]: no header of this name"},
		{replace(`["app-id"]`, `["X-HTTP-Method-Override"]`), "upstreams.su.headers[0]: no header of this name"},
		{replace(`["app-id"]`, `["a b"]`), "upstreams.su.headers[0]: no header of this name"},
		{replace(`"permission": "charges.read"`, `"permission": "x.read"`), "upstreams.su.permission: callers.permissions has no read"},
		{replace(`"maxBody": 2048`, `"maxBody": -1`), "upstreams.xcover.maxBody: a number from"},
		{replace(`"maxBody": 2048`, `"maxBody": 1.5`), "upstreams.xcover.maxBody: a whole number"},
		{replace(`"url": "https://other.example/v1/", `, ``), "upstreams.other.url: missing"},
		{replace(`"tokenUrl": "https://login.example/token",`, ``), "upstreams.other.tokenUrl: missing"},
		{replace(`"scopes": ["a", "b"]`, `"scopes": "a"`), "upstreams.other.scopes: a list of texts"},
	} {
		_, err := Parse([]byte(test.document), ".")
		if err == nil {
			t.Errorf("accepted, want %q", test.want)
			continue
		}
		if !strings.Contains(err.Error(), test.want) {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("repeats a value: %v", err)
		}
	}
}

func TestParse_tellsAllMistakesAtOnce(t *testing.T) {
	_, err := Parse([]byte(`{"callers":{"api":"x","read":"y"},"upstreams":{"a":{"kind":"no"}},"z":1}`), ".")
	for _, want := range []string{"4 mistakes", "callers.api", "callers.read", "upstreams.a.kind", "z: unknown key"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s in it", err, want)
		}
	}
}

func TestLoad(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "gateway.json")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "there is no such file") {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	config, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "xcover.secret"), []byte("canary\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	secret, err := config.Upstreams["xcover"].ClientSecret.read(nil)
	if secret != "canary" || err != nil {
		t.Errorf("the secret beside the file: %q, %v", secret, err)
	}
	if err := os.WriteFile(path, append([]byte(example), make([]byte, largestConfig)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a huge file: %v", err)
	}
}

func TestNew_namesTheSecretThatIsMissing(t *testing.T) {
	config, err := Parse([]byte(example), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	_, err = New(config, Options{LookupEnv: func(name string) (string, bool) {
		return "canary\x00", name == "OTHER"
	}})
	for _, want := range []string{
		"upstreams.su.clientSecret: the environment variable SU_SECRET is not set",
		"upstreams.xcover.clientSecret: the secret's file cannot be read",
		"upstreams.other.clientSecret: the secret is too long or has control characters",
	} {
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}

func TestNew_theAPIMayComeFromTheServer(t *testing.T) {
	config, err := Parse([]byte(strings.Replace(example, `"api": "https://api.exactpaysandbox.com/",`, "", 1)), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	delete(config.Upstreams, "xcover") // its secret's file does not exist
	lookup := func(string) (string, bool) { return "x", true }
	g, err := New(config, Options{API: "http://127.0.0.1:8081", LookupEnv: lookup})
	if err != nil || g.checker.config.API.String() != "http://127.0.0.1:8081" {
		t.Errorf("got %v, %v", g, err)
	}
	if _, err := New(config, Options{LookupEnv: lookup}); err == nil || !strings.Contains(err.Error(), "callers.api: missing") {
		t.Errorf("without any: %v", err)
	}
	if _, err := New(config, Options{API: "http://api.test", LookupEnv: lookup}); err == nil || !strings.Contains(err.Error(), "https only") {
		t.Errorf("with http: %v", err)
	}
}

// What is accepted keeps the promises that the rest relies on, and a value
// under a secret's key is never repeated.
func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Add(strings.Replace(example, `{ "env": "SU_SECRET" }`, `"canary-secret"`, 1))
	f.Add(`{"callers":null}`)
	f.Add("{\"upstreams\":{\"a\":{\"allow\":[\"GET /%zz\"]}}}")
	f.Fuzz(func(t *testing.T, document string) {
		config, err := Parse([]byte(document), ".")
		if err != nil {
			if config != nil || err.Error() == "" || strings.Contains(err.Error(), "canary-secret") {
				t.Fatalf("config %v, error %v", config, err)
			}
			return
		}
		if !json.Valid([]byte(document)) || len(config.Upstreams) == 0 ||
			!strings.HasPrefix(config.Callers.Read, "/") {
			t.Fatalf("accepted: %s", document)
		}
		for name, u := range config.Upstreams {
			if u.URL == nil || u.TokenURL == nil || u.ClientID == "" || len(u.Allow) == 0 || u.Timeout <= 0 ||
				(u.URL.Scheme != "https" && !isLoopback(u.URL.Hostname())) ||
				(u.TokenURL.Scheme != "https" && !isLoopback(u.TokenURL.Hostname())) ||
				(u.Permission != "" && config.Callers.Permissions[u.Permission] == "") {
				t.Fatalf("accepted upstream %s: %s", name, document)
			}
		}
		if _, err := New(config, Options{API: "https://api.test", LookupEnv: func(string) (string, bool) { return "x", true }}); err != nil &&
			!strings.Contains(err.Error(), "the secret's file") {
			t.Fatal(err)
		}
	})
}
