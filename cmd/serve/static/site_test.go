package static

import (
	"bufio"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

var built = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func tree(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, content := range files {
		m[name] = &fstest.MapFile{Data: []byte(content), ModTime: built}
	}
	return m
}

func csp(text string) func(string) string { return func(string) string { return text } }

func testSite() *Site {
	return New(
		Mount{Prefix: "/", CSP: csp("page"), Files: tree(map[string]string{
			"index.html": "<p>home", "web/app.wasm": "\x00asm", "sub/index.html": "sub", "empty/x.txt": "x", ".secret": "s", "a/.git/config": "s",
		})},
		Mount{Prefix: "/web/dist/", CSP: csp("worker"), Files: tree(map[string]string{
			"worker.js": "0123456789", "login.wasm": "identity", "login.wasm.br": "br", "login.wasm.gz": "gzip",
		})},
	)
}

func ask(h http.Handler, method, target string, headers ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, "/", nil)
	path, query, _ := strings.Cut(target, "?")
	req.URL.Path, req.URL.RawQuery = path, query // as it is, however odd
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Add(name, value)
	}
	res := httptest.NewRecorder()
	h.ServeHTTP(res, req)
	return res
}

func TestSite_paths(t *testing.T) {
	site := testSite()
	for _, test := range []struct {
		path   string
		status int
		want   string // body, or Location
	}{
		{"/", 200, "<p>home"},
		{"/index.html", 200, "<p>home"},
		{"/web/app.wasm", 200, "\x00asm"},
		{"/web/dist/worker.js", 200, "0123456789"},
		{"/web/dist/worker.js?v=1", 200, "0123456789"},
		{"/sub/", 200, "sub"},
		{"/sub", 301, "./sub/"},
		{"/sub?a=b", 301, "./sub/?a=b"},
		{"/sub//", 404, ""},
		{"//sub", 404, ""},
		{"/index.html/", 404, ""},
		{"/empty", 404, ""},
		{"/empty/", 404, ""},
		{"/web/dist/", 404, ""},
		{"/web/dist", 404, ""},
		{"/nothing", 404, ""},
		{"/.secret", 404, ""},
		{"/a/.git/config", 404, ""},
		{"/web/dist/../index.html", 404, ""},
		{"/../site_test.go", 404, ""},
		{"/./index.html", 404, ""},
		{"/web\\dist\\worker.js", 404, ""},
		{"/index.html\x00.js", 404, ""},
		{"/\xff", 404, ""},
		{"*", 404, ""},
		{"", 404, ""},
	} {
		res := ask(site, "GET", test.path)
		if res.Code != test.status {
			t.Errorf("%q: got %d, want %d", test.path, res.Code, test.status)
		}
		switch got := res.Body.String(); {
		case res.Code == 200 && got != test.want:
			t.Errorf("%q: got %q, want %q", test.path, got, test.want)
		case res.Code == 301 && res.Header().Get("Location") != test.want:
			t.Errorf("%q: leads to %q, want %q", test.path, res.Header().Get("Location"), test.want)
		}
	}
}

func TestSite_headers(t *testing.T) {
	site := testSite()
	for _, test := range []struct{ path, kind, policy, cache string }{
		{"/", "text/html; charset=utf-8", "page", "no-cache"},
		{"/web/app.wasm", "application/wasm", "page", "no-cache"},
		{"/web/dist/worker.js", "text/javascript; charset=utf-8", "worker", "no-cache"},
		{"/nothing", "text/plain; charset=utf-8", "default-src 'none'; frame-ancestors 'none'", "no-store"},
	} {
		h := ask(site, "GET", test.path).Header()
		for name, want := range map[string]string{
			"Content-Type": test.kind, "Content-Security-Policy": test.policy, "Cache-Control": test.cache,
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", test.path, name, got, want)
			}
		}
	}
}

func TestSite_methods(t *testing.T) {
	site := testSite()
	head := ask(site, "HEAD", "/web/dist/worker.js")
	if head.Code != 200 || head.Body.Len() != 0 || head.Header().Get("Content-Length") != "10" {
		t.Errorf("HEAD: got %d, %d bytes, Content-Length %s; want 200, none, 10", head.Code, head.Body.Len(), head.Header().Get("Content-Length"))
	}
	for method, want := range map[string]int{
		"POST": 405, "PUT": 405, "DELETE": 405, "PATCH": 405, "TRACE": 405, "OPTIONS": 204, "get": 501, "PROPFIND": 501,
	} {
		res := ask(site, method, "/")
		if res.Code != want || want < 500 && res.Header().Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s: got %d, Allow %q; want %d and what is allowed", method, res.Code, res.Header().Get("Allow"), want)
		}
	}
}

