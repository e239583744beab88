package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// certificateFiles writes a certificate as one has it from an authority.
func certificateFiles(t *testing.T, dir string) (certFile, keyFile, print string) {
	t.Helper()
	certificate, err := selfSigned()
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "site.pem"), filepath.Join(dir, "site.key")
	for name, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}, keyFile: {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile, fingerprint(certificate)
}

func TestServe_certificateFromFiles(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile, first := certificateFiles(t, dir)
	out := start(t, "-api", "production", "-tls-cert", certFile, "-tls-key", keyFile)
	page := strings.TrimSuffix(out.line(t, "Login page"), "/")
	got := func() string {
		conn, err := tls.Dial("tcp", strings.TrimPrefix(page, "https://"), &tls.Config{InsecureSkipVerify: true}) // a test's own server
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return fingerprint(tls.Certificate{Leaf: conn.ConnectionState().PeerCertificates[0]})
	}
	if got() != first {
		t.Error("it shows another certificate")
	}
	for _, path := range []string{"/", "/no", "/healthz", "/config.json"} {
		res, _ := fetch(t, "GET", page+path, "")
		if res.ProtoMajor != 2 || res.Header.Get("Strict-Transport-Security") != "max-age=31536000" || res.Header.Get("Reporting-Endpoints") == "" {
			t.Errorf("%s: %s %v", path, res.Proto, res.Header)
		}
	}
	// HTTP/1.1 over TLS is as strict, and as well protected, as in the clear.
	conn, err := tls.Dial("tcp", strings.TrimPrefix(page, "https://"), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	for _, want := range []int{200, 400} {
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		if res.StatusCode != want || res.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("HTTP/1.1: got %s %v, want %d", res.Status, res.Header, want)
		}
	}
	// A renewal is seen without a restart.
	_, _, second := certificateFiles(t, dir)
	future := time.Now().Add(time.Hour)
	if err := os.Chtimes(certFile, future, future); err != nil {
		t.Fatal(err)
	}
	if got() != second {
		t.Error("the renewed certificate is not used")
	}
	// Half a renewal is not.
	if err := os.WriteFile(certFile, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got() != second {
		t.Error("with a broken file it does not keep the certificate it had")
	}
}

func TestServe_noPromisesWithoutATrustedCertificate(t *testing.T) {
	for _, flags := range [][]string{{"-api", "production"}, {"-api", "production", "-tls"}} {
		res, _ := fetch(t, "GET", start(t, flags...).line(t, "Login page"), "")
		if res.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%v: browsers would refuse this host in the clear for a year", flags)
		}
	}
}

func TestServe_health(t *testing.T) {
	out := start(t, "-api", "production", "-metrics", "127.0.0.1:0")
	page := strings.TrimSuffix(out.line(t, "Login page"), "/")
	metrics := strings.TrimSuffix(out.line(t, "Metrics"), "/metrics")
	for _, base := range []string{page, metrics} {
		res, body := fetch(t, "GET", base+"/healthz", "")
		if res.StatusCode != 200 || body != "ok\n" || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %s %q", base, res.Status, body)
		}
	}
	if res, _ := fetch(t, "GET", page+"/metrics", ""); res.StatusCode != 404 {
		t.Errorf("everybody can read the metrics: %s", res.Status)
	}
}

