package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a condition may take on a loaded machine.
const patience = 30 * time.Second

// With this in its environment the test's binary is the command itself.
const asCommand = "EXACTLOGIN_TEST_SERVE"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// output collects what a command prints.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// line waits for a line with this label and returns its rest.
func (o *output) line(t *testing.T, label string) string {
	t.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		text := o.String()
		for line := range strings.Lines(text) {
			if rest, ok := strings.CutPrefix(line, label); ok && strings.HasSuffix(line, "\n") {
				return strings.TrimSpace(rest)
			}
		}
	}
	t.Fatalf("no line %q in:\n%s", label, o)
	return ""
}

// buildTree makes a directory as `make build` leaves it.
func buildTree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"app/dist/index.html":   "login page",
		"app/dist/web/app.wasm": "\x00asm",
		"app/dist/hints.html": `<link rel="stylesheet" href="/app.css"><!-- <script src="/old.js"></script> --><script src="/early.js"></script>` +
			`<script type="module" src="/web/dist/exactlogin.js"></script><script src="https://evil.test/x.js"></script><script src="//evil.test/y.js"></script>`,
		"web/dist/other.js":              "// other",
		"web/dist/exactlogin.js":         `import{a}from"./other.js";`,
		"web/dist/worker.js":             "// worker",
		"web/dist/login.wasm":            "\x00asm",
		"web/examples/blank/index.html":  "blank",
		"web/examples/blank/blank.js":    "// blank",
		"web/examples/own-page/own.html": "own",
		"web/src/page.ts":                "source",
		"go.mod":                         "module",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// start runs serve on free ports within this process.
func start(t *testing.T, args ...string) (out *output) {
	t.Helper()
	out, _ = startLogging(t, args...)
	return out
}

// startLogging is start, for those who read standard error too.
func startLogging(t *testing.T, args ...string) (out, errs *output) {
	t.Helper()
	out, errs = new(output), new(output)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	args = append([]string{"-root", buildTree(t), "-addr", "127.0.0.1:0"}, args...)
	go func() { ended <- run(ctx, args, out, errs) }()
	t.Cleanup(func() {
		stop()
		select {
		case status := <-ended:
			if status != 0 {
				t.Errorf("serve ended with %d: %s", status, errs)
			}
		case <-time.After(patience):
			t.Error("serve does not end")
		}
	})
	return out, errs
}

// newTestServer serves a handler until the test ends.
func newTestServer(t *testing.T, h http.Handler) (url string) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// fetch asks with a client that trusts any certificate.
func fetch(t *testing.T, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true} // a test's own server
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport, Timeout: patience}).Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

func TestServe_page(t *testing.T) {
	out := start(t, "-sandbox", "127.0.0.1:0", "-connect", "https://more.test")
	page := strings.TrimSuffix(out.line(t, "Login page"), "/")
	api := out.line(t, "Sandbox API")
	if !strings.Contains(out.line(t, "Sign in as"), "demo@exactlogin.test / sandbox-demo") {
		t.Errorf("the demo credentials are not printed:\n%s", out)
	}
	if strings.Contains(out.String(), "Control") {
		t.Error("control is there without being asked for")
	}
	for path, want := range map[string]struct {
		status    int
		body, csp string // csp: a part of it
	}{
		"/":                               {200, "login page", "connect-src 'self' " + api + " https://more.test; style-src 'self'"},
		"/web/app.wasm":                   {200, "\x00asm", "default-src"},
		"/web/dist/worker.js":             {200, "// worker", "script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' " + api + " https://more.test"},
		"/web/examples/blank/":            {200, "blank", "script-src 'self'; worker-src 'self'; connect-src 'self'; "},
		"/web/examples/blank/blank.js":    {200, "// blank", ""},
		"/web/examples/blank-page/":       {200, "blank", "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' " + api},
		"/web/examples/own-page/own.html": {200, "own", "'wasm-unsafe-eval'"},
		"/web/examples/nothing-page/":     {404, "", ""},
		"/web/examples/":                  {404, "", ""},
		"/web/src/page.ts":                {404, "", ""},
		"/go.mod":                         {404, "", ""},
		"/_sandbox/control":               {404, "", ""},
	} {
		res, body := fetch(t, "GET", page+path, "")
		if res.StatusCode != want.status || want.status == 200 && body != want.body {
			t.Errorf("%s: got %d %q, want %d %q", path, res.StatusCode, body, want.status, want.body)
		}
		if got := res.Header.Get("Content-Security-Policy"); !strings.Contains(got, want.csp) {
			t.Errorf("%s: the policy is %q, want one with %q", path, got, want.csp)
		}
	}
	if res, _ := fetch(t, "GET", api+"/_sandbox/control", ""); res.StatusCode != 404 {
		t.Errorf("control without -control: got %s", res.Status)
	}
	_, text := fetch(t, "GET", page+"/config.json", "")
	var about settings
	if err := json.Unmarshal([]byte(text), &about); err != nil || about.API != api || !about.Sandbox || len(about.People) < 9 {
		t.Errorf("config.json is %s, %v", text, err)
	}
}