func TestSite_conditions(t *testing.T) {
	site := testSite()
	etag := ask(site, "GET", "/web/dist/worker.js").Header().Get("ETag")
	if !strings.HasPrefix(etag, `"`) {
		t.Fatalf("ETag %s is not a strong one", etag)
	}
	for _, test := range []struct {
		header string
		status int
	}{
		{"If-None-Match: " + etag, 304},
		{"If-None-Match: W/" + etag, 304},
		{`If-None-Match: "other", ` + etag, 304},
		{"If-None-Match: *", 304},
		{`If-None-Match: "other"`, 200},
		{"If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT", 304},
		{"If-Modified-Since: Fri, 02 Jan 2026 03:04:04 GMT", 200},
		{"If-Match: " + etag, 200},
		{`If-Match: "other"`, 412},
		{"If-Unmodified-Since: Fri, 02 Jan 2026 03:04:04 GMT", 412},
	} {
		res := ask(site, "GET", "/web/dist/worker.js", test.header)
		if res.Code != test.status {
			t.Errorf("%s: got %d, want %d", test.header, res.Code, test.status)
		}
		if res.Code == 304 && (res.Body.Len() > 0 || res.Header().Get("ETag") != etag || res.Header().Get("Cache-Control") == "") {
			t.Errorf("%s: a 304 with %d bytes, %v", test.header, res.Body.Len(), res.Header())
		}
	}
}

func TestSite_ranges(t *testing.T) {
	site := testSite()
	etag := ask(site, "GET", "/web/dist/worker.js").Header().Get("ETag")
	for _, test := range []struct {
		headers     []string
		status      int
		body, where string
	}{
		{[]string{"Range: bytes=2-4"}, 206, "234", "bytes 2-4/10"},
		{[]string{"Range: bytes=7-"}, 206, "789", "bytes 7-9/10"},
		{[]string{"Range: bytes=-2"}, 206, "89", "bytes 8-9/10"},
		{[]string{"Range: bytes=10-"}, 416, "", "bytes */10"},
		{[]string{"Range: bytes=2-4", "If-Range: " + etag}, 206, "234", "bytes 2-4/10"},
		{[]string{"Range: bytes=2-4", `If-Range: "other"`}, 200, "0123456789", ""},
	} {
		res := ask(site, "GET", "/web/dist/worker.js", test.headers...)
		if res.Code != test.status || res.Header().Get("Content-Range") != test.where || test.body != "" && res.Body.String() != test.body {
			t.Errorf("%v: got %d %q %q", test.headers, res.Code, res.Header().Get("Content-Range"), res.Body)
		}
	}
	res := ask(site, "GET", "/web/dist/worker.js", "Range: bytes=0-1,8-9")
	_, boundary, _ := strings.Cut(res.Header().Get("Content-Type"), "boundary=")
	parts := multipart.NewReader(res.Body, boundary)
	for _, want := range []string{"01", "89"} {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatalf("two ranges: %v in a %d of %s", err, res.Code, res.Header().Get("Content-Type"))
		}
		if got, _ := io.ReadAll(part); string(got) != want {
			t.Errorf("a part is %q, want %q", got, want)
		}
	}
	// A part of a compressed file would be of no use.
	res = ask(site, "GET", "/web/dist/login.wasm", "Range: bytes=0-2", "Accept-Encoding: br")
	if res.Code != 206 || res.Body.String() != "ide" || res.Header().Get("Content-Encoding") != "" {
		t.Errorf("a range where br is welcome: got %d %q %v", res.Code, res.Body, res.Header())
	}
}

