package main

import (
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// An exported site has the headers that serve itself sends.
func TestExport(t *testing.T) {
	tree, dir := buildTree(t), filepath.Join(t.TempDir(), "out")
	large := strings.Repeat("export const a = 1;\n", 500)
	if err := os.WriteFile(filepath.Join(tree, "web/dist/exactlogin.js"), []byte(large), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs output
	if status := run(t.Context(), []string{"export", "-root", tree, "-api", "production", "-connect", "https://more.test", dir}, &out, &errs); status != 0 {
		t.Fatalf("ended with %d: %s", status, errs.String())
	}
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	for name, want := range map[string]string{
		"site/index.html": "login page", "site/web/dist/worker.js": "// worker", "site/web/dist/exactlogin.js": large,
		"site/web/examples/blank/index.html": "blank", "site/config.json": `{"api":"https://api-p2.exactpay.com","sandbox":false}`,
	} {
		if got := read(name); got != want {
			t.Errorf("%s is %.80q", name, got)
		}
	}
	packed, err := gzip.NewReader(strings.NewReader(read("site/web/dist/exactlogin.js.gz")))
	if err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(packed); err != nil || string(content) != large {
		t.Errorf("the compressed twin is another file: %v", err)
	}
	for _, name := range []string{"site/web/dist/exactlogin.js.br", "site/web/dist/exactlogin.js.zst"} {
		if size := len(read(name)); size == 0 || size >= len(large) {
			t.Errorf("%s has %d bytes", name, size)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "site/web/src")); err == nil {
		t.Error("sources are exported")
	}

	page := strings.TrimSuffix(start(t, "-root", tree, "-api", "production", "-connect", "https://more.test").line(t, "Login page"), "/")
	headers := map[string]map[string]string{}
	path := ""
	for line := range strings.Lines(read("site/_headers")) {
		line = strings.TrimSuffix(line, "\n")
		if field, ok := strings.CutPrefix(line, "  "); ok {
			name, value, _ := strings.Cut(field, ": ")
			headers[path][name] = value
		} else if path = line; headers[path] != nil {
			t.Errorf("two rules for %s, which would be joined", path)
		} else {
			headers[path] = map[string]string{}
		}
	}
	for _, path := range []string{"/", "/index.html", "/config.json", "/web/dist/worker.js", "/web/dist/login.wasm", "/web/examples/blank/", "/web/examples/blank/index.html"} {
		if headers[path] == nil {
			t.Errorf("no rule for %s", path)
		}
	}
	nginx, caddyfile, objects, function := read("nginx.conf"), read("Caddyfile"), read("s3.sh"), read("cloudfront.js")
	for path, fields := range headers {
		res, _ := fetch(t, "GET", page+path, "")
		if res.StatusCode != 200 {
			t.Errorf("%s: a rule for a %s", path, res.Status)
		}
		for _, name := range []string{"Content-Security-Policy", "Content-Type", "Cache-Control", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy"} {
			want, _, _ := strings.Cut(res.Header.Get(name), "; report-uri") // nobody takes reports there
			if fields[name] != want || want == "" {
				t.Errorf("%s: %s is %q, serve sends %q", path, name, fields[name], want)
			}
		}
		policy := fields["Content-Security-Policy"]
		if !strings.Contains(nginx, `"`+path+`" "`+policy+`";`) || !strings.Contains(nginx, `"`+path+`" "`+fields["Cache-Control"]+`";`) {
			t.Errorf("nginx.conf says nothing of %s", path)
		}
		if !strings.Contains(caddyfile, `Content-Security-Policy "`+policy+`"`) || !strings.Contains(function, policy) {
			t.Errorf("the policy of %s is missing: %s", path, policy)
		}
		if !strings.HasSuffix(path, "/") && !strings.Contains(objects, `'site`+path+`' "s3://$bucket`+path+`" --content-type '`+fields["Content-Type"]+`'`) {
			t.Errorf("s3.sh does not send %s", path)
		}
	}
	if len(headers) < 10 {
		t.Errorf("%d rules", len(headers))
	}
	if text, err := exec.Command("sh", "-n", filepath.Join(dir, "s3.sh")).CombinedOutput(); err != nil {
		t.Errorf("s3.sh: %v %s", err, text)
	}
}