// The page's origin is registered however a person on this machine writes it.
func TestServe_originsAreRegistered(t *testing.T) {
	out := start(t, "-sandbox", "127.0.0.1:0", "-control", "-lifetime", "90s")
	page := strings.TrimSuffix(out.line(t, "Login page"), "/")
	api := out.line(t, "Sandbox API")
	_, port, _ := strings.Cut(strings.TrimPrefix(page, "http://"), ":")
	for origin, status := range map[string]int{
		page: 201, "http://localhost:" + port: 201, "http://[::1]:" + port: 201, api: 404, "https://localhost:" + port: 404, "null": 404,
	} {
		res, body := fetch(t, "POST", api+"/token", `{"email":"demo@exactlogin.test","password":"sandbox-demo"}`,
			"Content-Type: application/json", "Origin: "+origin)
		if res.StatusCode != status {
			t.Errorf("from %s: got %s %s, want %d", origin, res.Status, body, status)
		}
	}
	_, text := fetch(t, "GET", out.line(t, "Control"), "")
	if !strings.Contains(text, `"lifetime":90000`) {
		t.Errorf("-lifetime 90s became %s", text)
	}
}

// The login page turns the sandbox's switches on its own origin, and reads there no log, which holds secrets.
func TestServe_controlIsOnThePagesOriginToo(t *testing.T) {
	out := start(t, "-sandbox", "127.0.0.1:0", "-control")
	page := strings.TrimSuffix(out.line(t, "Login page"), "/")
	if res, text := fetch(t, "PATCH", page+controlPath, `{"latency":7}`, "Content-Type: application/json"); res.StatusCode != 200 || !strings.Contains(text, `"latency":7`) {
		t.Errorf("turning a switch from the page: %s %s", res.Status, text)
	}
	if _, text := fetch(t, "GET", out.line(t, "Control"), ""); !strings.Contains(text, `"latency":7`) {
		t.Errorf("the sandbox's switches are %s", text)
	}
	if res, _ := fetch(t, "GET", page+"/_sandbox/log", ""); res.StatusCode != 404 {
		t.Errorf("the log from the page's origin: %s, want 404", res.Status)
	}
}

func TestServe_withoutSandbox(t *testing.T) {
	out := start(t, "-api", "production")
	if res, _ := fetch(t, "GET", out.line(t, "Login page"), ""); !strings.Contains(res.Header.Get("Content-Security-Policy"), "connect-src 'self'; style-src 'self'") {
		t.Errorf("where sessions are real the login page's policy is %q, want no way to the API", res.Header.Get("Content-Security-Policy"))
	}
	if got := out.line(t, "Signs in to"); got != "https://api-p2.exactpay.com" {
		t.Errorf("-api production is %s", got)
	}
	page := out.line(t, "Login page")
	if _, text := fetch(t, "GET", page+"config.json", ""); text != `{"api":"https://api-p2.exactpay.com","sandbox":false}` {
		t.Errorf("config.json is %s", text)
	}
	if strings.Contains(out.String(), "Sandbox API") || strings.Contains(out.String(), "demo@") {
		t.Errorf("a sandbox is announced:\n%s", out)
	}
	res, _ := fetch(t, "GET", page+"web/dist/worker.js", "")
	if got := res.Header.Get("Content-Security-Policy"); !strings.Contains(got, "connect-src 'self' https://api-p2.exactpay.com; report-uri") {
		t.Errorf("the worker's policy is %q", got)
	}
}

