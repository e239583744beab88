package sandbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// patience is how long a condition may take on a loaded machine.
const patience = 30 * time.Second

func fixtureServer(t *testing.T) *httptest.Server {
	server := httptest.NewServer(Fixtures())
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server
}

func get(t *testing.T, url string, headers ...string) *http.Response {
	t.Helper()
	return do(t, "GET", url, nil, headers...)
}

func do(t *testing.T, method, url string, body io.Reader, headers ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultTransport.RoundTrip(req) // follows no redirects
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func read(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("reading %s: %v", res.Request.URL, err)
	}
	return string(body)
}

// waitForState asks for a fixture's state until it is as wanted.
func waitForState[T any](t *testing.T, url, what string, ok func(T) bool) {
	t.Helper()
	var state T
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		if err := json.Unmarshal([]byte(read(t, get(t, url+"/state"))), &state); err != nil {
			t.Fatal(err)
		}
		if ok(state) {
			return
		}
	}
	t.Fatalf("%s: the state stays %+v", what, state)
}

func TestFixture_echo(t *testing.T) {
	url := fixtureServer(t).URL + "/_fixture/echo?a=b"
	large := bytes.Repeat([]byte("0123456789abcdef"), 3*maxEcho/16)
	res := do(t, "PUT", url, bytes.NewReader(large), "X-Odd: 1")
	var answer struct {
		Method, URL, SHA256, Body string
		Length                    int
		Headers                   map[string][]string
	}
	if err := json.Unmarshal([]byte(read(t, res)), &answer); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(large)
	body, err := base64.StdEncoding.DecodeString(answer.Body)
	if err != nil || !bytes.Equal(body, large[:maxEcho]) {
		t.Errorf("the body came back as %d bytes, %v; want the first %d", len(body), err, maxEcho)
	}
	if answer.Method != "PUT" || answer.URL != "/_fixture/echo?a=b" || answer.Length != len(large) ||
		answer.SHA256 != hex.EncodeToString(sum[:]) || answer.Headers["x-odd"][0] != "1" {
		t.Errorf("got %+v", answer)
	}
}

func TestFixture_respond(t *testing.T) {
	url := fixtureServer(t).URL + "/_fixture/respond"
	res := get(t, url+"?status=418&text=Short+and+stout&header=X-A:1&header=X-A:2&header=content-type:text/odd&body=tea", "Origin: http://a.test")
	if body := read(t, res); res.Status != "418 Short and stout" || body != "tea" {
		t.Errorf("got %s %q", res.Status, body)
	}
	if got := strings.Join(res.Header["X-A"], ","); got != "1,2" || res.Header.Get("Content-Type") != "text/odd" {
		t.Errorf("headers are %v", res.Header)
	}
	if got := res.Header.Get("Access-Control-Expose-Headers"); got != "X-A, Content-Type" {
		t.Errorf("exposed are %q", got)
	}
	if res = get(t, url+"?body=plain"); res.StatusCode != 200 || res.Header["Content-Type"] != nil {
		t.Errorf("got %s %v, want no Content-Type but a given one", res.Status, res.Header)
	}
	if res = get(t, url+"?status=204"); res.StatusCode != 204 {
		t.Errorf("got %s, want 204", res.Status)
	}
	if res = get(t, url+"?status=99"); res.StatusCode != 400 {
		t.Errorf("got %s for a status of 99, want 400", res.Status)
	}
}

func TestFixture_bytes(t *testing.T) {
	const n = 200_001
	res := get(t, fixtureServer(t).URL+"/_fixture/bytes?n=200001")
	body := read(t, res)
	if res.ContentLength != n || len(body) != n {
		t.Fatalf("got %d bytes, announced %d, want %d", len(body), res.ContentLength, n)
	}
	for i := range n {
		if body[i] != byte(i%251) {
			t.Fatalf("byte %d is %d, want %d", i, body[i], i%251)
		}
	}
}

