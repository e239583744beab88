package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

func TestCacheControl(t *testing.T) {
	for name, hash := range map[string]bool{
		"app-3f9a1c2b.js": true, "app.3f9a1c2b7d.css": true, "x/login-9F3KQ2ZA.js": false, "chunk-ABCD2345.js": true, "index-BfH3k2_d.js": true,
		"a.b-0123456789abcdef0123456789abcdef.js.map": true,
		"index.html": false, "exact-login.js": false, "exact-login.de.js": false, "login.wasm": false, "icon-maskable-512.png": false,
		"report-20260102.html": false, "deadbeef.js": false, "a-deadbeef.js": false, "wasm_exec.js": false, "exactlogin.d.ts": false,
		"my-settings.js": false, "my-SETTINGS.js": false, "3f9a1c2b.js": false, "a-3f9a1c2b": false, "3f9a1c2b-a/index.html": false,
	} {
		if got := CacheControl(name); (got != "no-cache") != hash || hash && got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestCompress(t *testing.T) {
	content := []byte(strings.Repeat("Sign in to Exact Payments. ", 4000))
	open := map[string]func([]byte) (io.Reader, error){
		"br":   func(b []byte) (io.Reader, error) { return brotli.NewReader(bytes.NewReader(b)), nil },
		"gzip": func(b []byte) (io.Reader, error) { return gzip.NewReader(bytes.NewReader(b)) },
		"zstd": func(b []byte) (io.Reader, error) {
			return zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderMaxWindow(8<<20)) // as browsers do
		},
	}
	for coding := range Suffixes() {
		for _, effort := range []Effort{Quick, Thorough} {
			small, err := Compress(coding, content, effort)
			if err != nil {
				t.Fatal(err)
			}
			again, _ := Compress(coding, content, effort)
			if !bytes.Equal(small, again) {
				t.Errorf("%s: two runs differ", coding)
			}
			r, err := open[coding](small)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s does not give back what went in: %v", coding, err)
			}
			if len(small) > len(content)/10 {
				t.Errorf("%s: %d bytes of %d", coding, len(small), len(content))
			}
		}
	}
	if _, err := Compress("deflate", content, Quick); err == nil {
		t.Error("deflate is no coding of ours")
	}
}

// Without a build's twins, scripts are compressed as they are read; pictures,
// tiny files and large programs are not.
func TestSite_compressesWhatIsSmall(t *testing.T) {
	text := strings.Repeat("const a = 1; ", 200)
	site := New(Mount{Prefix: "/", CSP: csp("x"), Files: tree(map[string]string{
		"a.js": text, "a.png": text, "tiny.js": "1", "large.js": strings.Repeat(text, 200),
	})})
	for path, want := range map[string]string{"/a.js": "br", "/a.png": "", "/tiny.js": "", "/large.js": ""} {
		res := ask(site, "GET", path, "Accept-Encoding: br, gzip")
		if got := res.Header().Get("Content-Encoding"); got != want || res.Code != 200 {
			t.Errorf("%s: coded as %q, want %q", path, got, want)
		}
	}
	for _, coding := range []string{"zstd", "gzip"} {
		if got := ask(site, "GET", "/a.js", "Accept-Encoding: "+coding).Header().Get("Content-Encoding"); got != coding {
			t.Errorf("%s: coded as %q", coding, got)
		}
	}
}

// A body that matters to nobody is still read strictly.
func TestSite_requestBodies(t *testing.T) {
	server := newServer(t, testSite())
	for _, test := range []struct {
		body   string
		status int
	}{{"abc", 200}, {strings.Repeat("a", maxBody+1), 413}} {
		if got := get(t, server, test.body); got != test.status {
			t.Errorf("a body of %d bytes: got %d, want %d", len(test.body), got, test.status)
		}
	}
}

func newServer(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func get(t *testing.T, url, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}