func TestServe_tls(t *testing.T) {
	out := start(t, "-sandbox", "127.0.0.1:0", "-tls")
	page, api := out.line(t, "Login page"), out.line(t, "Sandbox API")
	for _, url := range []string{page, api + "/status"} {
		res, _ := fetch(t, "GET", url, "")
		if res.StatusCode != 200 || res.ProtoMajor != 2 || res.Request.URL.Scheme != "https" {
			t.Errorf("%s: got %s by %s, want 200 by HTTP/2", url, res.Status, res.Proto)
		}
		leaf := res.TLS.PeerCertificates[0]
		if err := leaf.VerifyHostname("127.0.0.1"); err != nil {
			t.Error(err)
		}
		if err := leaf.VerifyHostname("localhost"); err != nil {
			t.Error(err)
		}
		sum := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
		if want := base64.StdEncoding.EncodeToString(sum[:]); !strings.HasSuffix(out.line(t, "Certificate"), want) {
			t.Errorf("the fingerprint %s is not printed", want)
		}
	}
}

func TestServe_doesNotSpeakHTTP2InTheClear(t *testing.T) {
	address := strings.TrimSuffix(strings.TrimPrefix(start(t, "-sandbox", "127.0.0.1:0").line(t, "Login page"), "http://"), "/")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, _ := io.ReadAll(conn)
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 ")) || bytes.HasPrefix(answer, []byte("HTTP/1.1 200")) {
		t.Errorf("the answer to HTTP/2 in the clear is %q, want a refusal in HTTP/1.1", answer)
	}
}

func TestFlags_mistakes(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	tree := buildTree(t)
	for _, test := range []struct {
		what   string
		args   []string
		status int
		says   string
	}{
		{"an unknown flag", []string{"-port", "1"}, 2, "-port"},
		{"a word", []string{"start"}, 2, `"start" is not a flag`},
		{"a bad address", []string{"-addr", "8080"}, 2, `-addr: "8080" is not an address`},
		{"a bad sandbox", []string{"-sandbox", "x"}, 2, `-sandbox: "x" is not an address`},
		{"a bad lifetime", []string{"-lifetime", "soon"}, 2, "lifetime"},
		{"no lifetime", []string{"-lifetime", "0"}, 2, "-lifetime"},
		{"no API", []string{"-sandbox", ""}, 2, "-api"},
		{"control of nothing", []string{"-sandbox", "", "-api", "sandbox", "-control"}, 2, "-control"},
		{"an API in the clear", []string{"-api", "http://api.test"}, 2, "https"},
		{"an API with a password", []string{"-api", "https://a:b@api.test"}, 2, "-api"},
		{"an API of another scheme", []string{"-api", "file:///x"}, 2, "-api"},
		{"a bad origin", []string{"-connect", "*"}, 2, "connect"},
		{"half a certificate", []string{"-tls-cert", "x.pem"}, 2, "go together"},
		{"two certificates", []string{"-tls", "-tls-cert", "x.pem", "-tls-key", "x.key"}, 2, "-tls"},
		{"a certificate that is not there", []string{"-root", tree, "-addr", "127.0.0.1:0", "-sandbox", "127.0.0.1:0", "-tls-cert", "x.pem", "-tls-key", "x.key"}, 1, "x.pem"},
		{"a log of another form", []string{"-log", "xml"}, 2, `"xml" is not one of text, json, off`},
		{"no connections", []string{"-connections", "0"}, 2, "-connections"},
		{"a bad address of metrics", []string{"-metrics", "x"}, 2, `-metrics: "x" is not an address`},
		{"an export of what", []string{"export"}, 2, "name one directory"},
		{"an export for whom", []string{"export", t.TempDir()}, 2, "-api"},
		{"an export onto something", []string{"export", "-root", tree, "-api", "production", tree}, 1, "is not empty"},
		{"an export without a build", []string{"export", "-root", t.TempDir(), "-api", "production", t.TempDir()}, 1, `run "make build"`},
		{"a missing build", []string{"-root", t.TempDir()}, 1, `run "make build"`},
		{"a busy port", []string{"-root", tree, "-addr", busy.Addr().String()}, 1, "in use"},
		{"a busy port of the sandbox", []string{"-root", tree, "-addr", "127.0.0.1:0", "-sandbox", busy.Addr().String()}, 1, "-sandbox"},
		{"an address of elsewhere", []string{"-root", tree, "-addr", "192.0.2.1:1"}, 1, "-addr"},
	} {
		t.Run(test.what, func(t *testing.T) {
			var out, errs output
			ctx, stop := context.WithTimeout(t.Context(), patience)
			defer stop()
			status := run(ctx, test.args, &out, &errs)
			text := errs.String()
			if status != test.status || !strings.HasPrefix(text, "serve: ") || !strings.Contains(text, test.says) {
				t.Errorf("got %d and %q, want %d and a line with %s", status, text, test.status, test.says)
			}
			if strings.Count(text, "\n") != 1 || out.String() != "" {
				t.Errorf("printed %q and %q, want one line of error", out.String(), text)
			}
		})
	}
}

