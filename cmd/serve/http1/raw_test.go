package http1

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"exactlogin/cmd/serve/static"
)

// patience is how long a condition may take on a loaded machine.
const patience = 30 * time.Second

// whole is a limit within which a whole request arrives on the busiest machine.
const whole = time.Second

var built = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const (
	onTheDot = "Fri, 02 Jan 2026 03:04:05 GMT"
	before   = "Fri, 02 Jan 2026 03:04:04 GMT"
	after    = "Fri, 02 Jan 2026 03:04:06 GMT"
)

func testSite() *static.Site {
	files := fstest.MapFS{}
	for name, content := range map[string]string{
		"index.html": "<p>home", "f.txt": "0123456789", "empty.txt": "", "sub/index.html": "sub", ".secret": "secret",
		"app-3f9a1c2b.js": "hashed", "big.wasm": strings.Repeat("w", 1<<20),
		"c.wasm": "identity", "c.wasm.br": "br", "c.wasm.zst": "zstd", "c.wasm.gz": "gzip",
	} {
		files[name] = &fstest.MapFile{Data: []byte(content), ModTime: built}
	}
	site := static.New(static.Mount{Prefix: "/", Files: files, CSP: func(string) string { return "default-src 'self'" }})
	site.Always = []static.Field{{Name: "X-Always", Value: "here"}}
	return site
}

// A rig is a front with a site, and a handler for /echo that net/http serves.
type rig struct {
	t       *testing.T
	front   *Front
	servers []*http.Server
	addr    string
	mu      sync.Mutex
	told    []Exchange
	entered chan struct{} // /wait has begun
	release chan struct{} // and may end
	left    chan struct{} // its client has gone
}

func newRig(t *testing.T, o Options) *rig {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, addr: l.Addr().String(), entered: make(chan struct{}, 8), release: make(chan struct{}), left: make(chan struct{}, 8)}
	site := testSite()
	o.Always = site.Always
	o.Ready = func(q *static.Request) *static.Answer {
		if q.Path == "/echo" || q.Path == "/wait" {
			return nil
		}
		return site.Answer(q)
	}
	o.Done = func(e Exchange) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.told = append(r.told, e)
	}
	r.front = New(l, nil, o)
	one, two, serve := r.front.Serve(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		switch q.URL.Path {
		case "/echo":
			body, err := io.ReadAll(q.Body)
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			fmt.Fprintf(w, "%s %s", q.Method, body)
		case "/wait":
			r.entered <- struct{}{}
			select {
			case <-r.release:
				fmt.Fprint(w, "waited")
			case <-q.Context().Done():
				r.left <- struct{}{}
			}
		default:
			site.ServeHTTP(w, q)
		}
	}), func(*http.Server) {})
	r.servers = []*http.Server{one, two}
	ended := make(chan error, 1)
	go func() { ended <- serve() }()
	t.Cleanup(func() {
		_ = one.Close()
		_ = two.Close()
		l.Close()
		select {
		case <-ended:
		case <-time.After(patience):
			t.Error("the front does not end")
		}
	})
	return r
}

type wire struct {
	net.Conn
	*bufio.Reader
	t *testing.T
}

func (r *rig) dial() *wire {
	r.t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		r.t.Fatal(err)
	}
	return &wire{conn, bufio.NewReader(conn), r.t}
}

func (w *wire) Read(p []byte) (int, error) { return w.Reader.Read(p) }

func (w *wire) say(text string) {
	w.t.Helper()
	if _, err := io.WriteString(w.Conn, text); err != nil {
		w.t.Fatal(err)
	}
}

// answer reads one answer, to a request of this method.
func (w *wire) answer(method string) (*http.Response, string) {
	w.t.Helper()
	res, err := http.ReadResponse(w.Reader, &http.Request{Method: method})
	if err != nil {
		w.t.Fatalf("reading an answer: %v", err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatalf("reading an answer's body: %v", err)
	}
	return res, string(body)
}

// ends checks that the server has closed, with nothing more to say.
func (w *wire) ends() {
	w.t.Helper()
	if rest, err := io.ReadAll(w.Reader); len(rest) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		w.t.Errorf("want the connection's end, got %.200q, %v", rest, err)
	}
}

// A check is one request as bytes, and what is to come back.
type check struct {
	name   string
	send   string // "\n" at a line's end stands for CR LF, unless raw
	raw    bool
	status int
	body   string            // exactly, if not ""
	fields map[string]string // "" = must be absent, "*" = any
	closes bool
}

func get(target string, lines ...string) string {
	return "GET " + target + " HTTP/1.1\nHost: x\n" + strings.Join(append(lines, "\n"), "\n")
}