func TestServe_metrics(t *testing.T) {
	out := start(t, "-api", "production", "-metrics", "127.0.0.1:0")
	page := strings.TrimSuffix(out.line(t, "Login page"), "/")
	fetch(t, "GET", page+"/", "")
	fetch(t, "GET", page+"/no", "")
	fetch(t, "GET", page+"/healthz", "")
	value := func(name string) string {
		_, text := fetch(t, "GET", out.line(t, "Metrics"), "")
		for line := range strings.Lines(text) {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(line), name+" "); ok {
				return rest
			}
		}
		t.Fatalf("no %s in:\n%s", name, text)
		return ""
	}
	// An answer is counted after it was sent.
	for limit := time.Now().Add(patience); value("exactlogin_request_seconds_count") != "3"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("%s requests were counted, want 3", value("exactlogin_request_seconds_count"))
		}
	}
	for name, want := range map[string]string{
		`exactlogin_requests_total{code="2xx"}`: "2", `exactlogin_requests_total{code="4xx"}`: "1", `exactlogin_request_seconds_bucket{le="+Inf"}`: "3",
		"exactlogin_csp_reports_total": "0", "exactlogin_connections_refused_total": "0",
	} {
		if got := value(name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	_, text := fetch(t, "GET", out.line(t, "Metrics"), "")
	for line := range strings.Lines(text) {
		if !regexp.MustCompile(`^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e+-]+)\n$`).MatchString(line) {
			t.Errorf("this is no line of the format: %q", line)
		}
	}
}

// logged starts serve with -log json and gives the lines with this message.
func logged(t *testing.T, errs *output, message string, n int) []map[string]any {
	t.Helper()
	for limit := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		var lines []map[string]any
		for line := range strings.Lines(errs.String()) {
			var fields map[string]any
			if !strings.HasSuffix(line, "\n") {
				continue
			}
			if err := json.Unmarshal([]byte(line), &fields); err != nil {
				t.Fatalf("a line that is no JSON: %q", line)
			}
			if fields["msg"] == message {
				lines = append(lines, fields)
			}
		}
		if len(lines) >= n {
			return lines
		}
		if time.Now().After(limit) {
			t.Fatalf("%d lines %q, want %d:\n%s", len(lines), message, n, errs)
		}
	}
}

func TestServe_log(t *testing.T) {
	out, errs := startLogging(t, "-api", "production", "-log", "json")
	page := strings.TrimSuffix(out.line(t, "Login page"), "/")
	fetch(t, "GET", page+"/?token=canary-1", "", "Authorization: canary-2", "Cookie: canary-3", "Referer: https://x.test/?canary-4")
	logged(t, errs, "request", 1) // a line is written after the answer
	fetch(t, "GET", page+"/healthz?canary-5", "", "Authorization: canary-6")
	for i, line := range logged(t, errs, "request", 2) {
		want := []string{"/", "/healthz"}[i]
		if line["path"] != want || line["method"] != "GET" || line["status"] != 200.0 || line["remote"] != "127.0.0.1" || line["proto"] != "HTTP/1.1" || line["ms"] == nil || line["bytes"] == nil {
			t.Errorf("a request for %s is logged as %v", want, line)
		}
	}
	if strings.Contains(errs.String(), "canary") {
		t.Errorf("the log has secrets:\n%s", errs)
	}
}

func TestServe_policyReports(t *testing.T) {
	out, errs := startLogging(t, "-api", "production", "-log", "json")
	page := strings.TrimSuffix(out.line(t, "Login page"), "/")
	res, _ := fetch(t, "GET", page+"/", "")
	if !strings.Contains(res.Header.Get("Content-Security-Policy"), "; report-uri "+reportPath) {
		t.Errorf("pages do not say where to report: %s", res.Header.Get("Content-Security-Policy"))
	}
	for _, test := range []struct {
		method, kind, body string
		status             int
	}{
		{"POST", "application/csp-report", `{"csp-report":{"document-uri":"https://me:canary@a.test/p?canary#canary","effective-directive":"script-src","blocked-uri":"https://evil.test/x?canary"}}`, 204},
		{"POST", "application/reports+json", `[{"type":"csp-violation","body":{"documentURL":"https://a.test/q","effectiveDirective":"img-src","blockedURL":"data:canary"}},{"type":"other","body":{}}]`, 204},
		{"POST", "application/csp-report", `{"csp-report":`, 400},
		{"POST", "application/reports+json", `{}`, 400},
		{"POST", "text/plain", "canary", 415},
		{"POST", "application/csp-report", strings.Repeat(" ", maxReport+1), 413},
		{"GET", "", "", 405},
	} {
		res, body := fetch(t, test.method, page+reportPath, test.body, "Content-Type: "+test.kind)
		if res.StatusCode != test.status || res.Header.Get("X-Content-Type-Options") == "" {
			t.Errorf("%s %s %.60s: got %s %q, want %d", test.method, test.kind, test.body, res.Status, body, test.status)
		}
	}
	lines := logged(t, errs, "blocked by the Content-Security-Policy", 2)
	want := []map[string]any{
		{"directive": "script-src", "blocked": "https://evil.test/x", "page": "https://a.test/p"},
		{"directive": "img-src", "blocked": "data:", "page": "https://a.test/q"},
	}
	for i, line := range lines {
		for name, value := range want[min(i, 1)] {
			if line[name] != value {
				t.Errorf("report %d: %s is %v, want %v", i, name, line[name], value)
			}
		}
	}
	if len(lines) != 2 || strings.Contains(errs.String(), "canary") {
		t.Errorf("the log is\n%s", errs)
	}
}