func TestSite_codings(t *testing.T) {
	site := testSite()
	for accept, want := range map[string]string{
		"":                             "identity",
		"br":                           "br",
		"gzip":                         "gzip",
		"x-gzip":                       "gzip",
		"GZIP, BR":                     "br",
		"gzip, deflate, br, zstd":      "br",
		"gzip;q=1.0, br;q=0.5":         "gzip",
		"br;q=0, gzip;q=0":             "identity",
		"br;q=0, *":                    "gzip",
		"*":                            "br",
		"*;q=0":                        "identity",
		"identity, br;q=0.5":           "identity",
		"identity;q=0.5, gzip ; q=0.6": "gzip",
		"identity;q=0, gzip;q=0.001":   "gzip",
		"gzip;q=0.001":                 "gzip",
		"deflate":                      "identity",
		"br;q=2, gzip;q=x":             "identity",
		"br;q=NaN":                     "identity",
		", ,":                          "identity",
	} {
		res := ask(site, "GET", "/web/dist/login.wasm", "Accept-Encoding: "+accept)
		coding := res.Header().Get("Content-Encoding")
		if coding == "" {
			coding = "identity"
		}
		if coding != want || res.Body.String() != want {
			t.Errorf("Accept-Encoding %q: got %s of %q, want %s", accept, coding, res.Body, want)
		}
		if res.Header().Get("Vary") != "Accept-Encoding" || res.Header().Get("Content-Type") != "application/wasm" {
			t.Errorf("Accept-Encoding %q: Vary is %q, type %q", accept, res.Header().Get("Vary"), res.Header().Get("Content-Type"))
		}
	}
	br := ask(site, "GET", "/web/dist/login.wasm", "Accept-Encoding: br")
	if br.Header().Get("Content-Length") != "2" {
		t.Errorf("Content-Length of the compressed is %q, want 2", br.Header().Get("Content-Length"))
	}
	plain := ask(site, "GET", "/web/dist/login.wasm")
	if br.Header().Get("ETag") == plain.Header().Get("ETag") {
		t.Error("the file and its compressed twin share an ETag")
	}
	again := ask(site, "GET", "/web/dist/login.wasm", "Accept-Encoding: br", "If-None-Match: "+br.Header().Get("ETag"))
	if again.Code != 304 || again.Header().Get("Content-Length") != "" {
		t.Errorf("revalidating the compressed: got %d, Content-Length %q", again.Code, again.Header().Get("Content-Length"))
	}
	if res := ask(site, "GET", "/web/dist/worker.js", "Accept-Encoding: br"); res.Header().Get("Vary") != "" || res.Header().Get("Content-Encoding") != "" {
		t.Errorf("a file without twins: %v", res.Header())
	}
}

func TestSite_ignoresTwinsOfAnOlderBuild(t *testing.T) {
	files := tree(map[string]string{"a.js": "new", "a.js.br": "old"})
	files["a.js.br"].ModTime = built.Add(-time.Second)
	res := ask(New(Mount{Prefix: "/", Files: files, CSP: csp("x")}), "GET", "/a.js", "Accept-Encoding: br")
	if res.Body.String() != "new" {
		t.Errorf("got %q, of a build before", res.Body)
	}
}

func TestSite_servesANewBuild(t *testing.T) {
	files := tree(map[string]string{"a.js": "one"})
	site := New(Mount{Prefix: "/", Files: files, CSP: csp("x")})
	before := ask(site, "GET", "/a.js").Header().Get("ETag")
	files["a.js"] = &fstest.MapFile{Data: []byte("two"), ModTime: built.Add(time.Second)}
	res := ask(site, "GET", "/a.js", "If-None-Match: "+before)
	if res.Code != 200 || res.Body.String() != "two" {
		t.Errorf("got %d %q, want the new file", res.Code, res.Body)
	}
}

func TestSite_linksLeadNowhere(t *testing.T) {
	outside, inside := filepath.Join(t.TempDir(), "secret.txt"), t.TempDir()
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(inside, "link.txt")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	root, err := os.OpenRoot(inside)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if res := ask(New(Mount{Prefix: "/", Files: root.FS(), CSP: csp("x")}), "GET", "/link.txt"); res.Code != 404 {
		t.Errorf("a link out of the tree: got %d %q", res.Code, res.Body)
	}
}