func TestFront_raw(t *testing.T) {
	r := newRig(t, Options{})
	tagOf := func(target string, lines ...string) string {
		c := r.dial()
		c.say(strings.ReplaceAll(get(target, lines...), "\n", "\r\n"))
		res, _ := c.answer("GET")
		return res.Header.Get("ETag")
	}
	tag, brTag := tagOf("/f.txt"), tagOf("/c.wasm", "Accept-Encoding: br")
	if !regexp.MustCompile(`^"[^"]+"$`).MatchString(tag) || tag == brTag {
		t.Fatalf("ETags %s and %s are not strong and different", tag, brTag)
	}
	crlf := func(fields ...string) map[string]string {
		m := map[string]string{}
		for _, f := range fields {
			name, value, _ := strings.Cut(f, ": ")
			m[name] = value
		}
		return m
	}
	host := "Host: x\n"
	checks := []check{
		// Plain.
		{name: "a file", send: get("/f.txt"), status: 200, body: "0123456789",
			fields: crlf("Content-Type: text/plain; charset=utf-8", "Content-Length: 10", "Date: *", "Last-Modified: "+onTheDot, "Accept-Ranges: bytes", "Cache-Control: no-cache", "Server: ", "X-Always: here")},
		{name: "an empty file", send: get("/empty.txt"), status: 200, fields: crlf("Content-Length: 0")},
		{name: "a query", send: get("/f.txt?a=b"), status: 200, body: "0123456789"},
		{name: "a hashed name", send: get("/app-3f9a1c2b.js"), status: 200, fields: crlf("Cache-Control: public, max-age=31536000, immutable")},
		{name: "a folder's page", send: get("/sub/"), status: 200, body: "sub"},
		{name: "a folder", send: get("/sub"), status: 301, fields: crlf("Location: ./sub/")},
		{name: "nothing", send: get("/no"), status: 404, fields: crlf("Cache-Control: no-store")},

		// Conditions.
		{name: "If-None-Match", send: get("/f.txt", "If-None-Match: "+tag), status: 304,
			fields: crlf("ETag: "+tag, "Cache-Control: no-cache", "Date: *", "Content-Length: ", "Content-Type: ", "Last-Modified: ")},
		{name: "If-None-Match weak", send: get("/f.txt", "If-None-Match: W/"+tag), status: 304},
		{name: "If-None-Match star", send: get("/f.txt", "If-None-Match: *"), status: 304},
		{name: "If-None-Match list", send: get("/f.txt", `If-None-Match: "a", W/"b,c" ,`+tag), status: 304},
		{name: "If-None-Match lines", send: get("/f.txt", `If-None-Match: "a"`, "If-None-Match: "+tag), status: 304},
		{name: "If-None-Match other", send: get("/f.txt", `If-None-Match: "a"`), status: 200},
		{name: "If-None-Match without quotes", send: get("/f.txt", "If-None-Match: "+strings.Trim(tag, `"`)), status: 200},
		{name: "If-None-Match of nothing", send: get("/no", "If-None-Match: *"), status: 404},
		{name: "If-None-Match over a date", send: get("/f.txt", `If-None-Match: "a"`, "If-Modified-Since: "+after), status: 200},
		{name: "If-None-Match of another coding", send: get("/c.wasm", "If-None-Match: "+brTag, "Accept-Encoding: gzip"), status: 200},
		{name: "If-None-Match of a coding", send: get("/c.wasm", "If-None-Match: "+brTag, "Accept-Encoding: br"), status: 304, fields: crlf("Vary: Accept-Encoding", "ETag: "+brTag)},
		{name: "If-Modified-Since same", send: get("/f.txt", "If-Modified-Since: "+onTheDot), status: 304},
		{name: "If-Modified-Since later", send: get("/f.txt", "If-Modified-Since: "+after), status: 304},
		{name: "If-Modified-Since before", send: get("/f.txt", "If-Modified-Since: "+before), status: 200},
		{name: "If-Modified-Since of RFC 850", send: get("/f.txt", "If-Modified-Since: Friday, 02-Jan-26 03:04:05 GMT"), status: 304},
		{name: "If-Modified-Since of asctime", send: get("/f.txt", "If-Modified-Since: Fri Jan  2 03:04:05 2026"), status: 304},
		{name: "If-Modified-Since nonsense", send: get("/f.txt", "If-Modified-Since: soon"), status: 200},
		{name: "If-Match", send: get("/f.txt", "If-Match: "+tag), status: 200},
		{name: "If-Match star", send: get("/f.txt", "If-Match: *"), status: 200},
		{name: "If-Match list", send: get("/f.txt", `If-Match: "a", `+tag), status: 200},
		{name: "If-Match other", send: get("/f.txt", `If-Match: "a"`), status: 412},
		{name: "If-Match weak", send: get("/f.txt", "If-Match: W/"+tag), status: 412},
		{name: "If-Match over a date", send: get("/f.txt", "If-Match: "+tag, "If-Unmodified-Since: "+before), status: 200},
		{name: "If-Match before If-None-Match", send: get("/f.txt", `If-Match: "a"`, "If-None-Match: "+tag), status: 412},
		{name: "If-Unmodified-Since same", send: get("/f.txt", "If-Unmodified-Since: "+onTheDot), status: 200},
		{name: "If-Unmodified-Since before", send: get("/f.txt", "If-Unmodified-Since: "+before), status: 412},
		{name: "If-Unmodified-Since nonsense", send: get("/f.txt", "If-Unmodified-Since: soon"), status: 200},

		// Ranges.
		{name: "a range", send: get("/f.txt", "Range: bytes=2-4"), status: 206, body: "234", fields: crlf("Content-Range: bytes 2-4/10", "Content-Length: 3", "ETag: "+tag, "Date: *", "Cache-Control: no-cache")},
		{name: "an open range", send: get("/f.txt", "Range: bytes=7-"), status: 206, body: "789"},
		{name: "a suffix", send: get("/f.txt", "Range: bytes=-3"), status: 206, body: "789", fields: crlf("Content-Range: bytes 7-9/10")},
		{name: "a suffix longer than the file", send: get("/f.txt", "Range: bytes=-30"), status: 206, body: "0123456789", fields: crlf("Content-Range: bytes 0-9/10")},
		{name: "an end beyond the file", send: get("/f.txt", "Range: bytes=8-99999999999999999999"), status: 206, body: "89"},
		{name: "the unit in capitals", send: get("/f.txt", "Range: BYTES=0-0"), status: 206, body: "0"},
		{name: "a range beyond the file", send: get("/f.txt", "Range: bytes=10-"), status: 416, fields: crlf("Content-Range: bytes */10")},
		{name: "a start beyond every file", send: get("/f.txt", "Range: bytes=99999999999999999999-"), status: 416},
		{name: "a suffix of nothing", send: get("/f.txt", "Range: bytes=-0"), status: 416},
		{name: "a range backwards", send: get("/f.txt", "Range: bytes=4-2"), status: 200},
		{name: "a range of nonsense", send: get("/f.txt", "Range: bytes=a-b"), status: 200},
		{name: "a range with a sign", send: get("/f.txt", "Range: bytes=+1-2"), status: 200},
		{name: "a range of another unit", send: get("/f.txt", "Range: lines=0-1"), status: 200},
		{name: "ranges that overlap", send: get("/f.txt", "Range: bytes=0-,0-,0-"), status: 200},
		{name: "ranges beyond counting", send: get("/big.wasm", "Range: bytes="+strings.Repeat("0-0,", 400)+"1-1"), status: 200},
		{name: "two ranges, one within", send: get("/f.txt", "Range: bytes=1-2,50-60"), status: 206, body: "12"},
		{name: "two ranges, none within", send: get("/f.txt", "Range: bytes=40-41,50-60"), status: 416},
		{name: "a range of an empty file", send: get("/empty.txt", "Range: bytes=0-"), status: 200},
		{name: "a range of a file with twins", send: get("/c.wasm", "Range: bytes=0-2", "Accept-Encoding: br"), status: 206, body: "ide", fields: crlf("Content-Encoding: ", "Vary: Accept-Encoding")},
		{name: "a range where the plain file is refused", send: get("/c.wasm", "Range: bytes=0-2", "Accept-Encoding: br, identity;q=0"), status: 200, body: "br"},
		{name: "a range of a HEAD", send: strings.Replace(get("/f.txt", "Range: bytes=2-4"), "GET", "HEAD", 1), status: 200, fields: crlf("Content-Length: 10", "Content-Range: ")},
		{name: "If-Range", send: get("/f.txt", "Range: bytes=0-0", "If-Range: "+tag), status: 206, body: "0"},
		{name: "If-Range other", send: get("/f.txt", "Range: bytes=0-0", `If-Range: "a"`), status: 200},
		{name: "If-Range weak", send: get("/f.txt", "Range: bytes=0-0", "If-Range: W/"+tag), status: 200},
		{name: "If-Range date", send: get("/f.txt", "Range: bytes=0-0", "If-Range: "+onTheDot), status: 206},
		{name: "If-Range later date", send: get("/f.txt", "Range: bytes=0-0", "If-Range: "+after), status: 200},
		{name: "If-Range beyond the file", send: get("/f.txt", "Range: bytes=99-", `If-Range: "a"`), status: 200},
		{name: "If-Range alone", send: get("/f.txt", "If-Range: "+tag), status: 200},
		{name: "a range with If-None-Match", send: get("/f.txt", "Range: bytes=0-0", "If-None-Match: "+tag), status: 304},
		{name: "a range with If-Match", send: get("/f.txt", "Range: bytes=0-0", `If-Match: "a"`), status: 412},

		// Codings.
		{name: "no coding", send: get("/c.wasm"), status: 200, body: "identity", fields: crlf("Content-Encoding: ", "Vary: Accept-Encoding")},
		{name: "br", send: get("/c.wasm", "Accept-Encoding: gzip, deflate, br, zstd"), status: 200, body: "br", fields: crlf("Content-Encoding: br", "Vary: Accept-Encoding", "Content-Length: 2", "Content-Type: application/wasm")},
		{name: "zstd", send: get("/c.wasm", "Accept-Encoding: gzip, zstd"), status: 200, body: "zstd", fields: crlf("Content-Encoding: zstd")},
		{name: "gzip", send: get("/c.wasm", "Accept-Encoding: GZIP"), status: 200, body: "gzip"},
		{name: "codings in lines", send: get("/c.wasm", "Accept-Encoding: deflate", "Accept-Encoding: br"), status: 200, body: "br"},
		{name: "weights", send: get("/c.wasm", "Accept-Encoding: br;q=0.2, gzip;q=0.9, zstd;q=0.3"), status: 200, body: "gzip"},
		{name: "no br", send: get("/c.wasm", "Accept-Encoding: br;q=0, zstd;q=0.000, gzip;q=0"), status: 200, body: "identity"},
		{name: "anything but br", send: get("/c.wasm", "Accept-Encoding: br;q=0, *"), status: 200, body: "zstd"},
		{name: "anything but the plain file", send: get("/c.wasm", "Accept-Encoding: identity;q=0, *;q=0.5"), status: 200, body: "br"},
		{name: "nothing at all", send: get("/c.wasm", "Accept-Encoding: identity;q=0"), status: 406, fields: crlf("Vary: Accept-Encoding")},
		{name: "nothing that there is", send: get("/f.txt", "Accept-Encoding: br, identity;q=0"), status: 406},
		{name: "an empty Accept-Encoding", send: get("/c.wasm", "Accept-Encoding:"), status: 200, body: "identity"},
		{name: "a coding unknown", send: get("/c.wasm", "Accept-Encoding: compress"), status: 200, body: "identity"},

		// Methods.
		{name: "HEAD", send: strings.Replace(get("/f.txt"), "GET", "HEAD", 1), status: 200, fields: crlf("Content-Length: 10", "ETag: "+tag)},
		{name: "HEAD of nothing", send: strings.Replace(get("/no"), "GET", "HEAD", 1), status: 404},
		{name: "OPTIONS", send: strings.Replace(get("/f.txt"), "GET", "OPTIONS", 1), status: 204, fields: crlf("Allow: GET, HEAD, OPTIONS", "Content-Length: ")},
		{name: "OPTIONS of the server", send: strings.Replace(get("*"), "GET", "OPTIONS", 1), status: 204},
		{name: "POST", send: "POST /f.txt HTTP/1.1\n" + host + "Content-Length: 3\n\nabc", status: 405, fields: crlf("Allow: GET, HEAD, OPTIONS"), closes: true},
		{name: "POST without a body", send: "POST /f.txt HTTP/1.1\n" + host + "Content-Length: 0\n\n", status: 405},
		{name: "POST whose body never comes", send: "POST /f.txt HTTP/1.1\n" + host + "Content-Length: 1000000000\n\n", status: 405, closes: true},
		{name: "DELETE", send: strings.Replace(get("/f.txt"), "GET", "DELETE", 1), status: 405},
		{name: "TRACE", send: strings.Replace(get("/f.txt", "Cookie: secret"), "GET", "TRACE", 1), status: 405},
		{name: "CONNECT", send: "CONNECT evil.test:443 HTTP/1.1\n" + host + "\n", status: 405, fields: crlf("Allow: *"), closes: true},
		{name: "an unknown method", send: strings.Replace(get("/f.txt"), "GET", "BREW", 1), status: 501},
		{name: "a method in small letters", send: strings.Replace(get("/f.txt"), "GET", "get", 1), status: 501},
		{name: "a method that is no word", send: strings.Replace(get("/f.txt"), "GET", "G(T", 1), status: 400, closes: true},

		// Paths.
		{name: "dots", send: get("/../../../etc/passwd"), status: 404},
		{name: "encoded dots", send: get("/%2e%2e/%2e%2e/etc/passwd"), status: 404},
		{name: "an encoded slash", send: get("/..%2f..%2fetc%2fpasswd"), status: 404},
		{name: "a backslash", send: get(`/..\..\etc\passwd`), status: 404},
		{name: "an encoded backslash", send: get("/..%5c..%5cetc"), status: 404},
		{name: "encoded twice", send: get("/%252e%252e/etc"), status: 404},
		{name: "overlong", send: get("/%c0%ae%c0%ae/etc"), status: 404},
		{name: "a zero", send: get("/f.txt%00.html"), status: 404},
		{name: "a double slash", send: get("//f.txt"), status: 404},
		{name: "a double slash to elsewhere", send: get("//evil.test/.."), status: 404, fields: crlf("Location: ")},
		{name: "a dot file", send: get("/.secret"), status: 404},
		{name: "a trailing slash", send: get("/f.txt/"), status: 404},
		{name: "a letter encoded", send: get("/%66.txt"), status: 200},
		{name: "a bad encoding", send: get("/%zz"), status: 400, closes: true},
		{name: "a fragment", send: get("/f.txt#x"), status: 400, closes: true},
		{name: "a URL", send: get("http://evil.test/f.txt?q"), status: 200, body: "0123456789"},
		{name: "a URL without a path", send: get("http://x"), status: 200, body: "<p>home"},
		{name: "a URL without a host", send: get("http:///f.txt"), status: 400},
		{name: "a URL of another scheme", send: get("ftp://x/f.txt"), status: 400},
		{name: "a path without a slash", send: get("f.txt"), status: 400},
		{name: "a star", send: get("*"), status: 400},

		// Requests that are none.
		{name: "no version", send: "GET /f.txt\n", status: 400, closes: true},
		{name: "HTTP/2 in the clear", send: "PRI * HTTP/2.0\n\nSM\n\n", status: 505, closes: true},
		{name: "HTTP/3.0", send: "GET / HTTP/3.0\n" + host + "\n", status: 505, closes: true},
		{name: "HTTP/1.2", send: "GET /f.txt HTTP/1.2\n" + host + "\n", status: 200},
		{name: "a version of two digits", send: "GET / HTTP/1.10\n" + host + "\n", status: 400},
		{name: "a version in small letters", send: "GET / http/1.1\n" + host + "\n", status: 400},
		{name: "two spaces", send: "GET  / HTTP/1.1\n" + host + "\n", status: 400},
		{name: "a tab", send: "GET\t/ HTTP/1.1\n" + host + "\n", status: 400},
		{name: "a space in the target", send: "GET /a b HTTP/1.1\n" + host + "\n", status: 400},
		{name: "letters beyond ASCII", send: "GET /\xc3\xa4 HTTP/1.1\n" + host + "\n", status: 400},
		{name: "TLS", send: "\x16\x03\x01\x02\x00\x01", status: 400, closes: true},
		{name: "a bare LF", raw: true, send: "GET / HTTP/1.1\nHost: x\n\n", status: 400, closes: true},
		{name: "a bare LF in the header", raw: true, send: "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", status: 400},
		{name: "a bare CR", raw: true, send: "GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", status: 400},
		{name: "an empty line first", send: "\n" + get("/f.txt"), status: 200},
		{name: "empty lines first", send: "\n\n\n\n" + get("/f.txt"), status: 400},
		{name: "no Host", send: "GET / HTTP/1.1\n\n", status: 400, closes: true},
		{name: "two Hosts", send: "GET / HTTP/1.1\nHost: x\nHost: y\n\n", status: 400},
		{name: "the same Host twice", send: "GET / HTTP/1.1\nHost: x\nHost: x\n\n", status: 400},
		{name: "an empty Host", send: "GET / HTTP/1.1\nHost:\n\n", status: 400},
		{name: "a Host of two words", send: "GET / HTTP/1.1\nHost: x y\n\n", status: 400},
		{name: "a Host with a path", send: "GET / HTTP/1.1\nHost: x/y\n\n", status: 400},
		{name: "a Host with a person", send: "GET / HTTP/1.1\nHost: a@x\n\n", status: 400},
		{name: "a Host with a bad port", send: "GET / HTTP/1.1\nHost: x:99999\n\n", status: 400},
		{name: "a Host of IPv6", send: "GET / HTTP/1.1\nHost: [::1]:8080\n\n", status: 200},
		{name: "a Host of half an IPv6", send: "GET / HTTP/1.1\nHost: [::1\n\n", status: 400},
		{name: "a space before the colon", send: get("/", "A : b"), status: 400, closes: true},
		{name: "a name of nothing", send: get("/", ": b"), status: 400},
		{name: "a name of two words", send: get("/", "A b: c"), status: 400},
		{name: "a line without a colon", send: get("/", "nonsense"), status: 400},
		{name: "a folded line", send: get("/", "A: b", " c"), status: 400},
		{name: "a line that begins with a space", send: "GET / HTTP/1.1\n A: b\n" + host + "\n", status: 400},
		{name: "a zero in a value", send: get("/", "A: b\x00c"), status: 400},
		{name: "a control character in a value", send: get("/", "A: b\x01c"), status: 400},
		{name: "a tab in a value", send: get("/f.txt", "A: b\tc"), status: 200},
		{name: "an obsolete letter in a value", send: get("/f.txt", "A: \xe4"), status: 200},
		{name: "two lengths", send: "POST /echo HTTP/1.1\n" + host + "Content-Length: 1\nContent-Length: 2\n\nab", status: 400, closes: true},
		{name: "two lengths that agree", send: "POST /echo HTTP/1.1\n" + host + "Content-Length: 1\nContent-Length: 1\n\na", status: 400, closes: true},
		{name: "a list of lengths", send: "POST /echo HTTP/1.1\n" + host + "Content-Length: 1, 1\n\na", status: 400},
		{name: "a length below zero", send: "POST /echo HTTP/1.1\n" + host + "Content-Length: -1\n\n", status: 400},
		{name: "a length with a sign", send: "POST /echo HTTP/1.1\n" + host + "Content-Length: +1\n\na", status: 400},
		{name: "a length in hexadecimal", send: "POST /echo HTTP/1.1\n" + host + "Content-Length: 0x1\n\na", status: 400},
		{name: "a length beyond counting", send: "POST /echo HTTP/1.1\n" + host + "Content-Length: 99999999999999999999\n\n", status: 400},
		{name: "an empty length", send: "POST /echo HTTP/1.1\n" + host + "Content-Length:\n\n", status: 400},
		{name: "a length and chunks", send: "POST /echo HTTP/1.1\n" + host + "Content-Length: 5\nTransfer-Encoding: chunked\n\n0\n\nGET /f.txt HTTP/1.1\n" + host + "\n", status: 400, closes: true},
		{name: "chunks and a length", send: "GET / HTTP/1.1\n" + host + "Transfer-Encoding: chunked\nContent-Length: 5\n\n0\n\n", status: 400, closes: true},
		{name: "chunks of HTTP/1.0", send: "POST /echo HTTP/1.0\nTransfer-Encoding: chunked\n\n0\n\n", status: 400, closes: true},
		{name: "another transfer coding", send: "POST /echo HTTP/1.1\n" + host + "Transfer-Encoding: gzip, chunked\n\n0\n\n", status: 501, closes: true},
		{name: "chunked not last", send: "POST /echo HTTP/1.1\n" + host + "Transfer-Encoding: chunked, gzip\n\n0\n\n", status: 400, closes: true},
		{name: "chunked twice", send: "POST /echo HTTP/1.1\n" + host + "Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n\n0\n\n", status: 400, closes: true},
		{name: "chunked misspelt", send: "POST /echo HTTP/1.1\n" + host + "Transfer-Encoding: xchunked\n\n0\n\n", status: 400, closes: true},
		{name: "chunks", send: "POST /echo HTTP/1.1\n" + host + "Transfer-Encoding: chunked\n\n3;x=y\nabc\n2\nde\n0\nTrailer: x\n\n", status: 200, body: "POST abcde", closes: true},
		{name: "a bad chunk for a file", send: "GET /f.txt HTTP/1.1\n" + host + "Transfer-Encoding: chunked\n\nzz\n", status: 400, closes: true, fields: crlf("X-Always: here")},
		{name: "a chunk longer than it says", send: "GET /f.txt HTTP/1.1\n" + host + "Transfer-Encoding: chunked\n\n1\nabc\n0\n\n", status: 400, closes: true},
		{name: "a chunk below zero", send: "GET /f.txt HTTP/1.1\n" + host + "Transfer-Encoding: chunked\n\n-1\n\n", status: 400, closes: true},
		{name: "a chunk with a bare LF", raw: true, send: "GET /f.txt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\nab\r\n0\r\n\r\n", status: 400, closes: true},
		{name: "a body that a GET does not need", send: get("/f.txt", "Content-Length: 3") + "abc", status: 200, body: "0123456789"},
		{name: "a body too long for a GET", send: get("/f.txt", "Content-Length: 70000") + strings.Repeat("a", 70000), status: 413, closes: true},
		{name: "a long target", send: get("/" + strings.Repeat("a", 8000)), status: 404},
		{name: "a target too long", send: get("/" + strings.Repeat("a", 9000)), status: 414, closes: true},
		{name: "a target without an end", send: "GET /" + strings.Repeat("a", 20000), status: 414, closes: true},
		{name: "a header too large", send: get("/", "A: "+strings.Repeat("a", 70000)), status: 431, closes: true},
		{name: "too many fields", send: get("/", strings.Repeat("A: b\n", 200)), status: 431, closes: true},
		{name: "an expectation", send: get("/f.txt", "Expect: 100-continue"), status: 200},
		{name: "an expectation unknown", send: get("/f.txt", "Expect: 200-maybe"), status: 417, closes: true},
		{name: "an upgrade to h2c", send: get("/f.txt", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"), status: 200},

		// Connections.
		{name: "Connection: close", send: get("/f.txt", "Connection: x, Close"), status: 200, closes: true, fields: crlf("Connection: close")},
		{name: "HTTP/1.0", send: "GET /f.txt HTTP/1.0\n\n", status: 200, closes: true},
		{name: "HTTP/1.0 that stays", send: "GET /f.txt HTTP/1.0\nConnection: keep-alive\n\n", status: 200, fields: crlf("Connection: keep-alive")},
		{name: "a handler", send: "POST /echo HTTP/1.1\n" + host + "Content-Length: 3\n\nabc", status: 200, body: "POST abc"},
	}
	names := map[string]bool{}
	for _, c := range checks {
		if names[c.name] {
			t.Errorf("two checks are called %q", c.name)
		}
		names[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			conn := r.dial()
			conn.t = t
			text := c.send
			if !c.raw {
				text = strings.ReplaceAll(text, "\n", "\r\n")
			}
			// The answer may come, and the connection end, before all is said.
			go func() { _, _ = io.WriteString(conn.Conn, text) }()
			method, _, _ := strings.Cut(strings.TrimLeft(c.send, "\n"), " ")
			res, body := conn.answer(method)
			if res.StatusCode != c.status {
				t.Fatalf("got %s %q, want %d", res.Status, body, c.status)
			}
			if c.body != "" && body != c.body {
				t.Errorf("got %.80q, want %q", body, c.body)
			}
			for name, want := range c.fields {
				got := strings.Join(res.Header[http.CanonicalHeaderKey(name)], ", ")
				if name == "Connection" && res.Close {
					got = "close"
				}
				if want == "*" && got == "" || want != "*" && got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if strings.Contains(body, "secret") || strings.Contains(body, "evil") {
				t.Errorf("the request comes back: %q", body)
			}
			if !strings.Contains(c.name, "handler") && !strings.HasPrefix(c.send, "POST /echo") || res.StatusCode >= 400 {
				checkProtection(t, res)
			}
			if c.closes != res.Close && (c.closes || c.status < 400) {
				t.Errorf("Connection: close is %v, want %v", res.Close, c.closes)
			}
			if res.Close {
				conn.ends()
			} else {
				conn.say("GET /f.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
				if res, body := conn.answer("GET"); res.StatusCode != 200 || body != "0123456789" {
					t.Errorf("the next request on the connection: got %s %q", res.Status, body)
				}
			}
		})
	}
	if len(checks) < 109 {
		t.Errorf("%d checks", len(checks))
	}
}

// checkProtection wants what keeps a page safe, on errors too.
func checkProtection(t *testing.T, res *http.Response) {
	t.Helper()
	want := append(static.Protection(), static.Field{Name: "X-Always", Value: "here"})
	for _, f := range want {
		if res.Header.Get(f.Name) != f.Value {
			t.Errorf("a %d: %s is %q, want %q", res.StatusCode, f.Name, res.Header.Get(f.Name), f.Value)
		}
	}
	if res.Header.Get("Date") == "" {
		t.Errorf("a %d without a Date", res.StatusCode)
	}
	if res.StatusCode != 204 && res.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("a %d without a Content-Security-Policy", res.StatusCode)
	}
	if res.Header.Get("Cache-Control") == "" {
		t.Errorf("a %d without Cache-Control", res.StatusCode)
	}
}

func TestFront_multipart(t *testing.T) {
	c := newRig(t, Options{}).dial()
	c.say("GET /f.txt HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1, 8-9\r\n\r\n")
	res, body := c.answer("GET")
	_, boundary, ok := strings.Cut(res.Header.Get("Content-Type"), "multipart/byteranges; boundary=")
	part := func(where, content string) string {
		return "--" + boundary + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes " + where + "/10\r\n\r\n" + content + "\r\n"
	}
	if want := part("0-1", "01") + part("8-9", "89") + "--" + boundary + "--\r\n"; !ok || res.StatusCode != 206 || body != want {
		t.Errorf("got %s %v %q, want %q", res.Status, res.Header, body, want)
	}
	if res.Header.Get("Content-Range") != "" {
		t.Error("the answer as a whole has a Content-Range")
	}
}

func TestFront_pipelining(t *testing.T) {
	r := newRig(t, Options{})
	c := r.dial()
	close(r.release)
	// Files and handlers by turns, with bodies, all at once: answers keep their order.
	c.say(strings.ReplaceAll("GET /f.txt HTTP/1.1\nHost: x\n\n"+
		"POST /echo HTTP/1.1\nHost: x\nContent-Length: 16\n\nGET /no HTTP/1.1"+
		"HEAD /f.txt HTTP/1.1\nHost: x\n\n"+
		"GET /wait HTTP/1.1\nHost: x\n\n"+
		"GET /sub/ HTTP/1.1\nHost: x\n\n"+
		"GET /nothing HTTP/1.1\nHost: x\nConnection: close\n\n"+
		"GET /f.txt HTTP/1.1\nHost: x\n\n", "\n", "\r\n"))
	for i, want := range []struct {
		method string
		status int
		body   string
	}{
		{"GET", 200, "0123456789"}, {"POST", 200, "POST GET /no HTTP/1.1"}, {"HEAD", 200, ""},
		{"GET", 200, "waited"}, {"GET", 200, "sub"}, {"GET", 404, "There is nothing here.\n"},
	} {
		if res, body := c.answer(want.method); res.StatusCode != want.status || body != want.body {
			t.Fatalf("answer %d: got %s %q, want %d %q", i, res.Status, body, want.status, want.body)
		}
	}
	c.ends()
}

// However a request is cut into packets, it is the same request.
func TestFront_byteByByte(t *testing.T) {
	c := newRig(t, Options{}).dial()
	for _, b := range []byte("GET /f.txt HTTP/1.1\r\nHost: x\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nabGET /sub/ HTTP/1.1\r\nHost: x\r\n\r\n") {
		c.say(string(b))
	}
	for _, want := range []string{"0123456789", "POST ab", "sub"} {
		if res, body := c.answer("GET"); res.StatusCode != 200 || body != want {
			t.Errorf("got %s %q, want %q", res.Status, body, want)
		}
	}
}

func TestFront_slowClients(t *testing.T) {
	t.Run("half a head", func(t *testing.T) {
		c := newRig(t, Options{Head: 50 * time.Millisecond}).dial()
		c.say("GET / HTTP/1.1\r\nHost:")
		res, _ := c.answer("GET")
		if res.StatusCode != 408 || !res.Close {
			t.Errorf("got %s, want 408 and the end", res.Status)
		}
		checkProtection(t, res)
		c.ends()
	})
	t.Run("a drop at a time", func(t *testing.T) {
		c := newRig(t, Options{Head: 100 * time.Millisecond}).dial()
		c.say("GET / HTTP/1.1\r\n")
		go func() { // each of which would start a limit anew, if one counted packets
			for {
				if _, err := io.WriteString(c.Conn, "A: b\r\n"); err != nil {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
		}()
		if res, _ := c.answer("GET"); res.StatusCode != 408 && res.StatusCode != 431 {
			t.Errorf("got %s, want 408", res.Status)
		}
	})
	t.Run("half a second head", func(t *testing.T) {
		c := newRig(t, Options{Head: whole, Idle: time.Hour}).dial()
		c.say("GET /f.txt HTTP/1.1\r\nHost: x\r\n\r\n")
		c.answer("GET")
		c.say("GET /f.txt HTTP/1.1\r\n")
		if res, _ := c.answer("GET"); res.StatusCode != 408 {
			t.Errorf("got %s, want 408", res.Status)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		newRig(t, Options{Head: 50 * time.Millisecond, Idle: time.Hour}).dial().ends()
	})
	t.Run("no second request", func(t *testing.T) {
		for _, path := range []string{"/f.txt", "/echo"} {
			c := newRig(t, Options{Idle: whole}).dial()
			c.say("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")
			if res, _ := c.answer("GET"); res.StatusCode != 200 {
				t.Errorf("got %s", res.Status)
			}
			c.ends()
		}
	})
	t.Run("half a body", func(t *testing.T) {
		c := newRig(t, Options{Body: 50 * time.Millisecond}).dial()
		c.say("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
		if res, _ := c.answer("POST"); res.StatusCode != 400 {
			t.Errorf("got %s, want what the handler says of a broken body", res.Status)
		}
	})
	t.Run("an answer not taken", func(t *testing.T) {
		r := newRig(t, Options{Write: 50 * time.Millisecond})
		c := r.dial()
		// More than the buffers of both ends hold.
		c.say(strings.Repeat("GET /big.wasm HTTP/1.1\r\nHost: x\r\n\r\n", 64))
		r.wait("the connection to be given up", func() bool { return r.front.Open() == 0 })
	})
	t.Run("a handler may take its time", func(t *testing.T) {
		r := newRig(t, Options{Head: whole, Idle: whole, Body: whole})
		c := r.dial()
		c.say("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
		<-r.entered
		time.Sleep(whole + whole/4) // longer than every limit
		close(r.release)
		if res, body := c.answer("GET"); res.StatusCode != 200 || body != "waited" {
			t.Errorf("got %s %q", res.Status, body)
		}
	})
}

// wait for a condition.
func (r *rig) wait(what string, is func() bool) {
	r.t.Helper()
	for limit := time.Now().Add(patience); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(limit) {
			r.t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestFront_handlersLearnThatTheClientHasGone(t *testing.T) {
	for _, begin := range []string{"", "GET /f.txt HTTP/1.1\r\nHost: x\r\n\r\n", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"} {
		r := newRig(t, Options{})
		c := r.dial()
		if begin != "" {
			c.say(begin)
			c.answer("GET")
		}
		c.say("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
		<-r.entered
		c.Conn.Close()
		select {
		case <-r.left:
		case <-time.After(patience):
			t.Errorf("after %q: the handler is not told", begin)
		}
	}
}

func TestFront_limitsConnections(t *testing.T) {
	r := newRig(t, Options{Connections: 1})
	one := r.dial()
	one.say("GET /f.txt HTTP/1.1\r\nHost: x\r\n\r\n")
	one.answer("GET")
	two := r.dial()
	res, _ := two.answer("GET")
	if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || !res.Close {
		t.Errorf("got %s %v, want 503 and when to try again", res.Status, res.Header)
	}
	checkProtection(t, res)
	one.Conn.Close()
	two.Conn.Close()
	r.wait("places to be free", func() bool { return r.front.Open() == 0 })
	three := r.dial()
	three.say("GET /f.txt HTTP/1.1\r\nHost: x\r\n\r\n")
	if res, _ := three.answer("GET"); res.StatusCode != 200 {
		t.Errorf("once there is a place: got %s", res.Status)
	}
	if r.front.Refused() != 1 {
		t.Errorf("%d connections were refused, want 1", r.front.Refused())
	}
}

// After the order to stop, waiting connections end at once and answers under
// way are finished, the front's own and the handlers'.
func TestFront_drains(t *testing.T) {
	r := newRig(t, Options{})
	idle, busy, loading := r.dial(), r.dial(), r.dial()
	idle.say("GET /f.txt HTTP/1.1\r\nHost: x\r\n\r\n")
	idle.answer("GET")
	busy.say("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	<-r.entered
	const times = 16 // more than the buffers of both ends hold
	loading.say(strings.Repeat("GET /big.wasm HTTP/1.1\r\nHost: x\r\n\r\n", times))
	if _, err := loading.Peek(1); err != nil {
		t.Fatal(err)
	}
	drained := make(chan struct{})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() { r.front.Drain(ctx); close(drained) }()
	idle.ends()
	if conn, err := net.Dial("tcp", r.addr); err == nil {
		conn.Close()
		t.Error("it takes new connections")
	}
	whole := 0
	for {
		res, err := http.ReadResponse(loading.Reader, nil)
		if err != nil {
			break
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || len(body) != 1<<20 {
			t.Fatalf("an answer was cut off after %d bytes: %v", len(body), err)
		}
		whole++
	}
	if whole == 0 {
		t.Error("the answer under way did not come")
	}
	select {
	case <-drained:
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
	close(r.release)
	if res, body := busy.answer("GET"); res.StatusCode != 200 || body != "waited" {
		t.Errorf("the handler's answer: got %s %q", res.Status, body)
	}
	if err := r.servers[0].Shutdown(ctx); err != nil {
		t.Error(err)
	}
	busy.ends()
	r.wait("no connection to be left", func() bool { return r.front.Open() == 0 })
}

func TestFront_tellsOfExchanges(t *testing.T) {
	r := newRig(t, Options{})
	c := r.dial()
	c.say("GET /c.wasm?token=secret HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br\r\n\r\nHEAD /f.txt HTTP/1.0\r\n\r\n")
	c.answer("GET")
	c.answer("HEAD")
	told := func(n int) func() bool {
		return func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.told) == n }
	}
	r.wait("two exchanges", told(2))
	bad := r.dial()
	bad.say("nonsense\r\n")
	bad.answer("GET")
	r.wait("three exchanges", told(3))
	for i, want := range []string{"GET /c.wasm HTTP/1.1 200 2 br", "HEAD /f.txt HTTP/1.0 200 0 ", "  HTTP/1.0 400 "} {
		e := r.told[i]
		got := fmt.Sprintf("%s %s %s %d %d %s", e.Method, e.Path, e.Proto, e.Status, e.Bytes, e.Coding)
		if !strings.HasPrefix(got, want) || e.Remote == nil || e.Start.IsZero() || e.BadlyFinished {
			t.Errorf("told %q %+v, want %q", got, e, want)
		}
	}
}

// Whatever passes the front means the same to net/http, so that neither can be
// led to see a request that the other does not.
func FuzzHead(f *testing.F) {
	for _, seed := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST /a?b HTTP/1.1\r\nHost: x:1\r\nContent-Length: 3\r\n\r\nabc",
		"GET http://y/z HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\n\r\n", "\r\nHEAD /%41 HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: x\r\nA:\tb\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		h := new(head)
		size, wrong := h.read(text)
		if wrong != nil || size == 0 {
			return
		}
		parts := new(head)
		for i := 1; i <= len(text); i++ { // in drops
			if n, w := parts.read(text[:i]); w != nil || n > 0 {
				if w != nil || n != size {
					t.Fatalf("in drops %q is %d, %v; at once %d", text, n, w, size)
				}
				break
			}
		}
		begin := leadingEmpty(text[:size])
		req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text[begin:])))
		if err != nil {
			t.Fatalf("%q passes, but net/http says %v", text, err)
		}
		if req.URL.Path == "" { // of a URL without a path
			req.URL.Path = "/"
		}
		if req.Method != h.Method || req.URL.Path != h.Path && h.target != "*" || req.ContentLength != h.length || req.URL.RawQuery != h.Query {
			t.Errorf("%q: net/http reads %s %q ?%s length %d; the front %s %q ?%s length %d", text,
				req.Method, req.URL.Path, req.URL.RawQuery, req.ContentLength, h.Method, h.Path, h.Query, h.length)
		}
	})
}