func TestFlags_help(t *testing.T) {
	for arg, says := range map[string][]string{
		"-h":       {"Examples:", "-sandbox address", "-lifetime duration", "serve -tls"},
		"--help":   {"Examples:"},
		"-version": {"exactlogin serve "},
	} {
		var out, errs output
		if status := run(t.Context(), []string{arg}, &out, &errs); status != 0 || errs.String() != "" {
			t.Errorf("%s: got %d and %q", arg, status, errs.String())
		}
		for _, part := range says {
			if !strings.Contains(out.String(), part) {
				t.Errorf("%s does not say %q:\n%s", arg, part, out.String())
			}
		}
	}
}

func TestParseAPI(t *testing.T) {
	for text, want := range map[string]string{
		"https://api.test":             "https://api.test",
		"https://API.test:8443/base/":  "https://api.test:8443/base",
		"http://localhost:1":           "http://localhost:1",
		"http://api.localhost":         "http://api.localhost",
		"http://127.9.9.9:1":           "http://127.9.9.9:1",
		"http://[::1]:1":               "http://[::1]:1",
		"http://localhost.test":        "",
		"http://127.0.0.1.test":        "",
		"https://api.test?x":           "",
		"https://api.test#x":           "",
		"https://u@api.test":           "",
		"https:api.test":               "",
		"//api.test":                   "",
		"":                             "",
		"https://":                     "",
		"https://a.test; script-src *": "",
		"https://a.test,b":             "",
		"https://*.test":               "",
		"https://'self'":               "",
	} {
		got, err := parseAPI(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
}

// The program as a person runs it: it answers, ends its open requests at a
// signal, and says that all was well.
func TestCommand_stopsGracefully(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("signals are of Unix")
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs output
	cmd := exec.Command(binary, "-root", buildTree(t), "-addr", "127.0.0.1:0", "-sandbox", "127.0.0.1:0", "-control")
	cmd.Env = append(os.Environ(), asCommand+"=1")
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() { _ = cmd.Process.Kill() }()

	page, api := out.line(t, "Login page"), out.line(t, "Sandbox API")
	if res, _ := fetch(t, "GET", page, ""); res.StatusCode != 200 {
		t.Errorf("the page: %s", res.Status)
	}
	open, err := http.Get(api + "/_fixture/gate/forever")
	if err != nil {
		t.Fatal(err)
	}
	defer open.Body.Close()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// The answer ends as answers do, rather than by a cut connection.
	if _, err := io.ReadAll(open.Body); err != nil {
		t.Errorf("the open answer broke off: %v", err)
	}
	select {
	case err := <-ended:
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			t.Errorf("after SIGTERM it ended with %v: %s", err, errs.String())
		}
	case <-time.After(patience):
		t.Fatal("it goes on after SIGTERM")
	}
	if conn, err := net.Dial("tcp", strings.TrimPrefix(api, "http://")); err == nil {
		conn.Close()
		t.Error("the sandbox still listens")
	}
}