// Requests as no client library writes them.
func TestSite_rawRequests(t *testing.T) {
	server := httptest.NewServer(testSite())
	defer server.Close()
	for target, want := range map[string]string{
		"/../../../../etc/passwd":     "404",
		"/%2e%2e/%2e%2e/etc/passwd":   "404",
		"/web/dist/%2e%2e%2findex":    "404",
		"/web/dist/..%5c..%5cgo.mod":  "404",
		"/%00":                        "404",
		"/web/dist//worker.js":        "404",
		"/web/dist/worker.js":         "200",
		"/%77eb/dist/worker.js":       "200",
		"http://evil.test/index.html": "200", // absolute form: RFC 9112, 3.2.2
		"/%":                          "400",
		"/a b":                        "400",
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.WriteString(conn, "GET "+target+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(conn).ReadString('\n')
		conn.Close()
		if fields := strings.Fields(line); err != nil || fields[1] != want {
			t.Errorf("GET %s: got %q, %v; want %s", target, line, err, want)
		}
	}
}

func TestSite_contentThatIsNoFile(t *testing.T) {
	site := testSite()
	site.Add("/config.json", "default-src 'none'", []byte(`{}`))
	res := ask(site, "GET", "/config.json")
	if res.Code != 200 || res.Body.String() != `{}` || res.Header().Get("Content-Type") != "application/json" ||
		res.Header().Get("Content-Security-Policy") != "default-src 'none'" || res.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("got %d %q %v", res.Code, res.Body, res.Header())
	}
	if again := ask(site, "GET", "/config.json", "If-None-Match: "+res.Header().Get("ETag")); again.Code != 304 {
		t.Errorf("asked again: got %d, want 304", again.Code)
	}
	if res := ask(site, "POST", "/config.json"); res.Code != 405 {
		t.Errorf("POST: got %d, want 405", res.Code)
	}
}

func TestPolicies(t *testing.T) {
	p := Policies{Connect: []string{"https://api.test", "http://127.0.0.1:1"}}
	directives := func(policy string) map[string]string {
		all := map[string]string{}
		for part := range strings.SplitSeq(policy, "; ") {
			name, value, _ := strings.Cut(part, " ")
			if _, twice := all[name]; twice {
				t.Errorf("%s comes twice in %s", name, policy)
			}
			all[name] = value
		}
		return all
	}
	const api = "'self' https://api.test http://127.0.0.1:1"
	for _, test := range []struct {
		what, policy string
		want         map[string]string
	}{
		{"a page that embeds", p.Embedding(), map[string]string{
			"default-src": "'none'", "script-src": "'self'", "worker-src": "'self'", "connect-src": "'self'", "style-src": "'self'",
			"require-trusted-types-for": "'script'", "trusted-types": "exactlogin 'allow-duplicates'",
		}},
		{"page isolation", p.Isolated(), map[string]string{
			"default-src": "'none'", "script-src": "'self' 'wasm-unsafe-eval'", "connect-src": api, "require-trusted-types-for": "'script'",
		}},
		{"the worker", p.Worker(), map[string]string{
			"default-src": "'none'", "script-src": "'self' 'wasm-unsafe-eval'", "connect-src": api, "worker-src": "", "trusted-types": "",
		}},
		{"the login page", p.LoginPage(), map[string]string{
			"default-src": "'none'", "script-src": "'self' 'wasm-unsafe-eval'", "connect-src": "'self'", "manifest-src": "'self'",
			"frame-ancestors": "'none'", "trusted-types": "",
		}},
	} {
		got := directives(test.policy)
		for name, want := range test.want {
			if got[name] != want {
				t.Errorf("%s: %s is %q, want %q", test.what, name, got[name], want)
			}
		}
		if strings.Contains(strings.ReplaceAll(test.policy, "'wasm-unsafe-eval'", ""), "unsafe") || strings.Contains(test.policy, "*") {
			t.Errorf("%s is unsafe: %s", test.what, test.policy)
		}
	}
}

// No path reaches what is not a plainly named file of the tree.
func FuzzSite(f *testing.F) {
	for _, path := range []string{"/", "/index.html", "/sub", "/web/dist/../x", "/.secret", "//", "/a/.git/config", "/web/dist/login.wasm.br", "\\", "/%2e", "/?/."} {
		f.Add(path, "gzip;q=0.5, br")
	}
	site := testSite()
	f.Fuzz(func(t *testing.T, target, accept string) {
		res := ask(site, "GET", target, "Accept-Encoding: "+accept)
		path, _, _ := strings.Cut(target, "?") // a query names no file
		switch res.Code {
		case 200:
			if strings.Contains(path, "/.") || strings.Contains(path, "//") || res.Body.String() == "s" {
				t.Errorf("%q is served: %q", path, res.Body)
			}
		case 301:
			if location := res.Header().Get("Location"); !strings.HasPrefix(location, "./") {
				t.Errorf("%q leads to %q", path, location)
			}
		case 404:
		default:
			t.Errorf("%q: got %d", path, res.Code)
		}
	})
}