func TestFixture_redirect(t *testing.T) {
	url := fixtureServer(t).URL + "/_fixture/redirect?to=http://b.test/x"
	if res := get(t, url); res.StatusCode != 302 || res.Header.Get("Location") != "http://b.test/x" {
		t.Errorf("got %s to %s", res.Status, res.Header.Get("Location"))
	}
	if res := get(t, url+"&status=307"); res.StatusCode != 307 {
		t.Errorf("got %s, want 307", res.Status)
	}
}

func TestFixture_cors(t *testing.T) {
	url := fixtureServer(t).URL + "/_fixture/echo"
	res := do(t, "OPTIONS", url, nil, "Origin: http://a.test", "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: x-odd")
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "http://a.test", "Access-Control-Allow-Methods": "PUT", "Access-Control-Allow-Headers": "x-odd",
		"Access-Control-Allow-Credentials": "true",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if res = get(t, url+"?cors=off", "Origin: http://a.test"); res.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("CORS headers in spite of cors=off")
	}
}

func TestFixture_gate(t *testing.T) {
	url := fixtureServer(t).URL + "/_fixture/gate/g1"
	next := func(order string) { read(t, do(t, "POST", url+order, nil)) }
	next("/next?body=early+") // ordered before the client came
	res := get(t, url)        // headers come before any further order
	buffer := make([]byte, 6)
	for _, want := range []string{"early ", "second"} {
		if _, err := io.ReadFull(res.Body, buffer); err != nil || string(buffer) != want {
			t.Fatalf("read %q, %v; want %q", buffer, err, want)
		}
		next("/next?body=second")
	}
	waitForState(t, url, "three chunks", func(s gateState) bool { return s.Open && s.Sent == 3 && s.Bytes == 18 })
	next("/end")
	if rest := read(t, res); rest != "second" {
		t.Errorf("the rest is %q", rest)
	}
	waitForState(t, url, "after the end", func(s gateState) bool { return !s.Open && !s.Closed })
}

func TestFixture_gateBreaksOff(t *testing.T) {
	url := fixtureServer(t).URL + "/_fixture/gate/g2"
	res := get(t, url)
	read(t, do(t, "POST", url+"/next?body=half", nil))
	read(t, do(t, "POST", url+"/cut", nil))
	if body, err := io.ReadAll(res.Body); err == nil || string(body) != "half" {
		t.Errorf("read %q, %v; want half and an error", body, err)
	}
}

func TestFixture_gateNoticesAnAbort(t *testing.T) {
	url := fixtureServer(t).URL + "/_fixture/gate/g3"
	ctx, abort := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	waitForState(t, url, "while it is read", func(s gateState) bool { return s.Open })
	abort()
	waitForState(t, url, "after the abort", func(s gateState) bool { return !s.Open && s.Closed })
}

func TestFixture_sink(t *testing.T) {
	url := fixtureServer(t).URL + "/_fixture/sink/s1"
	answered := make(chan string, 1)
	body, write := io.Pipe()
	go func() {
		req, _ := http.NewRequestWithContext(t.Context(), "POST", url, body)
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		answered <- string(text)
	}()
	go func() {
		_, _ = write.Write(make([]byte, 100_000))
		write.Close()
	}()
	waitForState(t, url, "before any is allowed", func(s sinkState) bool { return s.Open && s.Received == 0 })
	read(t, do(t, "POST", url+"/next?n=70000", nil))
	waitForState(t, url, "after some are", func(s sinkState) bool { return s.Open && s.Received == 70_000 })
	read(t, do(t, "POST", url+"/next?n=70000", nil))
	waitForState(t, url, "at the end", func(s sinkState) bool { return s.Ended && s.Received == 100_000 })
	select {
	case text := <-answered:
		if text != `{"received":100000}` {
			t.Errorf("the answer is %q", text)
		}
	case <-time.After(patience):
		t.Fatal("no answer")
	}
}