// Nobody fills the disk by way of reports.
func TestReports_areLoggedWithinALimit(t *testing.T) {
	h, now, logged := &reports{}, time.Now().Truncate(time.Minute), 0
	for range 10 * reportsAMinute {
		if h.may(now) {
			logged++
		}
	}
	if logged != reportsAMinute {
		t.Errorf("%d of a minute's reports may be logged, want %d", logged, reportsAMinute)
	}
	if !h.may(now.Add(time.Minute)) {
		t.Error("none may in the next minute")
	}
}

func TestServe_connectionLimit(t *testing.T) {
	out := start(t, "-api", "production", "-connections", "1")
	address := strings.TrimSuffix(strings.TrimPrefix(out.line(t, "Login page"), "http://"), "/")
	status := func() string {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(patience))
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		line, _ := bufio.NewReader(conn).ReadString('\n')
		return line
	}
	if got := status(); got != "HTTP/1.1 200 OK\r\n" {
		t.Errorf("the first connection: %q", got)
	}
	if got := status(); got != "HTTP/1.1 503 Service Unavailable\r\n" {
		t.Errorf("the second: %q", got)
	}
}

// What a page loads first is told ahead of it, to browsers, over HTTP/2.
func TestServe_earlyHints(t *testing.T) {
	out := start(t, "-api", "production", "-tls")
	page := out.line(t, "Login page")
	hinted := func(headers ...string) (hints []string, res *http.Response) {
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
		defer transport.CloseIdleConnections()
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			hints = append(hints, header["Link"]...)
			if len(header) != 1 || code != 103 {
				t.Errorf("a %d with %v", code, header)
			}
			return nil
		}})
		req, err := http.NewRequestWithContext(ctx, "GET", page+"hints.html", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range headers {
			name, value, _ := strings.Cut(line, ": ")
			req.Header.Set(name, value)
		}
		res, err = transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return hints, res
	}
	want := []string{"</app.css>; rel=preload; as=style", "</early.js>; rel=preload; as=script", "</web/dist/exactlogin.js>; rel=modulepreload", "</web/dist/other.js>; rel=modulepreload"}
	hints, res := hinted("Sec-Fetch-Mode: navigate")
	if strings.Join(hints, "\n") != strings.Join(want, "\n") || res.Header.Get("Link") != strings.Join(want, ", ") || res.Header.Get("ETag") == "" {
		t.Errorf("got %q, then %q; want %q", hints, res.Header.Get("Link"), want)
	}
	if hints, _ := hinted(); len(hints) > 0 {
		t.Errorf("a client that is no browser's page gets %q", hints)
	}
}

func TestServe_embedded(t *testing.T) {
	former := embedded
	t.Cleanup(func() { embedded, builtAt = former, "" })
	embedded = fstest.MapFS{
		"app/dist/index.html": {Data: []byte("within")}, "web/dist/worker.js": {Data: []byte("plain")}, "web/dist/worker.js.br": {Data: []byte("small")},
		"web/examples/blank/index.html": {Data: []byte("blank")},
	}
	builtAt = "1767323045"
	out, errs := new(output), new(output)
	c, status := parse([]string{"-api", "production", "-addr", "127.0.0.1:0"}, out, errs)
	if c == nil {
		t.Fatal(status, errs)
	}
	if err := c.openFiles(); err != nil {
		t.Fatal(err)
	}
	site, err := c.site(c.api, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	server := newTestServer(t, site)
	res, body := fetch(t, "GET", server+"/", "")
	if body != "within" || res.Header.Get("Last-Modified") != "Fri, 02 Jan 2026 03:04:05 GMT" || res.Header.Get("ETag") == "" {
		t.Errorf("got %q %v", body, res.Header)
	}
	if res, body := fetch(t, "GET", server+"/web/dist/worker.js", "", "Accept-Encoding: br"); body != "small" || res.Header.Get("Content-Encoding") != "br" {
		t.Errorf("compressed: got %q %v", body, res.Header)
	}
	if _, body := fetch(t, "GET", server+"/web/examples/blank-page/", ""); body != "blank" {
		t.Errorf("an example under the other policy: %q", body)
	}
}
